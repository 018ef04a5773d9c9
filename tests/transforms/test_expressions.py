"""Arithmetic in the URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InvalidValue, NotOffered
from transforms.expressions import OPERANDS, OPERATORS, read_expression
from transforms.kinds.base import Misread

NAMES = {"w": 200, "h": 100, "ar": 2, "iw": 4000, "ih": 3000, "iar": 4 / 3}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("iw", 4000),
        ("ow", 4000),
        ("oh", 3000),
        ("iw_div_2", 2000),
        ("iw_mul_0.5_add_20", 2020),
        ("20_add_iw_mul_0.5", 2020),
        ("iw_sub_100_div_2", 3950),
        ("100_sub_50_sub_25", 25),
        ("100_div_10_div_2", 5),
        ("2_pow_3_pow_2", 512),
        ("2_mul_3_pow_2", 18),
        ("7_mod_4_mul_2", 6),
        ("600_mul_ar", 1200),
        ("-110_add_10", -100),
        ("iw_add_100_div_3", 4000 + 100 / 3),
    ],
)
def test_arithmetic(text, value):
    assert pytest.approx(value) == read_expression(text).evaluate(NAMES)


@pytest.mark.parametrize(
    ("text", "current", "value"),
    [("div_2", "w", 100), ("add_30", "h", 130), ("pow_2", "ar", 4), ("sub_50", "w", 150)],
)
def test_the_left_side_may_be_left_out(text, current, value):
    assert value == read_expression(text, current=current).evaluate(NAMES)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("iw_div_0", "divides by zero"),
        ("iw_mod_0", "no finite value"),
        ("10_pow_10_pow_10", "no finite value"),
        ("0_sub_8_pow_0.5_pow_0_sub_1_div_0", "divides by zero"),
        ("-8_pow_0.5", "no finite value"),
        ("w_mul_" + "_mul_".join(["9" * 20] * 20), "no finite value"),
    ],
)
def test_what_has_no_value(text, reason):
    with pytest.raises(InvalidValue, match=reason):
        read_expression(text).evaluate(NAMES)


@pytest.mark.parametrize("text", ["iw_iw", "iw_div", "iw_by_2", "", "_", "iw__2", "2_mul_add_3", "div_2"])
def test_what_is_no_arithmetic(text):
    with pytest.raises(Misread):
        read_expression(text)


@pytest.mark.parametrize("text", ["fc_mul_2", "10_add_du", "ils"])
def test_what_is_only_known(text):
    with pytest.raises(NotOffered):
        read_expression(text)


def test_expressions_are_values():
    assert read_expression("iw_mul_0.50") == read_expression("iw_mul_0.5")
    assert "iw_mul_0.5" == str(read_expression("iw_mul_0.50"))


def test_a_thousand_operators_are_read_and_evaluated():
    text = "_add_".join(["1"] * 800)

    assert 800 == read_expression(text).evaluate(NAMES)


operands = st.one_of(st.sampled_from(list(OPERANDS)), st.integers(0, 9999).map(str))
tails = st.lists(st.tuples(st.sampled_from(OPERATORS), operands), max_size=8)


@given(operands, tails)
def test_expressions_read_back(first, tail):
    text = "_".join([first, *(word for pair in tail for word in pair)])
    expression = read_expression(text)

    assert expression == read_expression(str(expression))
    assert expression.program == read_expression(str(expression)).program
