"""Arithmetic in the URL."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InvalidValue, NotOffered
from transforms.expressions import OPERATORS, looks_like_expression, read_expression, read_words
from transforms.kinds.base import Misread
from transforms.operands import OPERANDS, Numeral, Reference, split_words

NAMES = {
    "w": 200,
    "h": 100,
    "ar": 2,
    "iw": 4000,
    "ih": 3000,
    "iar": 4 / 3,
    "fc": 2,
    "tags": ("sale",),
    "du": 3.5,
    "$foo": 30,
    "$half": 0.5,
    "$word": "red",
    "$digits": "12.5",
    "$list": ("1", "2"),
    "ctx:x_pos": "0.25",
    "ctx:title": "Ana",
    "md:price": 12.0,
    "md:count": "7",
}


def value(text):
    return read_words(split_words(text)).value(NAMES)


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
        ("$foo", 30),
        ("$(foo)", 30),
        ("$foo_mul_200_div_fc", 3000),
        ("3_mul_ih_add_$foo", 9030),
        ("h_sub_-30", 130),
        ("w_mul_16:9", 200 * 16 / 9),
        ("du_mul_2", 7),
        ("ctx:!x_pos!_to_f", 0.25),
        ("ctx:!x_pos!_to_i", 0),
        ("ctx:!x_pos!_to_f_mul_w", 50),
        ("w_mul_ctx:!x_pos!_to_f", 50),
        ("w_add_10_mul_$digits_to_i", 325),
        ("md:!price!_add_1", 13),
        ("md:!count!_to_i_add_1", 8),
        ("iw_add_100_div_3_to_i", 4033),
        ("0_sub_7_div_2_to_i", -3),
        ("!3!_to_i_mul_2", 6),
    ],
)
def test_arithmetic(text, value):
    assert pytest.approx(value) == read_expression(text).evaluate(NAMES)


@pytest.mark.parametrize(
    ("text", "current", "value"),
    [
        ("div_2", "w", 100),
        ("add_30", "h", 130),
        ("pow_2", "ar", 4),
        ("sub_50", "w", 150),
        ("add_1", "$foo", 31),
    ],
)
def test_the_left_side_may_be_left_out(text, current, value):
    assert value == read_expression(text, current=current).evaluate(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$word", "red"),
        ("!a b!", "a b"),
        ("!a:b:c!", ("a", "b", "c")),
        ("!!", ""),
        ("!a%2Cb!", "a,b"),
        ("!a%252Cb!", "a,b"),
        ("!a%253Ab!", "a:b"),
        ("!100%25!", "100%"),
        ("!%E3%81%82!", "あ"),
        ("tags", ("sale",)),
        ("ctx:!title!", "Ana"),
        ("ctx:!nothing!", ""),
        ("md:!nothing!", ""),
        ("ref:!docs:sale.png!", Reference("docs/sale.png")),
    ],
)
def test_what_is_no_number(text, expected):
    assert expected == value(text)


def test_a_number_keeps_how_it_was_written():
    lonely, calculated = value("1.0"), value("1.0_mul_1")

    assert (1.0, "1.0", True) == (lonely, lonely.written, lonely.is_share)
    assert (1.0, float) == (calculated, type(calculated))
    assert not value("16:9").is_share
    assert "0.50" == copy.deepcopy(Numeral("0.50")).written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("iw_div_0", "divides by zero"),
        ("iw_mod_0", "no finite value"),
        ("10_pow_10_pow_10", "no finite value"),
        ("0_sub_8_pow_0.5_pow_0_sub_1_div_0", "divides by zero"),
        ("-8_pow_0.5", "no finite value"),
        ("w_mul_" + "_mul_".join(["9" * 20] * 20), "no finite value"),
        ("$missing_add_1", r"there is no variable \$missing \(defined: \$digits, \$foo, \$half, "),
        ("$fooo", r"there is no variable \$fooo"),
        ("1_add_$word", r"1_add_\$word: \$word is the text 'red', where a number is needed$"),
        ("$digits", r"^\$digits is the text '12.5', where a number is needed; \$digits_to_f makes"),
        ("$list_mul_2", r"\$list is the list '1:2', where a number is needed"),
        ("ctx:!title!_to_f", "ctx:!title! is the text 'Ana', which is no number"),
        ("ctx:!nothing!_to_i", "ctx:!nothing! is the text '', which is no number"),
        ("idn_mul_2", "idn is not known here"),
    ],
)
def test_what_has_no_value(text, reason):
    with pytest.raises(InvalidValue, match=reason):
        read_expression(text).evaluate(NAMES)


def test_the_nearest_variable_is_named():
    with pytest.raises(InvalidValue) as caught:
        read_expression("$fooo").evaluate(NAMES)

    assert ("$foo", "unknown_variable") == (caught.value.nearest, caught.value.code)


def test_what_names_raise_comes_through():
    class Later(Exception):
        pass

    class Names:
        def __getitem__(self, name):
            raise Later(name)

    with pytest.raises(Later, match="fc"):
        read_expression("1_add_fc").evaluate(Names())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("iw_iw", "part 2, 'iw', is no operator"),
        ("iw_div", "ends too early"),
        ("iw_by_2", "part 2, 'by'"),
        ("", "part 1, ''"),
        ("_", "part 1, ''"),
        ("iw__2", "part 2, ''"),
        ("2_mul_add_3", "part 3 should be an operand, not add"),
        ("div_2", "needs something on its left"),
        ("to_i", "part 1, 'to'"),
        ("w_to_x", "part 2, 'to'"),
        ("w_add_!open", "not closed"),
        ("w_add_$", "part 3"),
        ("w_add_$a-b", "part 3"),
        ("w_add_$(a", "part 3"),
        ("w_add_$1", "part 3"),
        ("w_add_-$foo", "part 3"),
        ("ctx:!!_to_f", "part 1"),
        ("foo:!a!", "part 1"),
        ("!a!b!c!", "part 1"),
        ("16:0", "part 1"),
        ("1:2:3", "part 1"),
        ("w_add_!3!", "!3! is no number"),
        ("!%FF!_to_f", "not UTF-8"),
        ("tags", "tags is no number"),
        ("tags_to_i", "tags is no number"),
        ("ref:!a!_add_1", "ref:!a! is no number"),
    ],
)
def test_what_is_no_arithmetic(text, reason):
    with pytest.raises(Misread, match=reason):
        read_expression(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("iww_div_2", "iw"),
        ("initialWidth_div_2", "iw"),
        ("width_div_2", "w"),
        ("faceCount_add_1", "fc"),
        ("w_mull_2", "mul"),
    ],
)
def test_the_nearest_word_is_named(text, meant):
    with pytest.raises(Misread) as caught:
        read_expression(text)

    assert meant == caught.value.nearest


@pytest.mark.parametrize("text", ["pgnames", "10_add_lpname"])
def test_what_is_only_known(text):
    with pytest.raises(NotOffered, match="known, but not offered"):
        read_expression(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$foo_mul_2", True),
        ("iw", True),
        ("2_mul_3", True),
        ("fc", True),
        ("auto", False),
        ("abc_def", False),
    ],
)
def test_what_looks_like_an_expression(text, expected):
    assert expected is looks_like_expression(text)


def test_expressions_are_values():
    assert read_expression("iw_mul_0.50") == read_expression("iw_mul_0.5")
    assert "iw_mul_0.5" == str(read_expression("iw_mul_0.50"))
    assert "$x_mul_2" == str(read_expression("$(x)_mul_2"))


def test_what_may_be_asked_for_is_known():
    expression = read_words(split_words("w_add_ow_mul_$x_sub_ctx:!a_b!_to_f_add_md:!c!_add_ref:!d:e!_add_1"))

    assert {"w", "iw", "$x", "ctx:a_b", "md:c", "ref:d/e"} == expression.operands


@pytest.mark.parametrize(("word", "each"), [("1", 1), ("$a", 1), ("!3!_to_i", 3), ("ctx:!a!_to_f", 1)])
def test_a_thousand_operators_are_read_and_evaluated(word, each):
    names = {"$a": 1, "ctx:a": "1"}
    expression = read_expression("_add_".join([word] * 800) + "_pow_1" * 800)

    assert 800 * each == expression.evaluate(names)
    assert expression == read_expression(str(expression))


numbers = st.one_of(st.integers(-9999, 9999).map(str), st.sampled_from(["0.5", "1.0", "3:4"]))
named = st.sampled_from(sorted({*OPERANDS} - {"tags"}))
texts = st.text(max_size=6).map(lambda text: f"ctx:!k{''.join(c for c in text if c not in '!%')}!")
casts = st.sampled_from(["", "", "_to_i", "_to_f"])
operands = st.builds(str.__add__, st.one_of(numbers, named, texts, st.sampled_from(["$a", "$(b2)"])), casts)
tails = st.lists(st.tuples(st.sampled_from(OPERATORS), operands), max_size=8)


@given(operands, tails)
def test_expressions_read_back(first, tail):
    text = "_".join([first, *(word for pair in tail for word in pair)])
    expression = read_expression(text)
    again = read_expression(str(expression))

    assert (expression, expression.program) == (again, again.program)
    assert str(expression).isascii()


@given(
    st.lists(
        st.sampled_from(["w", "$a", "2", "add", "pow", "to", "i", "!x!", "ctx:!a!", "", "tags"]), max_size=9
    )
)
def test_any_words_are_read_or_refused(words):
    try:
        expression = read_expression("_".join(words), current="w")
    except Misread:
        return
    try:
        result = expression.evaluate({"w": 3.0, "$a": 2.0, "ctx:a": "4"})
    except InvalidValue:
        return

    assert isinstance(result, float)
