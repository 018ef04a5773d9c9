"""Effects that change outline, opacity or size: what each does to pixels."""

from __future__ import annotations

import math

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, pixels, rendered, shown
from tests.transforms.samples import KINDS, on_nothing, ramp
from transforms.actions.shapes import SHAPES
from transforms.actions.trim import Trim
from transforms.color import PROFILE
from transforms.frame import Frame
from transforms.looks import LOOKS
from transforms.operations import Operation
from transforms.parser import parse

EXAMPLES = [
    *(example for effect in SHAPES for example in effect.examples),
    "co_orange,e_outline:inner_fill:100:2000",
    "co_rgb:ff000080,e_outline:100",
    "e_shadow:100,x_-40,y_7",
    "e_dropshadow:azimuth_90;elevation_0;spread_0",
    "e_dropshadow:azimuth_0;elevation_90;spread_100",
    "e_gradient_fade:symmetric:100,x_5,y_-0.3",
    "e_make_transparent:100",
    "e_bgremoval:screen",
    "e_opacity_threshold:1",
    "e_distort:1:1:1:99:99:99:99:1",
    "e_distort:-20:-5:60:0:50:40:-5:30",
    "e_distort:arc:360",
    "e_distort:arc:-17",
    "e_distort:arc:200",
    "e_shear:45:45",
    "e_shear:100:200",
    "e_trim:100",
    "e_trim:0:transparent",
]


def png(image: Image) -> bytes:
    data: bytes = image.pngsave_buffer()
    return data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transformation", EXAMPLES)
def test_the_frame_says_what_comes_out(transformation: str, kind: str) -> None:
    original = KINDS[kind]
    for operation in operations(transformation, original):
        before = Frame(original.width, original.height, alpha=original.hasalpha())
        result = operation.apply(original, before).copy_memory()
        promised = operation.frame_after(before)

        assert (promised.width, promised.height) == (result.width, result.height)
        assert promised.alpha == result.hasalpha()
        assert result.format == "uchar"
        assert result.interpretation in ("srgb", original.interpretation)
        assert bool(original.get_typeof(PROFILE)) == bool(result.get_typeof(PROFILE))


def operations(transformation: str, image: Image) -> list[Operation]:
    """What an effect does to a picture once it is answered; what stands beside it has its defaults."""
    component = parse(transformation).components[0]
    effect = component.get("e")
    assert effect is not None
    action = effect.value
    frame = Frame(image.width, image.height, alpha=image.hasalpha())
    question = action.question(frame)  # type: ignore[attr-defined]
    if question is not None:
        action = action.answered(LOOKS[question[0]](image, question[1]))  # type: ignore[attr-defined]
    return list(action.operations(frame))  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["gray with alpha", "colour", "wide gamut", "line", "nothing"])
@pytest.mark.parametrize("transformation", EXAMPLES)
def test_every_example_is_rendered(transformation: str, kind: str) -> None:
    original = KINDS[kind].resize(0.5, vscale=0.05) if kind == "line" else KINDS[kind]
    rendition = rendered(transformation, png(original))
    result = pixels(rendition.body)

    assert (rendition.width, rendition.height) == (result.width, result.height)


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        # Ten pixels to each side, of which the shadow's own shift takes ten away on the left and above.
        ("e_shadow", (60, 50)),
        ("e_shadow,x_0,y_0", (60, 50)),
        ("e_shadow,x_-15,y_15", (65, 55)),
        ("e_shadow,x_0.5", (70, 50)),
        ("e_shadow:0", (40, 30)),
        ("e_outline:20", (40, 30)),
        ("e_gradient_fade", (40, 30)),
        ("e_distort:10:5:50:5:50:45:10:45", (40, 40)),
        ("e_distort:0:0:40:0:40:30:0:30", (40, 30)),
        ("e_distort:3:0:40:-7:44:30:0:33", (44, 40)),
        # Around a half circle: radius 40 / pi, and half the height more and less.
        ("e_distort:arc:180", (60, 30)),
        ("e_distort:arc:0", (40, 30)),
        # 30 tan 45 = 30, and 40 tan 45 = 40.
        ("e_shear:45", (70, 30)),
        ("e_shear:0:45", (40, 70)),
        ("e_shear:-45:0", (70, 30)),
        ("e_shear:180", (40, 30)),
    ],
)
def test_sizes_by_hand(transformation: str, size: tuple[int, int]) -> None:
    result = shown(transformation, png(ramp(40, 30, 3)))

    assert size == (result.width, result.height)


