"""Values with variables in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InvalidValue, LimitExceeded
from transforms.kinds.base import Misread
from transforms.operands import Numeral
from transforms.templates import MAX_FILLED, Template, has_variables, is_template
from transforms.variables import Current, Reference

NAMES = {
    "$foo": Numeral("100"),
    "$half": Numeral("0.50"),
    "$whole": Numeral("1.0"),
    "$ratio": Numeral("16:9"),
    "$third": 100 / 3,
    "$four": 4.0,
    "$nothing": -0.0,
    "$efname": "blur",
    "$bcolor": ("rgb", "0000ff"),
    "$style": "Arial_12",
    "$title": "50% off, today/tomorrow",
    "$bestpic": Reference("docs/file.png"),
    "$img": Current(),
    "iw": 4032.0,
    "w": 200.0,
    "fc": 3.0,
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$efname:100", "blur:100"),
        ("$(efname):100", "blur:100"),
        ("10:20:$foo:40", "10:20:100:40"),
        ("$foo", "100"),
        ("$half", "0.50"),
        ("$whole", "1.0"),
        ("$ratio", "16:9"),
        ("$four", "4"),
        ("$nothing", "0"),
        ("$third", "33.333333333333336"),
        ("5px_solid_$bcolor", "5px_solid_rgb:0000ff"),
        ("$(foo)px_solid_black", "100px_solid_black"),
        ("text:$style:hello-world", "text:Arial_12:hello-world"),
        ("text:Arial_$foo:$(title)", "text:Arial_100:50% off, today/tomorrow"),
        ("text:Arial_18:$(efname)Hello%20$(foo)$(style)%252C%20%24%28no%20%29", None),
        ("text:Arial_50:costs $5 or $", "text:Arial_50:costs $5 or $"),
        ("text:Arial_50:$(no ) $()", "text:Arial_50:$(no ) $()"),
        ("$bestpic", "docs:file.png"),
        ("blur:$foo_mul_2", "blur:200"),
        ("blur:$(foo)_mul_2", "blur:200"),
        ("blur:$foo_mul_200_div_fc", "blur:6666.666666666667"),
        ("iw_div_100:10", "40.32:10"),
        ("$foo_$efname", "100_blur"),
        ("$foo-$four", "100-4"),
        ("$efname_mul_2_x", "blur_mul_2_x"),
        ("red_rock:$foo", "red_rock:100"),
        ("w:$foo", "w:100"),
    ],
)
def test_filling_in(text, filled):
    expected = filled or "text:Arial_18:blurHello%20100Arial_12%252C%20%24%28no%20%29"

    assert expected == Template(text).fill(NAMES)
    assert text == str(Template(text))


@pytest.mark.parametrize(("decodings", "filled"), [(0, "50% off"), (1, "50%25 off"), (2, "50%2525 off")])
def test_percent_signs_survive_decoding(decodings, filled):
    assert filled == Template("$(x)").fill({"$x": "50% off"}, decodings=decodings)


@pytest.mark.parametrize(
    ("text", "variables", "operands"),
    [
        ("$a:$(b)px", {"$a", "$b"}, {"$a", "$b"}),
        ("$a_mul_fc:10", {"$a"}, {"$a", "fc"}),
        ("iw_div_2", set(), {"iw"}),
        ("blur:10", set(), set()),
    ],
)
def test_what_is_asked_for_is_known(text, variables, operands):
    template = Template(text)

    assert (variables, operands) == (template.variables, template.operands)


@pytest.mark.parametrize(
    ("text", "alone"),
    [("$img", "$img"), ("$(img)", "$img"), ("$img:x", None), ("x", None), ("", None), ("iw_mul_2", None)],
)
def test_a_variable_alone(text, alone):
    assert alone == Template(text).alone


@pytest.mark.parametrize(
    ("text", "variables", "template"),
    [
        ("$a", True, True),
        ("10:$(a)", True, True),
        ("iw_mul_2", False, True),
        ("10:iw_mul_2", False, True),
        ("red_rock", False, False),
        ("$5", False, False),
        ("%24a", False, False),
        ("iw", False, False),
        ("mul_2", False, False),
    ],
)
def test_what_has_to_be_filled_in(text, variables, template):
    assert (variables, template) == (has_variables(text), is_template(text))


@pytest.mark.parametrize("text", ["$(foo_bar)", "10:$(größe)", "$(a_)"])
def test_names_are_letters_and_digits(text):
    with pytest.raises(Misread, match="letters and digits"):
        Template(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$missing", r"there is no variable \$missing \(defined: \$bcolor, "),
        ("$(foos)px", "there is no variable"),
        ("blur:$efname_mul_2", r"\$efname is the text 'blur', where a number is needed"),
        ("blur:$foo_div_0", "divides by zero"),
        ("x:$img", r"\$img is a picture: only a layer can show it"),
    ],
)
def test_what_cannot_be_filled_in(text, reason):
    with pytest.raises(InvalidValue, match=reason):
        Template(text).fill(NAMES)


def test_what_comes_out_is_bounded():
    with pytest.raises(LimitExceeded, match=str(MAX_FILLED)):
        Template("$(a)" * 1000).fill({"$a": "x" * 1000})


def test_templates_are_values():
    assert Template("$a:10") == Template("$a:10")
    assert Template("$a:10") != Template("$b:10")
    assert 1 == len({Template("$a"), Template("$a")})


@given(st.text("ab$():_%w_mul_2_", max_size=24))
def test_any_text_is_filled_in_or_refused(text):
    try:
        template = Template(text)
        filled = template.fill(dict.fromkeys(template.operands, 2.0))
    except (Misread, InvalidValue):
        return

    assert has_variables(text) == bool(template.variables)
    assert is_template(text) or text == filled
