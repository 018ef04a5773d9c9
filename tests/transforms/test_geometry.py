"""Sizes and windows of every crop mode, worked out by hand from the rules of the language."""

from __future__ import annotations

import pytest

from transforms.frame import ImageInfo
from transforms.operations import Canvas, Focus, Rect, Resample
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan

# What each mode makes of an image (first column) for a box (second column), in the order of MODES.
MODES = ("scale", "fit", "limit", "mfit", "fill", "lfill", "pad", "lpad", "mpad", "crop", "thumb")
SIZES = """
4000x3000  400x300   400x300 400x300 400x300 4000x3000 400x300 400x300 400x300 400x300 4000x3000 400x300 400x300
4000x3000  300x300   300x300 300x225 300x225 4000x3000 300x300 300x300 300x300 300x300 4000x3000 300x300 300x300
3000x4000  300x300   300x300 225x300 225x300 3000x4000 300x300 300x300 300x300 300x300 3000x4000 300x300 300x300
640x480    1280x960  1280x960 1280x960 640x480 1280x960 1280x960 640x480 1280x960 1280x960 1280x960 640x480 1280x960
640x480    1000x1000 1000x1000 1000x750 640x480 1000x750 1000x1000 640x480 1000x1000 1000x1000 1000x1000 640x480 1000x1000
640x480    800x100   800x100 133x100 133x100 640x480 800x100 640x100 800x100 800x100 800x480 640x100 800x100
640x480    100x800   100x800 100x75 100x75 640x480 100x800 100x480 100x800 100x800 640x800 100x480 100x800
333x257    100x100   100x100 100x77 100x77 333x257 100x100 100x100 100x100 100x100 333x257 100x100 100x100
1x1        50x20     50x20 20x20 1x1 20x20 50x20 1x1 50x20 50x20 50x20 1x1 50x20
1000x10    120x120   120x120 120x1 120x1 1000x10 120x120 120x10 120x120 120x120 1000x120 120x10 120x120
500x500    500x500   500x500 500x500 500x500 500x500 500x500 500x500 500x500 500x500 500x500 500x500 500x500
1920x1081  640x360   640x360 639x360 639x360 1920x1081 640x360 640x360 640x360 640x360 1920x1081 640x360 640x360
"""  # noqa: E501 - a table is read across

# One length, and the other from the proportions of the image or from `ar`, which round half up.
DERIVED = """
4000x3000  w_300                300x225
4000x3000  h_100                133x100
4000x2999  w_300                300x225
1000x333   w_500                500x167
1001x333   w_500                500x166
3x2        w_1                  1x1
1000x10    w_40                 40x1
4000x3000  ar_16:9,c_fill,w_400 400x225
4000x3000  ar_16:9,c_fill,h_100 178x100
4000x3000  ar_16:9,c_fit,w_400  300x225
4000x3000  ar_16:9,c_pad,w_400  400x225
4000x3000  ar_16:9,w_400        400x225
4000x3000  ar_16:9,c_crop       4000x2250
3000x4000  ar_16:9,c_crop       3000x1688
4000x3000  ar_1.5,c_fill        4000x2667
4000x3000  ar_2,c_pad           4000x2000
400x300    ar_2,c_mpad          600x300
400x300    ar_1:2,c_mpad        400x800
4000x3000  h_0.5                2000x1500
4000x3000  w_0.333              1332x999
4000x3000  c_fill,h_0.5,w_0.25  1000x1500
4000x3000  c_crop,w_100         100x75
4000x3000  c_crop,h_0.5,w_300   300x1500
4000x3000  dpr_1.5,w_101        152x114
4000x3000  w_iw_div_8           500x375
4000x3000  w_0.5/w_w_div_4      500x375
4000x3000  c_crop,w_1000/h_ih_div_10 400x300
"""

# Where a piece of 200x100 of an image of 1000x800 lies, without and with x_30,y_20.
PLACES = """
north_west  0,0      30,20
north       400,0    430,20
north_east  800,0    770,20
west        0,350    30,370
center      400,350  430,370
east        800,350  770,370
south_west  0,700    30,680
south       400,700  430,680
south_east  800,700  770,680
"""


def size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def plan(recipe: str, width: int, height: int) -> RenderPlan:
    """The plan for a PNG, which is never loaded small: windows stay in the original's pixels."""
    return make_plan(parse(recipe), ImageInfo("png", width, height))


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def piece(recipe: str, width: int = 1000, height: int = 800) -> Rect | Focus:
    """The window of the only cut that `recipe` makes."""
    (operation,) = plan(recipe, width, height).operations
    assert isinstance(operation, Resample)
    return operation.window