FRAMED = on_nothing(60, 50, 12, 7, patch((200, 30, 30), 30, 20))
"""A red rectangle on nothing."""

CARD = patch((250, 250, 250), 60, 50).insert(patch((200, 30, 30), 30, 20), 12, 7).copy_memory()
"""The same on almost white."""


@pytest.mark.parametrize(
    ("transformation", "original", "size"),
    [
        ("e_trim", FRAMED, (30, 20)),
        ("e_trim", CARD, (30, 20)),
        ("e_trim:0", CARD, (30, 20)),
        ("e_trim:white", CARD, (30, 20)),
        ("e_trim:1:white", CARD, (60, 50)),
        ("e_trim:10:blue", CARD, (60, 50)),
        ("e_trim:10:rgb:ff0000", FRAMED, (30, 20)),
        ("e_trim:30:rgb:ff0000", FRAMED, (60, 50)),
        ("e_trim:100", CARD, (60, 50)),
        ("e_trim/c_scale,w_15", CARD, (15, 10)),
        ("a_90/e_trim", CARD, (20, 30)),
        ("e_trim", CARD.colourspace("b-w"), (30, 20)),
        ("e_trim", patch((7, 7, 7), 9, 4), (9, 4)),
        ("e_trim", patch((7, 7, 7), 1, 1), (1, 1)),
    ],
)
def test_trim(transformation: str, original: Image, size: tuple[int, int]) -> None:
    result = shown(transformation, png(original))

    assert size == (result.width, result.height)


def test_trim_keeps_what_it_does_not_cut() -> None:
    result = shown("e_trim", png(CARD))

    assert difference(patch((200, 30, 30), 30, 20), result) == 0


def test_trim_takes_the_colour_that_most_corners_have() -> None:
    """One corner is covered by the subject."""
    original = patch((255, 255, 255), 50, 40).insert(patch((0, 90, 0), 20, 10), 0, 0).copy_memory()
    result = shown("e_trim", png(original))

    assert (20, 10) == (result.width, result.height)


def test_an_outer_outline_lies_around_the_shape() -> None:
    result = shown("co_rgb:0000ff,e_outline:5", png(FRAMED))

    assert [200, 30, 30, 255] == result(20, 15)
    assert [0, 0, 255, 255] == result(20, 4)
    assert [0, 0, 255, 255] == result(9, 15)
    assert 0 == result(4, 15)[3]
    # The foot of its soft edge.
    assert 0 < result(20, 0)[3] < 8


def test_the_corners_of_an_outline_are_round() -> None:
    wide = on_nothing(120, 120, 55, 55, patch((9, 9, 9), 10, 10))
    result = shown("e_outline:40", png(wide))

    # 40 pixels straight out, and diagonally no further: not the 56 of a square.
    assert 255 == result(60, 20)[3]
    assert 0 == result(55 - 33, 55 - 33)[3]
    assert 255 == result(55 - 26, 55 - 26)[3]


def test_an_inner_outline_is_drawn_on_the_picture() -> None:
    result = shown("co_rgb:0000ff,e_outline:inner:5", png(FRAMED))

    assert [0, 0, 255, 255] == result(14, 9)
    assert [200, 30, 30, 255] == result(27, 17)
    assert 0 == result(10, 15)[3]


def test_an_inner_outline_of_an_opaque_picture_is_its_frame() -> None:
    result = shown("co_rgb:0000ff,e_outline:inner:5", png(CARD))

    assert 3 == result.bands
    assert [0, 0, 255] == result(2, 25)
    assert [250, 250, 250] == result(8, 25)


RING = on_nothing(60, 60, 10, 10, patch((200, 30, 30), 40, 40)).draw_rect(
    [0, 0, 0, 0], 20, 20, 20, 20, fill=True
)


@pytest.mark.parametrize(("mode", "hole"), [("outer", 0), ("fill", 255), ("inner", 0), ("inner_fill", 255)])
def test_fill_closes_holes(mode: str, hole: int) -> None:
    result = shown(f"co_green,e_outline:{mode}:4", png(RING))

    assert hole == result(30, 30)[3]


def test_blur_softens_an_outline() -> None:
    sharp, soft = (shown(f"e_outline:10{blur}", png(FRAMED)) for blur in ("", ":400"))

    assert (255, 0) == (sharp(20, 34)[3], sharp(20, 40)[3])
    assert 40 < soft(20, 36)[3] < 220


