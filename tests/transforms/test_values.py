"""Text becomes values, in the words of the URL."""

import pytest

from transforms.actions.base import Action, argument, summary
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Integer, Keyword, Number, normal_number, plain
from transforms.parser import parse
from transforms.values import Auto, Color, Flag, Gravity, Pages, Pixels, Quality, Ratio, Share, Turn


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("w_300", Pixels(300)),
        ("w_1", Pixels(1)),
        ("w_1.0", Share(1.0)),
        ("h_0.5", Share(0.5)),
        ("w_auto:50:87", Auto(("50", "87"))),
        ("x_-20", Pixels(-20)),
        ("y_-0.75", Share(-0.75)),
        ("ar_16:9", Ratio(16 / 9, "16:9")),
        ("ar_1.5", Ratio(1.5, "1.5")),
        ("c_fill", "fill"),
        ("g_auto:face", Gravity("auto", ("face",))),
        ("z_0.7", 0.7),
        ("dpr_2", 2.0),
        ("dpr_auto", Auto()),
        ("f_jpeg", "jpg"),
        ("f_tif", "tiff"),
        ("f_auto:image", Auto(("image",))),
        ("q_80:444", Quality(level=80, chroma="444", written="80:444")),
        ("q_0.4", Quality(level=1, written="0.4")),
        ("q_auto", Quality(auto="good", written="auto")),
        ("q_auto:eco:420", Quality(auto="eco", chroma="420", written="auto:eco:420")),
        ("q_auto:420", Quality(auto="good", chroma="420", written="auto:420")),
        ("a_90.hflip", (Turn(degrees=90, written="90"), Turn(mode="hflip", written="hflip"))),
        ("b_red", Color(255, 0, 0, 255, "red")),
        ("b_transparent", Color(0, 0, 0, 0, "transparent")),
        ("b_rgb:1238", Color(0x11, 0x22, 0x33, 0x88, "rgb:1238")),
        ("b_336699", Color(0x33, 0x66, 0x99, 255, "336699")),
        ("pg_3", Pages(((3, 3),), "3")),
        ("pg_02-4;9-", Pages(((2, 4), (9, None)), "2-4;9-")),
        ("pg_-11;15", Pages(((1, 11), (15, 15)), "-11;15")),
        ("fl_progressive:steep.lossy", (Flag("progressive", "steep"), Flag("lossy"))),
        ("fl_attachment:my_file%252Ebin", (Flag("attachment", "my_file.bin"),)),
        ("fl_attachment:two%20words", (Flag("attachment", "two words"),)),
        ("fl_attachment:caf%C3%A9", (Flag("attachment", "café"),)),
    ],
)
def test_values(text, value):
    (component,) = parse(text).components

    assert value == component.parameters[0].value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", "7"),
        ("007", "7"),
        ("0.50", "0.5"),
        (".5", "0.5"),
        ("1.0", "1.0"),
        ("-0", "0"),
        ("-00.50", "-0.5"),
    ],
)
def test_numbers_have_one_spelling(text, number):
    assert number == normal_number(text)
    assert number == normal_number(number)


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", "5.", "+5", " 5", "5 ", "1e9", "0x10", "1_000", "nan", "inf", "٣", "²", "1.2.3", "9" * 25],
)
def test_other_texts_are_no_numbers(text):
    assert normal_number(text) is None


@pytest.mark.parametrize("value", [0.5, 2.0, 1.9047619047619047, 1e-7, 1e17, -3.25])
def test_floats_print_without_exponent(value):
    assert value == float(plain(value))
    assert "e" not in plain(value)


def test_integers_are_refused_or_clamped():
    with pytest.raises(Misread, match="an integer from 1 to 2000"):
        Integer(1, 2000).read("9000")

    assert 2000 == Integer(1, 2000, beyond="clamp").read("9000")
    assert "counts as the limit" in Integer(1, 2000, beyond="clamp").forgives


def test_numbers_are_refused_or_clamped():
    with pytest.raises(Misread, match="a number from 0 to 1"):
        Number(0, 1).read("1.5")

    assert 1.0 == Number(0, 1, beyond="clamp").read("1.5")
    assert "0.25" == Number(0, 1).write(0.25)


class Sketch(Action, code="e_sketch", examples=("e_sketch:20:soft",)):
    """Draw the picture as a sketch.

    More about it.
    """

    strength: int = argument(Integer(1, 100), default=50)
    style: str = argument(Keyword(("soft", "hard")), default="hard")

    def operations(self, frame):
        return []


class Stamp(Action, code="e_stamp", examples=("e_stamp:3",)):
    """Stamp it."""

    size: int = argument(Integer(1, 9))

    def operations(self, frame):
        return []


@pytest.mark.parametrize(
    ("text", "action", "printed"),
    [
        ("", Sketch(), "e_sketch"),
        ("20", Sketch(20), "e_sketch:20"),
        ("50", Sketch(), "e_sketch"),
        ("50:soft", Sketch(50, "soft"), "e_sketch:50:soft"),
    ],
)
def test_arguments_of_actions(text, action, printed):
    assert action == Sketch.read(text)
    assert printed == str(action)


@pytest.mark.parametrize(
    ("action", "text", "reason"),
    [
        (Sketch, "20:soft:3", "has more than the 2 arguments e_sketch takes"),
        (Sketch, "200", "is not an integer from 1 to 100"),
        (Sketch, "20:sof", "is not one of soft, hard"),
        (Stamp, "", "is not complete: e_stamp needs an integer from 1 to 9"),
    ],
)
def test_arguments_that_are_refused(action, text, reason):
    with pytest.raises(Misread) as refused:
        action.read(text)

    assert reason == refused.value.reason


def test_actions_are_frozen_values():
    with pytest.raises(AttributeError):
        Sketch().strength = 3

    assert hash(Sketch()) == hash(Sketch(50))
    assert "Draw the picture as a sketch." == summary(Sketch)
