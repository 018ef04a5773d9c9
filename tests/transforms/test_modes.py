"""What crop modes do to pixels, and what they say of it."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.answering import answered, rendering
from tests.transforms.rendering import difference, framed, patch, picture, pixels
from transforms.actions import MODES
from transforms.actions.scale import Scale
from transforms.asked import Asked
from transforms.carving import seam_map
from transforms.frame import Frame, ImageInfo
from transforms.operations import Resample
from transforms.parser import parse
from transforms.plan import digest_text
from transforms.seams import Carve

PHOTO = ImageInfo("jpg", 1200, 900)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c_imagga_crop,h_200,w_100", "c_fill,g_auto,h_200,w_100"),
        ("c_imagga_crop,g_north,h_200,w_100", "c_fill,g_auto,h_200,w_100"),
        ("ar_2.0,c_imagga_crop,w_100", "ar_2.0,c_fill,g_auto,w_100"),
        ("c_imagga_scale,h_150,w_150", "c_scale,h_150,w_150"),
        ("c_imagga_scale,w_150", "w_150"),
    ],
)
def test_old_names_make_the_same_picture(old: str, new: str) -> None:
    plans = [answered(recipe, PHOTO) for recipe in (old, new)]

    assert digest_text(plans[1]) == digest_text(plans[0])
    assert old == str(parse(old))


@pytest.mark.parametrize(
    ("recipe", "note"),
    [
        ("c_imagga_crop,w_100", "c_imagga_crop is taken as c_fill,g_auto"),
        ("c_imagga_scale,w_100", "c_imagga_scale is taken as c_scale"),
    ],
)
def test_old_names_are_told(recipe: str, note: str) -> None:
    assert (note,) == answered(recipe, PHOTO).notes


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.code)
def test_examples_render(mode: type) -> None:
    """Every example of every mode, in the size that was planned: the renderer compares."""
    for example in mode.examples:  # type: ignore[attr-defined]
        result = rendering(f"{example}/f_png", picture("face.jpg"))

        assert (result.width, result.height) == (pixels(result.body).width, pixels(result.body).height)


KINDS = ["face.jpg", "gray.jpg", "gray-alpha.png", "alpha.png", "p3.png", "one-bit.png", "sixteen.png"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "recipe",
    ["c_fill_pad,h_30,w_200", "c_auto,h_40,w_40", "c_auto_pad,h_200,w_30", "c_scale,g_liquid,h_60,w_45"],
)
def test_all_kinds_of_pictures(name: str, recipe: str) -> None:
    alpha = pixels(picture(name)).hasalpha()
    result = pixels(rendering(f"{recipe}/f_png", picture(name)).body)

    assert alpha is result.hasalpha()


def test_a_piece_outside_is_padded_as_asked() -> None:
    """As shops do it: a margin around all of a picture, by an offset that is negative."""
    data = patch((200, 10, 10), 100, 80).pngsave_buffer()
    result = pixels(rendering("b_rgb:0a0bc8,c_crop,h_120,w_150,x_-20,y_-10", data).body)
    corners = [
        result(0, 0),
        result(149, 119),
        result(20, 10),
        result(119, 89),
        result(19, 10),
        result(120, 89),
    ]

    assert [[10, 11, 200]] * 2 + [[200, 10, 10]] * 2 + [[10, 11, 200]] * 2 == corners


def test_a_piece_outside_is_padded_from_the_picture() -> None:
    """`b_auto` and `b_blurred` fill what a window takes from beyond the image."""
    data = patch((200, 10, 10), 100, 80).pngsave_buffer()
    results = [
        pixels(rendering(f"{background},c_crop,h_120,w_150,x_-20,y_-10", data).body)
        for background in ("b_auto", "b_blurred")
    ]

    assert [(150, 120, [200, 10, 10])] * 2 == [(i.width, i.height, i(1, 1)) for i in results]


def test_the_subject_is_all_there_after_fill_pad() -> None:
    """A red pole on gray: a wide box would cut it."""
    data = patch((90, 92, 94), 300, 300).insert(patch((250, 40, 60), 20, 240), 140, 30).pngsave_buffer()
    filled, padded = (
        pixels(rendering(f"{mode},g_auto,h_50,w_200", data).body) for mode in ("c_fill", "c_fill_pad")
    )
    # How high the pole is, as a share of its width.
    shapes = [(image[0] - image[1] > 80).avg() / 255 * 200 * 50 for image in (filled, padded)]

    assert filled.getpoint(2, 25) == [90, 92, 94]
    assert padded.getpoint(2, 25) == [255, 255, 255]
    assert shapes[1] < shapes[0]


# Seams.


def house() -> Image:
    """A chequered block on plain ground, away from the middle: what has to keep its shape."""
    squares = Image.xyz(60, 60) // 6
    chequered = ((squares[0] + squares[1]) % 2 * 255).cast("uchar")
    block = chequered.bandjoin([chequered, chequered]).copy(interpretation="srgb")
    return patch((120, 160, 200), 200, 120).insert(block, 30, 30).copy_memory()


def unlike(carved: Image, block: Image) -> float:
    """How far the most similar part of a picture is from what it should hold."""
    places = [(left, top) for left in range(carved.width - 59) for top in (30, carved.height - 90)]
    return min(difference(carved.crop(left, top, 60, 60), block) for left, top in places)


def test_seams_go_where_there_is_nothing_to_see() -> None:
    """Two fifths of the width go, and all squares of the block stay as wide as they were."""
    source = house()
    block, data = source.crop(30, 30, 60, 60), source.pngsave_buffer()
    carved, squeezed = (
        pixels(rendering(f"c_scale{gravity},h_120,w_120", data).body) for gravity in (",g_liquid", "")
    )

    assert unlike(carved, block) < 8 < 40 < unlike(squeezed, block)


def test_rows_go_as_columns_do() -> None:
    source = house()
    turned = source.rot90().copy_memory()
    carved = pixels(rendering("c_scale,g_liquid,h_120,w_120", turned.pngsave_buffer()).body)

    assert unlike(carved.rot270().copy_memory(), source.crop(30, 30, 60, 60)) < 8


@pytest.mark.parametrize("factor", [1, 5])
def test_every_row_is_in_order(factor: int) -> None:
    """Pixels never change places; a large picture is carved by the seams of a small one."""
    source = house().resize(factor, kernel="nearest")
    columns = seam_map(source, 125 * factor, source.height)[0]
    steps = columns.crop(1, 0, columns.width - 1, columns.height) - columns.crop(
        0, 0, columns.width - 1, columns.height
    )

    assert (125 * factor, 120 * factor) == (columns.width, columns.height)
    assert steps.min() >= 0
    assert steps.avg() > 1
    assert columns.min() >= -0.5
    assert columns.max() <= source.width - 0.5


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        # 800x600 covers 300x300 as 400x300, and a quarter of its width is carved away.
        ((300, 300), [(400, 300), "carve"]),
        ((400, 300), [(400, 300)]),
        # Covering 100x300 it is 400x300 too, and three quarters are too much.
        ((100, 300), [(100, 300)]),
        ((200, 300), [(400, 300), "carve"]),
        ((199, 300), [(199, 300)]),
        ((400, 150), [(400, 300), "carve"]),
        ((1600, 1200), [(1600, 1200)]),
    ],
)
def test_how_much_may_be_carved(size: tuple[int, int], expected: list[object]) -> None:
    asked = Asked(width=size[0], height=size[1], gravity="liquid")
    operations = Scale(asked=asked).operations(Frame(800, 600))
    found = [(o.width, o.height) if isinstance(o, Resample) else o.name for o in operations]

    assert expected == found


def test_too_much_to_carve_is_told() -> None:
    expected = "g_liquid: more than half of a side would go: scaled without it"

    assert (expected,) == answered("c_scale,g_liquid,h_300,w_100", ImageInfo("png", 800, 600)).notes


def test_frames_of_an_animation_are_carved_alike() -> None:
    """By the seams of the first one: in the second there is nothing, and it would be carved elsewhere."""
    first, second = house(), Image.xyz(200, 120)[0].linear(1, 0).cast("uchar")
    ramp = second.bandjoin([second, second]).copy(interpretation="srgb")
    data = framed([first, ramp], [100, 100]).webpsave_buffer(lossless=True)
    result = pixels(rendering("c_scale,g_liquid,h_120,w_140/f_webp,q_100", data).body, n=-1)
    alone = Carve(140, 120, map=seam_map(first, 140, 120)).apply(ramp.copy_memory(), Frame(200, 120))

    assert difference(result.crop(0, 120, 140, 120), alone) < 4


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (500, 3), (3, 500)])
def test_next_to_nothing_can_be_carved(size: tuple[int, int]) -> None:
    width, height = size
    target = (max(1, width - width // 3), height)
    carved = Carve(*target).apply(patch((9, 99, 199), *size), Frame(*size))

    assert (*target, [9, 99, 199]) == (carved.width, carved.height, carved(0, 0))


def test_carving_keeps_transparency() -> None:
    """What cannot be seen has strong colours, and lends none of them to what can."""
    seen = patch((10, 200, 10, 255), 120, 60)
    image = seen.insert(patch((255, 0, 0, 0), 50, 60), 70, 0).copy_memory()
    carved = Carve(90, 60).apply(image, Frame(120, 60, alpha=True))
    visible = carved[3] > 20

    assert carved.hasalpha()
    assert (visible.ifthenelse(carved[0], 0)).max() <= 12