def test_a_shadow_lies_beside_the_picture() -> None:
    result = shown("co_rgb:0000ff,e_shadow:50,x_20,y_0", png(CARD))

    # The picture came to lie 0 to the right and 10 below; beside it half opaque blue.
    assert [250, 250, 250, 255] == result(2, 12)
    assert [0, 0, 255] == result(70, 35)[:3]
    assert 120 <= result(70, 35)[3] <= 128
    assert 0 == result(89, 69)[3]


def test_a_shadow_is_cast_away_from_the_light() -> None:
    """From the left, and from behind."""
    pole = on_nothing(200, 100, 95, 20, patch((255, 255, 255), 10, 40))
    left = shown("e_dropshadow:azimuth_270;spread_0", png(pole))[3]
    behind = shown("e_dropshadow:azimuth_0;spread_0", png(pole))[3]

    assert left.crop(110, 0, 90, 100).max() > 100 > left.crop(0, 0, 90, 100).max()
    assert behind.crop(0, 65, 200, 35).max() > 100 > behind.crop(0, 0, 200, 19).max()


def test_a_low_light_casts_a_long_shadow() -> None:
    pole = on_nothing(300, 100, 10, 20, patch((255, 255, 255), 10, 40))
    reach = [
        shown(f"e_dropshadow:azimuth_270;elevation_{degrees};spread_0", png(pole))[3].find_trim(
            threshold=20, background=[0], line_art=True
        )[2]
        for degrees in (70, 45, 20)
    ]

    # 40 cot e, and the pole's own width.
    expected = [10 + 40 / math.tan(math.radians(degrees)) for degrees in (70, 45, 20)]
    assert expected == pytest.approx(reach, rel=0.05)


def test_a_fade_rises_from_its_edge() -> None:
    flat = png(patch((80, 90, 100), 100, 60))
    top, left, right = (shown(f"e_gradient_fade{more}", flat)[3] for more in ("", ",x_50", ",x_-0.2"))

    assert [top(5, y)[0] for y in (0, 15, 29, 30, 59)] == pytest.approx([4, 132, 251, 255, 255], abs=1)
    assert [left(x, 5)[0] for x in (0, 25, 50, 99)] == pytest.approx([3, 130, 255, 255], abs=1)
    assert [right(x, 5)[0] for x in (0, 79, 90, 99)] == pytest.approx([255, 255, 121, 6], abs=1)


def test_strength_and_mode_of_a_fade() -> None:
    flat = png(patch((80, 90, 100), 100, 60))
    weak, strong = (shown(f"e_gradient_fade:{n},x_50", flat)[3](25, 5)[0] for n in (10, 40))
    both = shown("e_gradient_fade:symmetric,x_20", flat)[3]
    padded = shown("e_gradient_fade:symmetric_pad,x_20", flat)[3]

    assert [weak, strong] == pytest.approx([255 * 0.51**0.5, 255 * 0.51**2], abs=1)
    assert both(2, 5) == both(97, 5) == [32]
    assert [0, 0] == [padded(9, 5)[0], padded(90, 5)[0]]
    assert 255 == padded(20, 5)[0]


@pytest.mark.parametrize(
    ("level", "kept"), [(1, [0, 255, 255]), (50, [0, 0, 255]), (51, [0, 0, 0]), (100, [0, 0, 0])]
)
def test_opacity_threshold(level: int, kept: list[int]) -> None:
    original = patch((1, 2, 3, 0), 1, 1).insert(patch((1, 2, 3, 100), 1, 1), 1, 0, expand=True)
    original = original.insert(patch((1, 2, 3, 128), 1, 1), 2, 0, expand=True)
    result = shown(f"e_opacity_threshold:{level}", png(original))

    assert kept == [result(x, 0)[3] for x in range(3)]


def test_trim_asks_for_its_colour() -> None:
    frame = Frame(10, 10)

    assert ("trim", "10:") == Trim.read("").question(frame)
    assert ("trim", "30:ff0000ff") == Trim.read("30:red").question(frame)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_lines_are_as_broad_on_large_pictures(width: int) -> None:
    large = png(patch((200, 200, 200, 255), 2300, 1800))
    result = shown(f"co_red,e_outline:inner:{width}", large)
    row = [result(x, 900)[1] < 100 for x in range(150)]

    assert pytest.approx(width, abs=2) == sum(row)
