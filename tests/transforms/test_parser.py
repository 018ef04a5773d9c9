"""Transformations become recipes, or are refused with their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import read_cases
from transforms.errors import (
    ConflictingParameters,
    InvalidValue,
    LimitExceeded,
    NotOffered,
    TransformError,
    UnknownParameter,
)
from transforms.parser import is_component, parse

CANONICAL = read_cases("canonical.txt", "->")
REFUSED = read_cases("refused.txt", "=>")


@pytest.mark.parametrize(("written", "canonical"), CANONICAL)
def test_canonical_form(written, canonical):
    recipe = parse(written)

    assert canonical == str(recipe)
    assert parse(canonical) == recipe


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_refusals(written, message):
    with pytest.raises(TransformError) as refused:
        parse(written)

    assert message == str(refused.value)


def test_order_of_parameters_makes_no_difference():
    assert parse("w_200,h_150,c_fill") == parse("c_fill,h_150,w_200")


def test_no_text_is_no_recipe():
    assert not parse("")
    assert not parse("//,/")


@pytest.mark.parametrize(
    ("text", "error", "parameter", "position", "component", "nearest"),
    [
        ("c_fil,w_100", UnknownParameter, "c_fil", 0, 0, "fill"),
        ("w_100/h_20,q_autoo", InvalidValue, "q_autoo", 11, 1, "auto"),
        ("w_100%2Ch_x", InvalidValue, "h_x", 8, 0, None),
        ("w_100,,h_x", InvalidValue, "h_x", 7, 0, None),
        ("w_100,w_200", ConflictingParameters, "w_200", 6, 0, None),
        ("w_100//f_mp4", NotOffered, "f_mp4", 7, 1, None),
        ("f_auto/e_blurr", UnknownParameter, "e_blurr", 7, 1, "blur"),
        ("t_portait", UnknownParameter, "t_portait", 0, 0, "portrait"),
    ],
)
def test_refusals_say_where(text, error, parameter, position, component, nearest):
    with pytest.raises(error) as refused:
        parse(text, named={"portrait": "w_100"})

    found = refused.value
    assert (parameter, position, component, nearest) == (
        found.parameter,
        found.position,
        found.component,
        found.nearest,
    )


def test_parameters_know_where_they_stood():
    recipe = parse("c_fill,w_200/f_auto")

    assert [0, 7, 13] == [p.position for c in recipe.components for p in c.parameters]


def test_what_is_repeated_is_short_and_printable():
    with pytest.raises(InvalidValue) as refused:
        parse("w_" + "\x1b[31m" + "9" * 4000)

    assert len(str(refused.value)) < 200
    assert str(refused.value).isprintable()
    assert len(refused.value.parameter) <= 80


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("w_" + "1" * 4095, "transformation_too_long"),
        ("w_" + "é" * 2048, "transformation_too_long"),
        ("/".join(["w_1"] * 26), "too_many_components"),
        (",".join(["w_1"] * 11), "too_many_parameters"),
        ("w_1/" + ",".join(["l_a"] * 6), "too_many_layers"),
    ],
)
def test_limits(text, code):
    with pytest.raises(TransformError) as refused:
        parse(text)

    assert code == refused.value.code


def test_within_the_limits():
    assert 25 == len(parse("/".join(["w_1"] * 25)).components)


NAMED = {
    "small": "c_fit,w_100",
    "art@1": "a_90",
    "Resized Artwork": "w_50",
    "both": "t_small/t_art@1/q_auto",
    "again": "t_again",
    "ping": "t_pong",
    "pong": "w_1/t_ping",
    "wrong": "c_fill,w_0",
    "empty": "",
    "many": "t_" + ".".join(["empty"] * 30),
    "long": "/".join(["w_1"] * 20),
}


@pytest.mark.parametrize(
    ("text", "expanded", "names"),
    [
        ("t_small", "c_fit,w_100", ("small",)),
        ("t_small/f_auto", "c_fit,w_100/f_auto", ("small",)),
        ("h_20,t_small,q_auto", "c_fit,w_100/h_20,q_auto", ("small",)),
        ("t_small.art@1", "c_fit,w_100/a_90", ("small", "art@1")),
        ("t_Resized%20Artwork", "w_50", ("Resized Artwork",)),
        ("t_both", "c_fit,w_100/a_90/q_auto", ("both", "small", "art@1")),
        ("t_small/t_small", "c_fit,w_100/c_fit,w_100", ("small",)),
        ("t_empty", "", ("empty",)),
    ],
)
def test_named_transformations_are_expanded(text, expanded, names):
    recipe = parse(text, named=NAMED)

    assert expanded == str(recipe)
    assert names == recipe.named


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("t_smal", "unknown_named_transformation", "did you mean small?"),
        ("t_again", "named_transformation_cycle", "contains itself"),
        ("t_ping", "named_transformation_cycle", "ping → pong → ping"),
        ("t_wrong", "invalid_value", "t_wrong: w: 0 is not a size"),
        ("t_many", "too_many_named_transformations", "at most 25"),
        ("t_long/t_long", "too_many_components", "at most 25"),
    ],
)
def test_named_transformations_are_refused(text, code, message):
    with pytest.raises(TransformError, match=r".") as refused:
        parse(text, named=NAMED)

    assert code == refused.value.code
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "segment",
    [
        "c_fill,w_100",
        "w_",
        "w_0",
        "w_300,hh_200",
        "f_auto,c_fill,",
        "c_limit%2Cw_880",
        "$x_10",
        "if_else",
        "if_end",
        "so_2",
        "l_text:Arial_20:Hi",
        "t_name",
        "$(x)_1",
    ],
)
def test_components_are_recognised(segment):
    assert is_component(segment)


@pytest.mark.parametrize(
    "segment",
    [
        "",
        ",",
        "photos",
        "v1",
        "w-300",
        "w300",
        "hh_200",
        "my_photos",
        "w_300,photo",
        "hh_1,ww_2",
        "s--abc--",
        ".",
    ],
)
def test_other_segments_are_not(segment):
    assert not is_component(segment)


PARAMETERS = st.sampled_from([p for left, _ in CANONICAL for p in left.split("/") if p])


@given(st.lists(PARAMETERS, max_size=8))
def test_the_canonical_form_reads_back(parts):
    recipe = parse("/".join(parts))

    assert recipe == parse(str(recipe))
    assert str(recipe) == str(parse(str(recipe)))


@given(st.text(alphabet=st.sampled_from("wchqfle_,/%$.:-0123456789autoflip2C ²é\x00"), max_size=60))
def test_any_text_reads_or_is_refused(text):
    try:
        recipe = parse(text)
    except TransformError as refused:
        assert str(refused)
    else:
        assert recipe == parse(str(recipe))


@pytest.mark.parametrize(
    "unit", ["b_aaab,", "w_iw_", "%2C", "%", "w_add_", "fl_a.", "a_1.", "/", "g_auto:x:", "t_a."]
)
def test_long_texts_are_read_in_no_time(unit):
    """A thousand times the same: whatever is not linear would take minutes."""
    text = "w_100," + unit * (4000 // len(unit))

    is_component(text)
    with pytest.raises((TransformError, LimitExceeded)):
        parse(text + "!")


def test_what_a_named_transformation_holds_stands_where_its_name_does() -> None:
    named = {"inner": "h_30/q_80", "outer": "c_fit,w_iw_sub_500/t_inner"}

    recipe = parse("f_png/t_outer/a_90", named=named)

    assert [(0, "f_png"), (6, "c_fit"), (6, "w_iw_sub_500"), (6, "h_30"), (6, "q_80"), (14, "a_90")] == [
        (parameter.position, parameter.written)
        for component in recipe.components
        for parameter in component.parameters
    ]
