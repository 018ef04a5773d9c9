from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyvips import Image

from tests.transforms.rendering import (
    difference,
    patch,
    picture,
    pixels,
    planned,
    shown,
)
from transforms.errors import BrokenImage
from transforms.limits import Limits
from transforms.operations import Canvas, Flatten, Flip, Rect, Rotate
from transforms.parser import parse
from transforms.pixels import resample
from transforms.plan import make_plan
from transforms.probe import probe
from transforms.render import render

SIZES = st.integers(1, 60)
SHARES = st.floats(0, 1)


@given(SIZES, SIZES, SHARES, SHARES, SHARES, SHARES, SIZES, SIZES)
@example(1, 1, 0, 0, 1, 1, 60, 60)
@example(60, 1, 0.5, 0, 0, 1, 60, 60)
@settings(max_examples=150, deadline=None)
def test_a_resampling_is_as_large_as_it_says(
    width: int, height: int, left: float, top: float, across: float, down: float, wanted: int, tall: int
) -> None:
    window = Rect(
        left * (width - 1),
        top * (height - 1),
        1 + across * (width - 1) * (1 - left),
        1 + down * (height - 1) * (1 - top),
    )
    result = resample(patch((10, 20, 30), width, height), window, wanted, tall).copy_memory()

    assert (wanted, tall, [10, 20, 30]) == (result.width, result.height, result(wanted // 2, tall // 2))


@pytest.mark.parametrize(
    "transformation", ["c_fill,h_160,w_160", "c_scale,h_7,w_200", "c_fill,g_auto,h_90,w_90"]
)
def test_a_line_is_cut_before_it_is_scaled(transformation: str) -> None:
    """Scaled to cover first, 12337x1 would be 1,973,920x160 on its way."""
    line = patch((255, 0, 0), 12337, 1).pngsave_buffer()
    limits = Limits(max_aspect=12337)
    plan = make_plan(parse(transformation), probe(line, limits), limits=limits)
    result = pixels(render(plan, line).body)

    assert (plan.result.width, plan.result.height) == (result.width, result.height)
    assert [255, 0, 0] == result(1, 1)


def test_a_window_is_where_it_says() -> None:
    """A chequered picture: each square of 10 pixels has a colour of its own."""
    squares = [patch((x * 25, y * 25, 128), 10, 10) for y in range(10) for x in range(10)]
    board = Image.arrayjoin(squares, across=10)
    cut = resample(board, Rect(30, 50, 20, 20), 4, 4)
    grown = resample(board, Rect(35.5, 50, 9, 10), 90, 100)

    assert [[75, 125, 128], [100, 150, 128]] == [cut(0, 0), cut(3, 3)]
    # Where two squares meet, 4.5 pixels from the left of the window.
    assert [75, 100] == [grown(20, 50)[0], grown(70, 50)[0]]
    assert abs((grown(44, 50)[0] + grown(45, 50)[0]) / 2 - 87.5) < 1


@pytest.mark.parametrize("factor", [0.5, 0.3, 1, 2, 3, 10])
def test_scaling_is_the_same_in_the_mirror(factor: float) -> None:
    image = pixels("orientation-1.jpg").crop(0, 0, 100, 80)
    width, height = round(100 * factor), round(80 * factor)
    full = Rect(0, 0, 100, 80)
    there = resample(image, full, width, height)
    back = resample(image.rot180(), full, width, height).rot180()

    assert difference(there, back) < 0.1


def test_scaling_loses_as_little_as_libvips_does() -> None:
    direct = Image.thumbnail_buffer(picture("detail.jpg"), 200)

    assert difference(direct, shown("w_200/f_png", "detail.jpg")) < 1.5


def test_the_plan_is_kept_to() -> None:
    plan = planned("w_50", probe(picture("flat.png")))
    plan = replace(plan, result=plan.result.sized(51, 38))

    with pytest.raises(AssertionError, match="planned 51x38, rendered 50x38"):
        render(plan, picture("flat.png"))


def test_another_original_than_planned_with() -> None:
    plan = planned("w_50", probe(picture("flat.png")))

    with pytest.raises(BrokenImage, match="expected 400x300, found 200x200"):
        render(plan, picture("alpha.png"))


@pytest.mark.parametrize("width", [20, 77, 199, 431])
@pytest.mark.parametrize("original", ["png", "webp"])
def test_edges_take_no_colour_from_what_cannot_be_seen(original: str, width: int) -> None:
    """White on transparent black: every pixel of which anything shows must stay white."""
    data = picture("alpha.png")
    if original == "webp":
        data = pixels(data).webpsave_buffer(lossless=True, exact=True)
    result = shown(f"w_{width}/f_png", data)
    alpha = result[3]
    seen = (alpha > 8).ifthenelse(result[0], 255)

    assert 0 < alpha.avg() < 255
    assert seen.min() >= 250


def test_transparency_goes_onto_a_background_where_the_format_has_none() -> None:
    assert [255, 255, 255] == shown("w_50/f_jpg", "logo.svg")(1, 1)
    red, green, blue = shown("b_blue,w_50/f_jpg", "logo.svg")(1, 1)
    assert max(red, green) < 3 and blue > 250


@pytest.mark.parametrize(
    ("fill", "outside", "inside"),
    [
        (None, [0, 0, 0, 0], [255, 255, 255, 255]),
        ((255, 0, 0, 255), [255, 0, 0, 255], [255, 255, 255, 255]),
        ((255, 0, 0, 128), [255, 0, 0, 128], [255, 255, 255, 255]),
    ],
)
def test_a_canvas(fill: tuple[int, int, int, int] | None, outside: list[int], inside: list[int]) -> None:
    image = pixels("alpha.png")
    result = Canvas(10, 20, 300, 250, fill).apply(image, planned("", probe(picture("alpha.png"))).result)

    assert (300, 250) == (result.width, result.height)
    assert [outside, inside] == [result(2, 2), result(110, 120)]


def test_a_canvas_smaller_than_its_picture_cuts() -> None:
    image = pixels("flat.png")
    frame = planned("", probe(picture("flat.png"))).result
    result = Canvas(-20, -30, 100, 90, (0, 0, 0, 255)).apply(image, frame)

    assert 0 == difference(image.crop(20, 30, 100, 90), result)


@pytest.mark.parametrize(("left", "top"), [(50, 0), (0, 40), (-400, 0), (0, -300), (-9999, 9999)])
def test_a_canvas_that_its_picture_misses(left: int, top: int) -> None:
    frame = planned("", probe(picture("flat.png"))).result
    result = Canvas(left, top, 50, 40, (1, 2, 3, 255)).apply(pixels("flat.png"), frame)

    assert (50, 40, 0) == (result.width, result.height, difference(result, patch((1, 2, 3), 50, 40)))


@pytest.mark.parametrize("name", ["alpha.png", "gray-alpha.png"])
def test_half_a_background(name: str) -> None:
    frame = planned("", probe(picture(name))).result
    result = Flatten((0, 0, 255, 128)).apply(pixels(name), frame)
    clear = pixels(name).hasalpha() and result[3].min()

    assert (4, 128) == (result.bands, clear) if name == "alpha.png" else result.bands == 4


@pytest.mark.parametrize(("degrees", "corner"), [(90, (79, 0)), (180, (119, 79)), (270, (0, 119))])
def test_turns_are_clockwise(degrees: int, corner: tuple[int, int]) -> None:
    """The red corner, at first the upper left one."""
    image = pixels("orientation-1.jpg")
    red = Rotate(degrees).apply(image, planned("", probe(picture("orientation-1.jpg"))).result)(*corner)

    assert red[0] > 180 > 90 > red[1]


@pytest.mark.parametrize(("direction", "corner"), [("horizontal", (119, 0)), ("vertical", (0, 79))])
def test_mirrors(direction: str, corner: tuple[int, int]) -> None:
    frame = planned("", probe(picture("orientation-1.jpg"))).result
    red = Flip(direction).apply(pixels("orientation-1.jpg"), frame)(*corner)

    assert red[0] > 180 > 90 > red[1]


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ("b_rgb:ff000080,c_pad,h_10,w_20/f_png", [255, 0, 0, 128]),
        ("b_rgb:ff000080,c_pad,f_jpg,h_10,q_100,w_20", [255, 127, 127]),
        ("b_rgb:ff000080,c_crop,h_10,w_20,x_-5/f_png", [255, 0, 0, 128]),
        ("b_red/b_transparent,c_pad,f_jpg,h_10,q_100,w_20", [255, 255, 255]),
    ],
)
def test_half_a_background_is_put_there_once(transformation: str, expected: list[int]) -> None:
    blue = patch((0, 0, 255), 10, 10).pngsave_buffer()

    shows = shown(transformation, blue)(0, 0)

    assert all(abs(a - b) <= 2 for a, b in zip(expected, shows, strict=True)), shows


@pytest.mark.parametrize(
    "transformation", ["w_20", "w_60", "w_400", "c_fill,h_33,w_77", "b_rgb:ffffff80", "c_fill,g_auto,h_9,w_7"]
)
def test_soft_edges_are_no_darker_than_what_they_belong_to(transformation: str) -> None:
    disc = shown(f"{transformation}/f_png", "alpha.png")
    red, alpha = disc[0], disc[3]

    assert 255 == (alpha > 0).ifthenelse(red, 255).min()


@pytest.mark.parametrize(("x", "y"), [(1000, 1000), (-500, 3), (5, -400)])
def test_a_piece_outside_the_picture_is_all_background(x: int, y: int) -> None:
    original = patch((0, 0, 255), 80, 60).pngsave_buffer()
    plan = make_plan(parse(f"b_red,c_crop,h_30,w_40,x_{x},y_{y}"), probe(original))
    result = pixels(render(plan, original).body).copy_memory()

    assert (40, 30) == (result.width, result.height)
    assert [255, 0, 0] == result(0, 0)[:3] == result(39, 29)[:3]
