"""What may be rewritten, and that the picture stays the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transforms.frame import Frame, ImageInfo
from transforms.operations import Canvas, Flip, Operation, Rect, Resample, Rotate
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, make_plan
from transforms.rewrites import frames_through, simplify

Pixels = NDArray[np.int64]

PHOTO = ImageInfo("jpg", 4000, 3000)
CUTOUT = ImageInfo("png", 4000, 3000, alpha=True)
TAGGED = ImageInfo("jpg", 40, 30, has_profile=True)
WIDE = ImageInfo("jpg", 40, 30, color="p3", has_profile=True)
DRAWING = ImageInfo("svg", 400, 300, alpha=True)

EQUAL = [
    (PHOTO, "c_fill,h_150,w_200", "w_200,h_150,c_fill"),
    (PHOTO, "w_300", "c_scale,w_300"),
    (PHOTO, "w_0.5", "w_2000"),
    (PHOTO, "w_2000", "w_iw_div_2"),
    (PHOTO, "c_fit,w_300", "c_scale,w_300"),
    (PHOTO, "c_fit,h_300,w_300", "c_scale,w_300"),
    (PHOTO, "c_limit,w_300", "c_scale,w_300"),
    (PHOTO, "c_limit,w_5000", "f_jpg"),
    (PHOTO, "c_fill,w_300", "c_scale,w_300"),
    (PHOTO, "c_fill,h_225,w_300", "c_scale,h_225,w_300"),
    (PHOTO, "c_fill,g_center,h_300,w_300", "c_fill,h_300,w_300"),
    (PHOTO, "c_fill,g_north,h_300,w_300", "c_fill,g_south,h_300,w_300"),
    (PHOTO, "c_lfill,h_300,w_300", "c_fill,h_300,w_300"),
    (PHOTO, "c_thumb,g_auto,h_300,w_300", "c_fill,g_auto,h_300,w_300"),
    (PHOTO, "ar_1,c_fill,w_300", "c_fill,h_300,w_300"),
    (PHOTO, "ar_1,c_crop/w_300", "c_fill,h_300,w_300"),
    (PHOTO, "ar_4:3,c_crop", "f_jpg"),
    (PHOTO, "c_pad,h_225,w_300", "w_300"),
    (PHOTO, "c_pad,h_300,w_300", "b_white,c_pad,h_300,w_300"),
    (PHOTO, "c_pad,h_300,w_300", "c_pad,h_300,w_300/c_pad,h_300,w_300"),
    (PHOTO, "c_crop,h_1000,w_1000,x_0,y_0", "c_crop,g_north_west,h_1000,w_1000"),
    (PHOTO, "c_crop,h_2000,w_2000/c_crop,h_1000,w_1000", "c_crop,h_1000,w_1000"),
    (PHOTO, "c_crop,h_1500,w_2000,x_0,y_0/w_200", "c_crop,g_north_west,h_0.5,w_0.5/c_scale,h_150,w_200"),
    (PHOTO, "w_1000/w_300", "w_300"),
    (PHOTO, "dpr_2.0,w_150", "w_300"),
    (PHOTO, "w_150/dpr_2.0", "w_300"),
    (PHOTO, "dpr_1.0,w_300", "w_300"),
    (PHOTO, "a_90.hflip/a_hflip.270", "f_jpg"),
    (PHOTO, "a_0,w_300", "w_300"),
    (PHOTO, "a_360,w_300", "w_300"),
    (PHOTO, "a_-90,w_300", "a_270,w_300"),
    (PHOTO, "a_180,w_300", "a_hflip.vflip,w_300"),
    (PHOTO, "a_90/h_400", "a_90,w_400"),
    (PHOTO, "a_exif,w_300", "w_300"),
    (PHOTO, "a_ignore,w_300", "w_300"),
    (PHOTO, "b_red,w_300", "w_300"),
    (PHOTO, "f_jpg,w_300", "w_300"),
    (PHOTO, "f_png,fl_lossy,w_300", "w_300"),
    (PHOTO, "q_80,w_300", "w_300"),
    (PHOTO, "q_auto,w_300", "q_auto:good,w_300"),
    (PHOTO, "fl_progressive,w_300", "fl_progressive:semi,w_300"),
    (PHOTO, "fl_progressive:none,w_300", "w_300"),
    (PHOTO, "fl_strip_profile,w_300", "w_300"),
    (PHOTO, "q_80:444,w_300", "q_80,w_300"),
    (PHOTO, "q_80:420,w_500", "q_80,w_500"),
    (PHOTO, "f_webp,q_80:420,w_300", "f_webp,w_300"),
    (PHOTO, "f_avif,q_60:444,w_300", "f_avif,w_300"),
    (PHOTO, "fl_progressive:none,q_auto,w_300", "fl_progressive:none,q_auto:good,w_300"),
    (PHOTO, "fl_progressive:semi,q_auto,w_300", "q_auto,w_300"),
    (PHOTO, "f_gif,fl_keep_iptc,w_300", "f_gif,w_300"),
    (WIDE, "f_gif,fl_strip_profile,w_300", "f_gif,w_300"),
    (TAGGED, "fl_strip_profile,w_20", "w_20"),
    (PHOTO, "f_png,q_50,w_300", "f_png,w_300"),
    (CUTOUT, "b_red,w_300", "b_red/w_300"),
    (CUTOUT, "b_red/a_90", "a_90/b_red"),
    (CUTOUT, "b_red/b_blue", "b_red"),
    (CUTOUT, "b_transparent,w_300", "w_300"),
    (CUTOUT, "f_jpg,w_300", "b_white,f_jpg,w_300"),
    (CUTOUT, "pg_1,w_300", "w_300"),
    (DRAWING, "f_png,w_300", "w_300"),
]

DIFFERENT = [
    (PHOTO, "w_300", "w_301"),
    (PHOTO, "w_1", "w_1.0"),
    (PHOTO, "w_20/w_400", "w_400"),
    (PHOTO, "c_fill,h_300,w_300", "c_scale,h_300,w_300"),
    (PHOTO, "c_fill,g_auto,h_300,w_300", "c_fill,h_300,w_300"),
    (PHOTO, "c_fill,g_west,h_300,w_300", "c_fill,g_east,h_300,w_300"),
    (PHOTO, "c_pad,h_300,w_300", "b_black,c_pad,h_300,w_300"),
    (PHOTO, "f_png,c_pad,h_300,w_300", "b_transparent,c_pad,f_png,h_300,w_300"),
    (PHOTO, "a_90,w_300", "a_270,w_300"),
    (PHOTO, "a_hflip,w_300", "a_vflip,w_300"),
    (PHOTO, "a_90.hflip", "a_hflip.90"),
    (PHOTO, "a_90,h_100,w_300", "a_90/h_100,w_300"),
    (PHOTO, "c_crop,h_500,w_500/w_100", "w_100/c_crop,h_50,w_50"),
    (PHOTO, "f_webp,w_300", "f_avif,w_300"),
    (PHOTO, "q_79,w_300", "w_300"),
    (PHOTO, "q_80:444,w_500", "q_80,w_500"),
    (PHOTO, "q_80:420,w_300", "q_80,w_300"),
    (PHOTO, "f_webp,q_80:444,w_300", "f_webp,w_300"),
    (PHOTO, "q_auto,w_300", "q_80,w_300"),
    (PHOTO, "fl_progressive,w_300", "w_300"),
    (PHOTO, "fl_keep_iptc,w_300", "w_300"),
    (CUTOUT, "b_red,w_300", "w_300"),
    (CUTOUT, "b_red,f_jpg,w_300", "f_jpg,w_300"),
    (ImageInfo("gif", 40, 30, pages=2, animated=True), "w_20", "pg_1,w_20"),
    (ImageInfo("jpg", 40, 30, orientation=6), "w_20", "a_ignore,w_20"),
    (WIDE, "w_20", "fl_strip_profile,w_20"),
]


def plan(recipe: str, original: ImageInfo = PHOTO) -> RenderPlan:
    return make_plan(parse(recipe), original)


@pytest.mark.parametrize(("original", "one", "other"), EQUAL)
def test_recipes_of_one_picture_share_a_plan(original: ImageInfo, one: str, other: str) -> None:
    assert plan(one, original) == plan(other, original)
    assert digest_text(plan(one, original)) == digest_text(plan(other, original))


@pytest.mark.parametrize(("original", "one", "other"), DIFFERENT)
def test_recipes_of_two_pictures_do_not(original: ImageInfo, one: str, other: str) -> None:
    assert digest_text(plan(one, original)) != digest_text(plan(other, original))


def test_the_digest_knows_no_labels_and_no_notes() -> None:
    labelled, noted = plan("c_lfill,h_300,w_300"), plan("c_fill,g_center,h_300,w_300,z_2")
    assert labelled.operations[0].label != noted.operations[0].label
    assert noted.notes

    assert digest_text(labelled) == digest_text(noted)


def draw(operations: Sequence[Operation], pixels: Pixels) -> Pixels:
    """The operations done to numbers, for windows of whole pixels that are not scaled."""
    for operation in operations:
        match operation:
            case Resample(Rect(left, top, width, height)):
                pixels = pixels[int(top) : int(top + height), int(left) : int(left + width)]
                assert pixels.shape == (operation.height, operation.width)
            case Rotate(degrees):
                pixels = np.rot90(pixels, -degrees // 90)
            case Flip(direction):
                pixels = np.flip(pixels, 1 if direction == "horizontal" else 0)
            case Canvas(left, top, width, height):
                room = np.zeros((height, width), dtype=np.int64)
                room[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
                pixels = room
            case _:
                raise AssertionError(operation)
    return pixels


@st.composite
def cuts_and_turns(draw: st.DrawFn) -> list[Operation]:
    """Cuts, canvases, turns and mirrors that start from 7x5."""
    frame, operations = Frame(7, 5), []
    for _ in range(draw(st.integers(0, 7))):
        operation = draw(st.sampled_from([turns, mirrors, cuts, canvases]).flatmap(lambda make: make(frame)))  # noqa: B023
        operations.append(operation)
        frame = operation.frame_after(frame)
    return operations


def turns(frame: Frame) -> st.SearchStrategy[Operation]:
    return st.sampled_from([0, 90, 180, 270]).map(Rotate)


def mirrors(frame: Frame) -> st.SearchStrategy[Operation]:
    return st.sampled_from(["horizontal", "vertical"]).map(Flip)


def cuts(frame: Frame) -> st.SearchStrategy[Operation]:
    across = st.tuples(st.integers(0, frame.width - 1), st.integers(1, frame.width))
    down = st.tuples(st.integers(0, frame.height - 1), st.integers(1, frame.height))
    return st.tuples(across, down).map(lambda spans: _cut(frame, *spans))


def _cut(frame: Frame, across: tuple[int, int], down: tuple[int, int]) -> Resample:
    width, height = min(across[1], frame.width - across[0]), min(down[1], frame.height - down[0])
    return Resample(Rect(across[0], down[0], width, height), width, height)


def canvases(frame: Frame) -> st.SearchStrategy[Operation]:
    return st.tuples(st.integers(0, 2), st.integers(0, 2)).map(
        lambda offset: Canvas(*offset, frame.width + 2, frame.height + 2)
    )


@given(cuts_and_turns())
@settings(max_examples=300, deadline=None)
def test_simplifying_keeps_every_pixel(operations: list[Operation]) -> None:
    pixels = np.arange(1, 36).reshape(5, 7)
    simple = simplify(operations, Frame(7, 5))

    assert draw(operations, pixels).tolist() == draw(simple, pixels).tolist()
    assert simple == simplify(simple, Frame(7, 5))


@given(cuts_and_turns())
@settings(max_examples=100, deadline=None)
def test_turns_in_a_row_are_two_at_the_most(operations: list[Operation]) -> None:
    only_turns = [operation for operation in operations if isinstance(operation, (Rotate, Flip))]

    assert len(simplify(only_turns, Frame(7, 5))) <= 2


def test_a_scaling_passes_through_a_turn() -> None:
    turned = [Rotate(90), Resample(Rect(10, 20, 30, 40), 15, 10)]
    (cut, turn) = simplify(turned, Frame(200, 100))

    assert Resample(Rect(20, 60, 40, 30), 10, 15) == cut
    assert Rotate(90) == turn
    assert frames_through(turned, Frame(200, 100))[-1] == frames_through((cut, turn), Frame(200, 100))[-1]


@pytest.mark.parametrize(
    ("size", "recipe", "shrink"),
    [
        ((4000, 3000), "w_251", 4),
        ((4000, 3000), "w_250", 8),
        ((4000, 3000), "w_500", 4),
        ((4000, 3000), "w_501", 2),
        ((4000, 3000), "w_1000", 2),
        ((4000, 3000), "w_1001", 1),
        ((4000, 3000), "h_1000,w_100", 1),
        ((4000, 3000), "c_crop,h_300,w_400/w_100", 2),
        ((4000, 3000), "c_mpad,h_4000,w_4000/w_100", 1),
        ((4000, 3000), "a_90", 1),
    ],
)
def test_a_jpeg_is_shrunk_when_a_factor_of_two_is_left(
    size: tuple[int, int], recipe: str, shrink: int
) -> None:
    assert shrink == plan(recipe, ImageInfo("jpg", *size)).load.shrink


SIZES = [(333, 257), (400, 300), (1001, 777), (64, 1999)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("divisor", [4, 5, 9, 20, 33])
@pytest.mark.parametrize("format", ["jpg", "webp"])
def test_libvips_loads_the_size_that_was_planned(size: tuple[int, int], divisor: int, format: str) -> None:
    load = plan(f"c_fit,w_{size[0] // divisor}", ImageInfo(format, *size)).load
    image = pyvips.Image.black(*size, bands=3).copy(interpretation="srgb")
    if format == "jpg":
        loaded = pyvips.Image.jpegload_buffer(image.jpegsave_buffer(), shrink=load.shrink)
    else:
        loaded = pyvips.Image.webpload_buffer(image.webpsave_buffer(), scale=load.scale)
    assert load.shrink > 1 or load.scale < 1

    assert (loaded.width, loaded.height) == (load.width, load.height)


@pytest.mark.parametrize("size", [(333, 257), (400, 300), (1001, 777), (64, 199)])
@pytest.mark.parametrize("width", [1, 10, 99, 200, 500, 1234])
def test_libvips_renders_the_drawing_that_was_planned(size: tuple[int, int], width: int) -> None:
    planned = plan(f"w_{width}", ImageInfo("svg", *size, alpha=True))
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"/>'
    loaded = pyvips.Image.svgload_buffer(drawing.encode(), scale=planned.load.scale)

    assert (loaded.width, loaded.height) == (planned.load.width, planned.load.height)
    assert (loaded.width, loaded.height) == (planned.result.width, planned.result.height)