@pytest.mark.parametrize("row", rows(SIZES), ids=lambda row: f"{row[0]}-to-{row[1]}")
def test_every_mode_makes_the_size_of_its_rule(row: list[str]) -> None:
    original, box, *expected = row
    width, height = size(box)
    frames = [plan(f"c_{mode},h_{height},w_{width}", *size(original)).result for mode in MODES]

    assert expected == [str(frame) for frame in frames]


@pytest.mark.parametrize(("original", "recipe", "expected"), rows(DERIVED))
def test_a_missing_length_follows_from_the_proportions(original: str, recipe: str, expected: str) -> None:
    assert expected == str(plan(recipe, *size(original)).result)


@pytest.mark.parametrize(("gravity", "bare", "moved"), rows(PLACES))
def test_a_piece_lies_where_gravity_and_offsets_say(gravity: str, bare: str, moved: str) -> None:
    windows = [piece(f"c_crop,g_{gravity},h_100,w_200{offset}") for offset in ("", ",x_30,y_20")]
    assert all(isinstance(window, Rect) for window in windows)

    assert [bare, moved] == [f"{window.left:g},{window.top:g}" for window in windows]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        # A piece is the top left one as soon as an offset is written, and lies in the middle otherwise.
        ("c_crop,h_100,w_200,x_30", Rect(30, 0, 200, 100)),
        ("c_crop,h_100,w_200,y_20", Rect(0, 20, 200, 100)),
        ("c_crop,h_100,w_200", Rect(400, 350, 200, 100)),
        ("c_crop,h_101,w_201", Rect(399, 349, 201, 101)),
        ("c_crop,h_0.5,w_0.5,x_0.1,y_0.25", Rect(100, 200, 500, 400)),
        ("c_crop,x_100,y_50", Rect(100, 50, 900, 750)),
        ("c_crop,g_xy_center,h_100,w_200,x_300,y_400", Rect(200, 350, 200, 100)),
        # What is centred on a point stays inside the image.
        ("c_crop,g_xy_center,h_100,w_200,x_10,y_790", Rect(0, 700, 200, 100)),
        ("c_crop,g_xy_center,h_100,w_200,x_300", Rect(200, 350, 200, 100)),
        ("c_crop,g_auto,h_100,w_200", Focus(200, 100)),
        ("c_crop,g_auto,h_900,w_200", Focus(200, 800)),
        ("c_fill,h_400,w_400", Rect(100, 0, 800, 800)),
        ("c_fill,g_west,h_400,w_400", Rect(0, 0, 800, 800)),
        ("c_fill,g_east,h_400,w_400,x_50", Rect(150, 0, 800, 800)),
        ("c_fill,g_west,h_400,w_400,x_-50", Rect(0, 0, 800, 800)),
        ("c_fill,h_400,w_400,x_40", Rect(140, 0, 800, 800)),
        ("c_fill,g_xy_center,h_400,w_400,x_550,y_0", Rect(150, 0, 800, 800)),
        ("c_fill,g_south,h_100,w_500", Rect(0, 600, 1000, 200)),
        ("c_fill,g_auto,h_400,w_400", Focus(800, 800)),
        ("c_fill,g_auto,h_400,w_500", Rect(0, 0, 1000, 800)),
        ("c_lfill,g_north_east,h_900,w_200", Rect(800, 0, 200, 800)),
        ("c_thumb,g_north,h_400,w_400,z_2", Rect(300, 0, 400, 400)),
        ("c_thumb,g_auto,h_400,w_400,z_4", Focus(200, 200)),
        ("c_thumb,g_north,h_400,w_400,z_0.5", Rect(100, 0, 800, 800)),
    ],
)
def test_windows(recipe: str, expected: Rect | Focus) -> None:
    assert expected == piece(recipe)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("c_pad,h_400,w_400", (0, 40)),
        ("c_pad,g_north,h_400,w_400", (0, 0)),
        ("c_pad,g_south,h_400,w_400", (0, 80)),
        ("c_pad,g_south,h_400,w_400,y_10", (0, 70)),
        ("c_pad,g_north,h_400,w_400,y_500", (0, 80)),
        ("c_pad,dpr_2,g_north,h_200,w_200,y_5", (0, 10)),
        ("c_lpad,g_east,h_800,w_1100", (100, 0)),
        ("c_mpad,g_south_west,h_900,w_1101,x_1,y_2", (1, 98)),
        ("c_mpad,h_900,w_1101", (50, 50)),
        ("c_crop,h_1000,w_1000,x_-10,y_-20", (10, 20)),
        ("c_crop,h_100,w_100,x_950,y_750", (0, 0)),
    ],
)
def test_where_a_picture_lies_on_its_canvas(recipe: str, expected: tuple[int, int]) -> None:
    canvas = plan(recipe, 1000, 800).operations[-1]
    assert isinstance(canvas, Canvas)

    assert expected == (canvas.left, canvas.top)
