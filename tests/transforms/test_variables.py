"""Variables: how they are set, and in which order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import lexer
from transforms.errors import InvalidValue, NotOffered
from transforms.frame import ImageInfo
from transforms.kinds.base import Misread
from transforms.kinds.logic import AssignmentKind
from transforms.operands import Numeral
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.variables import Current, Reference, evaluate, in_order, read_assignment

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"

NAMES = {"w": 200, "iw": 4000, "ih": 3000, "tags": ("a", "b"), "$foo": 30, "$word": "red", "ctx:x": "0.5"}


def corpus():
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return sorted(
        {p.text[1:] for line in lines for c in line.split("/") for p in lexer.pieces(c) if p.key == "$"}
    )


@pytest.mark.parametrize("text", corpus())
def test_what_the_sdks_write_is_canonical(text):
    kind = AssignmentKind()

    assert text == kind.write(kind.read(text))
    assert f"${text}" == str(kind.read(text))


def test_the_corpus_is_not_empty():
    assert len(corpus()) > 70


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x_10", 10),
        ("x_-1.0", -1),
        ("x_16:9", 16 / 9),
        ("x_!100!", "100"),
        ("x_!a:b:c!", ("a", "b", "c")),
        ("x_!rgb:0000ff!", ("rgb", "0000ff")),
        ("x_!!", ""),
        ("x_!my_value!", "my_value"),
        ("x_!Hello%252C%20World!", "Hello, World"),
        ("x_bar", "bar"),
        ("x_bar2", "bar2"),
        ("x_2x", "2x"),
        ("x_north_west", "north_west"),
        ("x_Arial_40", "Arial_40"),
        ("x_rgb:0000ff", ("rgb", "0000ff")),
        ("x_thumbs-up.png", "thumbs-up.png"),
        ("x_iw", 4000),
        ("x_tags", ("a", "b")),
        ("x_iw_mul_0.1", 400),
        ("x_iw_add_100_div_3_to_f", 4000 + 100 / 3),
        ("x_iw_add_100_div_3_to_i", 4033),
        ("x_2_mul_$foo", 60),
        ("x_$word", "red"),
        ("x_ctx:!x!", "0.5"),
        ("x_ctx:!x!_to_f", 0.5),
        ("x_ctx:!nothing!", ""),
        ("x_ref:!docs:sale!", Reference("docs/sale")),
        ("x_current", Current()),
        ("foo_add_1", 31),
        ("foo_gte_9_add_20", 1),
        ("foo_lt_9", 0),
        ("x_w_gt_100_and_iw_lt_100", 0),
        ("x_!a!_in_tags", 1),
    ],
)
def test_what_a_variable_is_set_to(text, value):
    assert value == evaluate(read_assignment(text), NAMES)


def test_a_number_keeps_how_it_was_written():
    number = evaluate(read_assignment("x_0.50"), NAMES)
    again = evaluate(read_assignment("y_$x"), {"$x": number})

    assert isinstance(again, Numeral)
    assert ("0.5", True) == (again.written, again.is_share)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x", "set to nothing"),
        ("x_", "set to nothing"),
        ("_10", "'' is no name"),
        ("2x_10", "'2x' is no name"),
        ("a-b_10", "'a-b' is no name"),
        ("ä_10", "is no name"),
        ("(x)_10", "is no name"),
        ("x_iw_mul", "ends too early"),
        ("x_iw_foo", "part 2, 'foo'"),
        ("x_10_foo", "part 2, 'foo'"),
        ("x_foo_add_10", "part 1, 'foo'"),
        ("x_bbb_to_f", "part 1, 'bbb'"),
        ("x_to_f", "part 1, 'to'"),
        ("x_!open", "not closed"),
        ("x_a!b!c", "part 1"),
        ("x_ctx:key", "part 1, 'ctx:key'"),
        ("x_$a_$b", r"part 2, '\$b'"),
        ("x_a$b", "part 1"),
        ("x_w_gt", "compares two sides"),
        ("x_%FF", "not UTF-8"),
    ],
)
def test_what_is_no_assignment(text, reason):
    with pytest.raises(Misread, match=reason):
        read_assignment(text)


def test_what_is_only_known():
    with pytest.raises(NotOffered, match="pgnames"):
        read_assignment("x_pgnames")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x_iw_div_0", "divides by zero"),
        ("x_$bar_add_1", r"there is no variable \$bar \(defined: \$foo, \$word\)"),
        ("x_9_add_ref:!public_id!", "ref:!public_id! is the picture 'public_id', where a number is needed"),
        ("x_ref:!a!_to_i", "ref:!a! is the picture 'a'"),
        ("x_1_add_$word", r"\$word is the text 'red'"),
    ],
)
def test_what_comes_to_nothing(text, reason):
    with pytest.raises(InvalidValue, match=reason):
        evaluate(read_assignment(text), NAMES)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["big_2_mul_$small", "small_150"], ["small", "big"]),
        (["a_$b_add_$c", "b_$c", "c_1"], ["c", "b", "a"]),
        (["a_$a_add_1", "b_$a"], ["a", "b"]),
        (["a_$outer", "b_2"], ["a", "b"]),
        (["z_$foo_mul_2", "foo_!x!"], ["foo", "z"]),
    ],
)
def test_each_is_set_behind_those_it_needs(texts, names):
    assert names == [assignment.name for assignment in in_order(map(read_assignment, texts))]


def test_a_chain_of_any_length_is_put_in_order():
    chain = [read_assignment(f"v{i:03}_$v{i + 1:03}") for i in range(200)]

    assert [f"v{i:03}" for i in reversed(range(200))] == [a.name for a in in_order(chain)]


@pytest.mark.parametrize("texts", [["a_$b", "b_$a"], ["a_$b_add_1", "b_$c", "c_$a_mul_2", "d_1"]])
def test_none_can_need_each_other(texts):
    with pytest.raises(InvalidValue, match="set by way of each other"):
        in_order(map(read_assignment, texts))


names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
values = st.text(st.characters(exclude_characters="!%", exclude_categories=["Cs"]), max_size=12)


@given(names, values)
def test_texts_of_any_kind_read_back(name, text):
    assignment = read_assignment(f"{name}_!{text}!")
    again = read_assignment(str(assignment)[1:])
    value = evaluate(again, {})

    assert assignment == again
    assert text == (value if isinstance(value, str) else ":".join(value))
    assert str(again).isascii()


@given(names, st.text("ab$!_:.w2_%gt_i_to", max_size=16))
def test_any_text_is_read_back_or_refused(name, text):
    try:
        assignment = read_assignment(f"{name}_{text}")
    except (Misread, NotOffered):
        return

    assert assignment == read_assignment(str(assignment)[1:])


@pytest.mark.parametrize(
    ("text", "canonical", "title"),
    [
        ("$title_!one%2Ctwo!,w_100", "$title_!one%2Ctwo!,w_100", "one,two"),
        ("$title_!one%2Ctwo!%2Cw_100", "$title_!one%2Ctwo!,w_100", "one,two"),
        ("$title_!one%252Ctwo!,w_100", "$title_!one%252Ctwo!,w_100", "one,two"),
        ("$title_!a%2Fb%21!,w_100", "$title_!a%2Fb%21!,w_100", "a/b!"),
        ("w_100,$title_!Hello World!", "$title_!Hello%20World!,w_100", "Hello World"),
    ],
)
def test_an_encoded_comma_in_a_text_separates_nothing(text, canonical, title):
    recipe = parse(text)

    assert canonical == str(recipe)
    assert recipe == parse(canonical)
    assert title == evaluate(recipe.components[0].get("$").value, {})


def test_a_plain_comma_ends_a_text_that_is_left_open():
    with pytest.raises(InvalidValue, match="not closed"):
        parse("w_100%2C$title_!a%2C,%2Cb!")


def test_a_density_may_be_a_variable():
    plan = make_plan(parse("$ratio_2/c_scale,dpr_$ratio,w_100"), ImageInfo("jpg", 1000, 800))

    assert (200, 160) == (plan.result.width, plan.result.height)


def test_a_strength_that_was_calculated_is_rounded():
    plan = make_plan(parse("$size_100/e_outline:$size_div_3"), ImageInfo("png", 1000, 800, alpha=True))

    assert 33 == plan.operations[0].width


@pytest.mark.parametrize("text", ["$side_40,t_square", "t_square,$side_40"])
def test_what_is_set_beside_a_name_is_for_what_it_stands_for(text):
    recipe = parse(text, named={"square": "c_fill,h_$side,w_$side"})
    plan = make_plan(recipe, ImageInfo("jpg", 1000, 800))

    assert "$side_40/c_fill,h_$side,w_$side" == str(recipe)
    assert (40, 40) == (plan.result.width, plan.result.height)


def test_a_ratio_may_be_a_text():
    plan = make_plan(parse("$shape_!16:9!/ar_$shape,c_fill,w_160"), ImageInfo("jpg", 1000, 800))

    assert (160, 90) == (plan.result.width, plan.result.height)
