"""Conditions, decided by what is known of the picture."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import lexer
from transforms.conditions import COMPARATORS, read_condition
from transforms.errors import InvalidValue, NotOffered
from transforms.kinds.base import Misread
from transforms.kinds.logic import ConditionKind

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"

NAMES = {
    "w": 1920,
    "h": 1080,
    "ar": 1920 / 1080,
    "iw": 4000,
    "ih": 3000,
    "iar": 4000 / 3000,
    "fc": 2,
    "ils": 0.1,
    "du": 0,
    "pc": 1,
    "tags": ("sale", "in_stock", "100"),
    "ctx:category": "featured",
    "ctx:pixels": "1920",
    "ctx:day": "2024-05-01",
    "md:price": 120.0,
    "md:stock": "0",
    "md:title": "a,b",
    "$foo": "a",
    "$list": ("a", "b"),
    "$qualtag": "Pro",
    "$n": 5,
}

SLIPS = {"if_A_and_B_or_C", "if_expression"}
"""Placeholders, which really are no conditions."""


def corpus():
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    texts = {p.text for line in lines for c in line.split("/") for p in lexer.pieces(c) if p.key == "if"}
    return sorted(texts - SLIPS)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("w_gt_1000", True),
        ("w_gt_1920", False),
        ("w_gte_1920", True),
        ("w_lt_1920", False),
        ("w_lte_1920", True),
        ("w_eq_1920", True),
        ("w_ne_1920", False),
        ("ar_eq_16:9", True),
        ("ar_gt_16:9", False),
        ("ar_lte_16:9", True),
        ("ar_gt_3:4", True),
        ("ils_lt_0.5", True),
        ("w_gt_h", True),
        ("w_lt_iw_div_2", True),
        ("w_mul_2_add_160_eq_iw", True),
        ("iw_div_ih_eq_iar", True),
        ("0.1_add_0.2_eq_0.3", True),
        ("w_gt_2000_or_h_gt_1000", True),
        ("w_gt_2000_and_h_gt_1000", False),
        ("w_gt_1_or_w_gt_2000_and_h_gt_2000", True),
        ("w_gt_2000_and_h_gt_1_or_fc_eq_2", True),
        ("w_gt_2000_or_h_gt_1_and_fc_eq_3", False),
        ("!sale!_in_tags", True),
        ("!sale:in_stock!_in_tags", True),
        ("!sale:gone!_in_tags", False),
        ("!sale:gone!_nin_tags", True),
        ("!gone!_nin_tags", True),
        ("!sale!_nin_tags", False),
        ("100_in_tags", True),
        ("$qualtag_in_tags", False),
        ("$foo_in_!a:b!", True),
        ("$list_in_!b:a:c!", True),
        ("$list_in_!a!", False),
        ("$foo_in_$list", True),
        ("$n_in_!4:5!", True),
        ("w_in_!1280:1920!", True),
        ("ctx:!category!_in_!new:featured!", True),
        ("ctx:!category!_eq_!featured!", True),
        ("ctx:!category!_ne_!featured!", False),
        ("ctx:!category!_eq_!Featured!", False),
        ("!featured!_eq_ctx:!category!", True),
        ("ctx:!pixels!_eq_w", True),
        ("ctx:!pixels!_gt_100", True),
        ("ctx:!pixels!_to_i_sub_20_eq_1900", True),
        ("ctx:!category!_gt_100", False),
        ("ctx:!category!_lt_100", False),
        ("ctx:!category!_ne_100", True),
        ("ctx:!day!_lt_!2024-06-01!", True),
        ("ctx:!day!_gt_!2024-06-01!", False),
        ("md:!title!_eq_!a%252Cb!", True),
        ("ctx:!nothing!_eq_!!", True),
        ("ctx:!category!_eq_!!", False),
        ("ctx:!nothing!_ne_!x!", True),
        ("ctx:!nothing!_lt_!x!", False),
        ("ctx:!nothing!_gte_0", False),
        ("ctx:!nothing!_in_tags", False),
        ("ctx:!nothing!_nin_tags", True),
        ("md:!price!_gt_100", True),
        ("md:!stock!_gt_0", False),
        ("md:!stock!_lte_0.0", True),
        ("$list_eq_!a:b!", True),
        ("$list_eq_!b:a!", False),
    ],
)
def test_conditions(text, holds):
    assert holds is read_condition(text).holds(NAMES)


@pytest.mark.parametrize("text", corpus())
def test_what_the_sdks_write_is_canonical(text):
    kind, value = ConditionKind(), text.removeprefix("if_")

    assert value == kind.write(kind.read(value))


def test_the_corpus_is_not_empty():
    assert len(corpus()) > 45
    assert {"if_else", "if_end"} < set(corpus())


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("w_gt_0300", "w_gt_300"),
        ("ar_gt_.50", "ar_gt_0.5"),
        ("$(x)_eq_!a b!", "$x_eq_!a%20b!"),
        ("ctx:!a/b!_eq_!%2C!", "ctx:!a%2Fb!_eq_!%2C!"),
    ],
)
def test_one_spelling(text, canonical):
    condition = read_condition(text)

    assert canonical == str(condition)
    assert condition == read_condition(canonical)


@pytest.mark.parametrize("text", ["else", "end"])
def test_markers(text):
    assert text == ConditionKind().read(text)


def test_what_may_be_asked_for_is_known():
    condition = read_condition("w_gt_ow_and_$x_in_tags_or_ctx:!a!_eq_md:!b!_or_fc_gt_1")

    assert {"w", "iw", "$x", "tags", "ctx:a", "md:b", "fc"} == condition.operands


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("w_gt_1_or_fc_gt_2", ["w"]),
        ("w_lt_1_and_fc_gt_2", ["w"]),
        ("w_lt_1_and_fc_gt_2_or_h_gt_1", ["w", "h"]),
        ("w_gt_1_and_fc_gt_1", ["w", "fc"]),
    ],
)
def test_nothing_is_asked_for_in_vain(text, asked):
    found = []

    class Names:
        def __getitem__(self, name):
            found.append(name)
            return NAMES[name]

    read_condition(text).holds(Names())

    assert asked == found


@pytest.mark.parametrize(
    ("text", "reason", "meant"),
    [
        ("w_grt_100", r"'w_grt_100' \(part 1\) compares nothing", "gt"),
        ("w_>=_100", "compares nothing", "gte"),
        ("w_gt_1_and_h_les_2", r"'h_les_2' \(part 5\) compares nothing", None),
        ("w", "compares nothing", None),
        ("", "compares nothing", None),
        ("A_and_B_or_C", r"'A' \(part 1\) compares nothing", None),
        ("w_gt_1_and", "compares nothing", None),
        ("or_w_gt_1", "compares nothing", None),
        ("w_gt_1_lt_2", "compares more than once", None),
        ("w_gt", r"gt \(part 2\) compares two sides", None),
        ("gt_2", r"gt \(part 1\) compares two sides", None),
        ("h_gt_1_and_gt_2", r"gt \(part 5\) compares two sides", None),
        ("width_gt_2", "part 1, 'width', is no number", "w"),
        ("w_gt_faceCount", "part 3, 'faceCount', is no number", "fc"),
        ("w_gt_2_and_aspect_lt_3", "part 5, 'aspect', is no number", "ar"),
        ("w_mull_2_gt_3", "part 2, 'mull', is no operator", "mul"),
        ("w_gt_2_3", "part 4, '3', is no operator", None),
        ("mul_2_gt_3", "needs something on its left", None),
        ("!sale_in_tags", "not closed", None),
        ("!%FF!_in_tags", "not UTF-8", None),
    ],
)
def test_what_is_no_condition(text, reason, meant):
    with pytest.raises(Misread, match=reason) as caught:
        read_condition(text)

    assert meant == caught.value.nearest


@pytest.mark.parametrize("text", ["!Layer1!_in_pgnames", "lpname_eq_!a!"])
def test_what_is_only_known(text):
    with pytest.raises(NotOffered, match="known, but not offered"):
        read_condition(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$missing_gt_2", "there is no variable"),
        ("w_div_0_gt_2", "divides by zero"),
        ("$foo_add_1_gt_2", "is the text 'a', where a number is needed"),
    ],
)
def test_what_cannot_be_decided(text, reason):
    with pytest.raises(InvalidValue, match=reason):
        read_condition(text).holds(NAMES)


def test_a_long_condition_is_read_and_decided():
    condition = read_condition("_and_".join(["w_gt_1_or_!a:b!_in_tags"] * 500))

    assert condition.holds(NAMES)
    assert condition == read_condition(str(condition))


sides = st.sampled_from(
    ["w", "ar", "3:4", "w_mul_2", "!a:b!", "ctx:!category!", "$foo", "tags", "0.5", "!x!_to_i"]
)
comparisons = st.tuples(sides, st.sampled_from([*COMPARATORS]), sides).map("_".join)


@given(st.lists(st.tuples(st.sampled_from(["and", "or"]), comparisons), min_size=1, max_size=5))
def test_conditions_read_back_and_are_decided(parts):
    text = "_".join(word for part in parts for word in part).partition("_")[2]
    condition = read_condition(text)

    assert text == str(condition)
    try:
        holds = condition.holds(NAMES)
    except InvalidValue as error:
        assert "!x!" in str(error)
    else:
        assert holds in (True, False)
