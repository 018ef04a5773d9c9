"""Layers on pictures: where they lie, how far the canvas grows, and that colours stay what they are."""

from __future__ import annotations

from functools import cache

import pytest
from pyvips import Image

from tests.transforms.inventing import planned
from tests.transforms.rendering import difference, framed, patch, picture, pixels, rendered
from transforms.color import untagged
from transforms.errors import InvalidValue, TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.plan import digest_text

BLUE, RED, GREEN = (0, 0, 255), (255, 0, 0), (0, 128, 0)

PATCHES = {
    "red": patch(RED, 20, 10),
    "odd": patch(RED, 21, 11),
    "tall": patch(RED, 10, 200),
    "dot": patch(RED, 1, 1),
    "half": patch((*RED, 128), 20, 10),
    "clear": patch((*RED, 0), 20, 10),
    "gray": patch((100,), 20, 10, "b-w"),
    "ring": patch((*RED, 255), 20, 10).draw_rect([0] * 4, 5, 2, 10, 6, fill=True),
}


@cache
def blue(format: str = ".png") -> bytes:
    return bytes(patch(BLUE, 100, 80).write_to_buffer(format))


def find(source: SourceId) -> bytes:
    """The patches by name, and the committed pictures."""
    found = PATCHES.get(source.name)
    return bytes(found.write_to_buffer(".png")) if found is not None else picture(source.name)


def shown(transformation: str, original: bytes | None = None) -> Image:
    image = pixels(rendered(transformation, original or blue(), find).body)
    return image.copy_memory()


def box_of(image: Image, color: tuple[int, ...] = RED) -> tuple[int, ...]:
    """Left, top, width and height of what has exactly this colour; empty when nothing has."""
    same = (image[0:3] == list(color)).bandand()
    left, top, width, height = same.find_trim(threshold=1, background=[0], line_art=True)
    return (left, top, width, height) if width else ()


WHERE = {
    "l_red": ("100x80", (40, 35, 20, 10)),
    "l_odd": ("100x80", (39, 34, 21, 11)),
    "l_red/fl_layer_apply": ("100x80", (40, 35, 20, 10)),
    "g_north_west,l_red": ("100x80", (0, 0, 20, 10)),
    "g_north_west,l_red,x_5,y_7": ("100x80", (5, 7, 20, 10)),
    "g_north,l_red,x_5,y_7": ("100x80", (45, 7, 20, 10)),
    "g_south_east,l_red,x_5,y_7": ("100x80", (75, 63, 20, 10)),
    "g_east,l_red,x_5,y_7": ("100x80", (75, 42, 20, 10)),
    "g_center,l_red,x_5,y_-7": ("100x80", (45, 28, 20, 10)),
    "g_xy_center,l_red,x_30,y_20": ("100x80", (20, 15, 20, 10)),
    "g_south_west,l_red,x_0.1,y_0.5": ("100x80", (10, 30, 20, 10)),
    "g_north_west,l_red,x_w_div_4,y_h_div_4": ("100x80", (25, 20, 20, 10)),
    "l_red/fl_layer_apply,g_north_west,x_5": ("100x80", (5, 0, 20, 10)),
    "g_north_west,l_red/fl_layer_apply": ("100x80", (40, 35, 20, 10)),
    # The canvas grows to hold what sticks out, on the side where it does.
    "g_north_west,l_red,x_-10,y_-5": ("110x85", (0, 0, 20, 10)),
    "g_south_east,l_red,x_-10,y_-5": ("110x85", (90, 75, 20, 10)),
    "g_north_west,l_red,x_90": ("110x80", (90, 0, 20, 10)),
    "g_north_west,l_red,x_200,y_100": ("220x110", (200, 100, 20, 10)),
    "l_tall": ("100x200", (45, 0, 10, 200)),
    "g_south,l_tall": ("100x200", (45, 0, 10, 200)),
    "g_north,l_tall": ("100x200", (45, 0, 10, 200)),
    # Or it does not.
    "fl_no_overflow,g_north_west,l_red,x_-10,y_-5": ("100x80", (0, 0, 10, 5)),
    "fl_no_overflow,g_south_east,l_red,x_-10,y_-5": ("100x80", (90, 75, 10, 5)),
    "fl_no_overflow,l_tall": ("100x80", (45, 0, 10, 80)),
    "l_tall/fl_layer_apply,fl_no_overflow,g_north": ("100x80", (45, 0, 10, 80)),
    "fl_no_overflow,g_north_west,l_red,x_100": ("100x80", ()),
    # What stands beside it is done to the layer; shares are of the layer, or of the picture.
    "l_red,w_40": ("100x80", (30, 30, 40, 20)),
    "c_scale,h_30,l_red,w_40": ("100x80", (30, 25, 40, 30)),
    "l_red,w_0.5": ("100x80", (45, 37, 10, 5)),
    "fl_relative,l_red,w_0.5": ("100x80", (25, 27, 50, 25)),
    "fl_relative,h_1.0,l_red,w_0.5": ("100x80", (25, 0, 50, 80)),
    "l_red/c_scale,fl_relative,w_0.5/fl_layer_apply": ("100x80", (25, 27, 50, 25)),
    "l_red/c_scale,w_0.5/fl_layer_apply,fl_relative": ("100x80", (25, 27, 50, 25)),
    "l_red/a_90/fl_layer_apply": ("100x80", (45, 30, 10, 20)),
    "l_red/w_w_mul_2/fl_layer_apply": ("100x80", (30, 30, 40, 20)),
    "l_red/$w_w_mul_2/fl_layer_apply/c_crop,g_north_west,h_10,w_$w": ("40x10", ()),
    "if_w_gt_50,l_red": ("100x80", (40, 35, 20, 10)),
    "if_w_gt_500,l_red": ("100x80", ()),
    "l_red/if_w_gt_50/w_50/if_else/w_10/if_end/fl_layer_apply": ("100x80", (45, 37, 10, 5)),
    # Without an end of its own it is put on at once.
    "l_red/a_180": ("100x80", (40, 35, 20, 10)),
    "g_north_west,l_red/a_180": ("100x80", (80, 70, 20, 10)),
    # Layers of layers; the inner one is closed first.
    "l_clear/l_dot/w_4/fl_layer_apply,g_north_west/fl_layer_apply": ("100x80", (40, 35, 4, 4)),
    "l_clear/l_dot/fl_layer_apply,g_north_west,x_-4/fl_layer_apply": ("100x80", (38, 35, 1, 1)),
    "$a_30/l_red,w_$a": ("100x80", (35, 32, 30, 15)),
    "$name_!red!/l_$name": ("100x80", (40, 35, 20, 10)),
    "$name_!r!/l_$(name)ed": ("100x80", (40, 35, 20, 10)),
    "$other_ref:!red!/l_$other": ("100x80", (40, 35, 20, 10)),
}


@pytest.mark.parametrize(("transformation", "expected"), WHERE.items(), ids=WHERE)
def test_where_a_layer_lies(transformation: str, expected: tuple[str, tuple[int, ...]]) -> None:
    image = shown(transformation)

    assert expected == (f"{image.width}x{image.height}", box_of(image))


UNDER = {
    "u_red": ("100x80", ()),
    "u_red/c_scale,fl_relative,h_1.5,w_1.5/fl_layer_apply": ("150x120", (0, 0, 150, 120)),
    "g_north_west,u_red,x_-10": ("110x80", (0, 0, 10, 10)),
    "fl_no_overflow,u_red,w_300": ("100x80", ()),
}


@pytest.mark.parametrize(("transformation", "expected"), UNDER.items(), ids=UNDER)
def test_a_layer_under_the_picture_shows_where_that_ends(
    transformation: str, expected: tuple[str, tuple[int, ...]]
) -> None:
    image = shown(transformation)

    assert expected == (f"{image.width}x{image.height}", box_of(image))
    left, top, _, _ = box_of(image, BLUE)
    assert list(BLUE) == image(left, top)[:3]


def test_what_a_canvas_grows_by_is_see_through() -> None:
    image = shown("g_north_west,l_red,x_-10,y_-5")

    assert [0, 255, 255] == [image(x, y)[3] for x, y in ((0, 84), (0, 0), (109, 84))]
    assert [255, 255, 255] == shown("f_jpg,g_north_west,l_red,x_-10,y_-5")(2, 80)


def test_what_lets_something_through_is_mixed() -> None:
    assert [128, 0, 127] == pytest.approx(shown("l_half")(50, 40)[:3], abs=1)
    assert list(BLUE) == shown("l_clear")(50, 40)[:3]


def test_opacity_is_of_the_layer() -> None:
    red, green, blue, *_ = shown("l_red,o_25")(50, 40)

    assert (64, 0, 191) == pytest.approx((red, green, blue), abs=1)


@pytest.mark.parametrize(
    "transformation", ["fl_tiled,l_red", "l_red/fl_layer_apply,fl_tiled,g_north_west,x_-7,y_3"]
)
def test_a_tiled_layer_is_everywhere(transformation: str) -> None:
    image = shown(transformation)

    assert (0, 0, image.width, image.height) == (0, 0, 100, 80) == box_of(image)


def test_tiles_begin_where_the_layer_would_lie() -> None:
    image = shown("fl_tiled,g_north_west,l_ring,x_3,y_1")

    assert [list(RED), list(BLUE)] == [image(x, y)[:3] for x, y in ((3, 1), (8, 3))]
    assert [image(x, y) for x, y in ((23, 11), (28, 13), (83, 71))] == [
        image(x, y) for x, y in ((3, 1), (8, 3), (3, 1))
    ]


def test_a_cutter_keeps_what_it_covers() -> None:
    image = shown("fl_cutter,g_north_west,l_ring,x_10,y_10")

    assert (100, 80, 4) == (image.width, image.height, image.bands)
    assert [[*BLUE, 255], 0, 0] == [image(11, 11), image(17, 14)[3], image(60, 60)[3]]
    assert 128 == pytest.approx(shown("fl_cutter,l_half")(50, 40)[3], abs=1)


def test_a_blend_stands_beside_the_layer_or_its_end() -> None:
    at_once, ended = shown("e_multiply,l_red"), shown("l_red/fl_layer_apply,e_multiply")

    assert [[0, 0, 0], [0, 0, 0]] == [image(50, 40)[:3] for image in (at_once, ended)]
    assert [list(BLUE)] * 2 == [image(5, 5)[:3] for image in (at_once, ended)]


def test_other_effects_are_of_the_layer() -> None:
    assert [[0, 255, 255], list(BLUE)] == [shown("e_negate,l_red")(x, 40)[:3] for x in (50, 5)]


# What a layer can lie on, and what can lie there


def test_every_frame_of_an_animation_gets_it() -> None:
    rendition = rendered("g_north_west,l_red", film(BLUE, (0, 255, 0), (0, 0, 0)), find)
    frames = pixels(rendition.body, n=-1)

    assert (3, 60, 120) == (rendition.pages, frames.width, frames.height)
    assert [list(RED)] * 3 == [frames(5, 5 + 40 * page)[:3] for page in range(3)]
    assert [list(BLUE), [0, 255, 0], [0] * 3] == [frames(50, 30 + 40 * page)[:3] for page in range(3)]


def test_of_an_animation_the_first_frame_is_shown() -> None:
    def find_film(source: SourceId) -> bytes:
        return film(RED, GREEN, (0, 0, 0))

    rendition = rendered("l_film", blue(), find_film)

    assert (1, (20, 20, 60, 40)) == (rendition.pages, box_of(pixels(rendition.body)))


def film(*colors: tuple[int, ...]) -> bytes:
    frames = framed([patch(color, 60, 40) for color in colors], [100] * len(colors))
    return bytes(frames.write_to_buffer(".gif"))


def on_blue(image: Image) -> Image:
    return image.flatten(background=list(BLUE)) if image.hasalpha() else image


def layer_alone(name: str, size: tuple[int, int], what: str = "") -> Image:
    """The part of a blue picture that a layer covers, as large as the layer."""
    width, height = size
    base = bytes(patch(BLUE, width, height).write_to_buffer(".png"))
    return shown(f"g_north_west,l_{name}{what}", base)


@pytest.mark.parametrize(
    "name", ["photo.webp", "photo.avif", "progressive.jpg", "orientation-6.jpg", "alpha.png"]
)
def test_a_layer_looks_as_the_picture_itself(name: str) -> None:
    """Upright, whatever its format."""
    itself = on_blue(shown("f_png", picture(name)))
    layer = layer_alone(name, (itself.width, itself.height))

    assert difference(itself, layer) < 1


def test_a_page_of_a_layer() -> None:
    itself = on_blue(shown("f_png,pg_2", picture("pages.tiff")))
    size = itself.width, itself.height

    assert difference(colored(itself), layer_alone("pages.tiff", size, ",pg_2")) < 1
    assert difference(colored(itself), layer_alone("pages.tiff", size, "/pg_2/fl_layer_apply")) < 1
    assert difference(colored(itself), layer_alone("pages.tiff", size)) > 1


def colored(image: Image) -> Image:
    return image if image.bands >= 3 else image.colourspace("srgb")


def test_a_drawing_is_drawn_as_large_as_it_is_shown() -> None:
    sharp = on_blue(shown("f_png,w_1200", picture("logo.svg")))
    small = shown("f_png,w_120", picture("logo.svg"))
    blurred = on_blue(small.resize(sharp.width / small.width, vscale=sharp.height / small.height))
    layer = layer_alone("logo.svg", (sharp.width, sharp.height), ",w_1200")

    assert difference(sharp, layer) < 0.5 < difference(blurred, layer)


def test_gray_becomes_colour_under_a_coloured_layer() -> None:
    image = shown("f_png,l_red", bytes(patch((90,), 60, 40, "b-w").write_to_buffer(".png")))

    assert [list(RED), [90, 90, 90]] == [image(30, 20), image(2, 2)]


def test_a_gray_layer_stays_gray() -> None:
    assert [100, 100, 100] == shown("l_gray")(50, 40)[:3]


def test_what_is_clear_stays_clear_around_a_layer() -> None:
    image = shown("l_red", bytes(patch((*GREEN, 0), 60, 40).write_to_buffer(".png")))

    assert [[*RED, 255], 0] == [image(30, 20), image(2, 2)[3]]


def in_srgb(image: Image) -> Image:
    tagged = bool(image.get_typeof("icc-profile-data"))
    return untagged(image.icc_transform("srgb", embedded=True, depth=8)) if tagged else image


def test_a_layer_keeps_its_colours_on_a_wider_gamut() -> None:
    image = shown("f_png,l_half/o_100/fl_layer_apply/l_red", picture("p3.png"))

    assert image.get_typeof("icc-profile-data")
    middle = in_srgb(image)(image.width // 2, image.height // 2)
    assert RED == pytest.approx(tuple(middle[:3]), abs=3)


def test_a_layer_of_a_wider_gamut_keeps_its_colours() -> None:
    itself = in_srgb(shown("f_png", picture("p3.png")))[0:3]
    layer = layer_alone("p3.png", (itself.width, itself.height))

    assert difference(itself.copy(interpretation="srgb"), layer[0:3]) < 2


def test_one_wide_gamut_on_another() -> None:
    itself = shown("f_png", picture("p3.png"))
    image = shown("f_png,g_north_west,l_p3.png", picture("p3.png"))

    assert difference(itself, image) < 0.01


def test_the_picture_as_it_was() -> None:
    image = shown("$was_current/e_negate/g_north_west,l_$was,w_30")

    assert [list(BLUE), [255, 255, 0]] == [image(x, 5)[:3] for x in (5, 80)]


def test_the_picture_as_it_was_of_an_animation() -> None:
    rendition = rendered("$was_current/e_negate/g_north_west,l_$was,w_10", "spinner.gif", find)

    assert rendition.pages == pixels("spinner.gif").get("n-pages")


# Texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$name_!Ann!/l_text:Arial_20:Hi%20$(name)", "l_text:Arial_20:Hi%20Ann"),
        ("$name_!Ann!/l_text:Arial_20:Hi%20$(name)", "$other_!Ann!/l_text:Arial_20:Hi%20$(other)"),
        ("$size_20/l_text:Arial_$size:Hi", "l_text:Arial_20:Hi"),
        ("$x_20/l_text:Arial_20:$(x)", "l_text:Arial_20:20"),
        ("$c_!red!/co_$c,l_text:Arial_20:Hi", "co_red,l_text:Arial_20:Hi"),
        ("g_south,l_text:Arial_20:Hi,y_5", "l_text:Arial_20:Hi/fl_layer_apply,g_south,y_5"),
        ("l_red,w_10", "l_red/w_10/fl_layer_apply"),
        ("fl_relative,l_red,w_0.5", "l_red/c_scale,fl_relative,w_0.5/fl_layer_apply"),
        ("if_w_gt_5,l_red", "l_red"),
        ("x_5,l_red,g_south", "g_south,l_red,x_5"),
        ("l_red,w_iw_div_2", "l_red,w_0.5"),
    ],
)
def test_two_ways_to_one_picture(one: str, other: str) -> None:
    plans = [planned(parse(text), ImageInfo("jpg", 100, 80)) for text in (one, other)]

    assert digest_text(plans[0]) == digest_text(plans[1])


def test_a_text_is_drawn_in_its_colour() -> None:
    image = shown("co_red,l_text:Arial_40_bold:IIII")
    _, _, width, height = box_of(image)

    assert 30 < width < 100
    assert 20 < height < 40
    assert (100, 80) == (image.width, image.height)
    assert list(BLUE) == image(2, 2)[:3]


# Faces


@pytest.mark.parametrize(
    ("text", "lies"),
    [
        # Faces of 100x75 lie at 0,150 and 400,150.
        ("g_face,l_a", ["120x80 at -10,147"]),
        ("g_faces,l_a", ["120x80 at -10,147", "120x80 at 390,147"]),
        ("fl_region_relative,g_faces,l_a,w_1.0", ["100x67 at 0,154", "100x67 at 400,154"]),
        ("fl_region_relative,g_adv_faces,l_a,w_1.0", ["100x67 at 0,154", "100x67 at 400,154"]),
        ("fl_region_relative,g_rek_face,l_a,w_1.0", ["100x67 at 0,154"]),
        ("fl_region_relative,g_adv_eyes,l_a,w_1.0", ["80x53 at 10,154", "80x53 at 410,154"]),
        ("fl_relative,g_face,l_a,w_1.0", ["800x533 at -350,-79"]),
        ("l_a/c_scale,fl_region_relative,w_1.0/fl_layer_apply,g_face", ["100x67 at 0,154"]),
        ("g_face,l_a,x_20,y_-7", ["120x80 at 10,140"]),
    ],
)
def test_layers_on_faces(text: str, lies: list[str]) -> None:
    text = text.replace("l_a", "fl_no_overflow,l_a") if "fl_" not in text else text + ",fl_no_overflow"
    plan = planned(parse(text), ImageInfo("jpg", 800, 600), faces=2)

    assert lies == [operation.describe(plan.result) for operation in plan.operations]


def test_a_crowd_gets_no_more_than_twenty() -> None:
    plan = planned(parse("fl_no_overflow,g_faces,l_a"), ImageInfo("jpg", 800, 600), faces=300)

    assert 20 == len(plan.operations)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("c_crop,fl_region_relative,g_face,h_1.0,w_1.0", "100x75"),
        ("c_crop,fl_region_relative,g_faces,h_2.0,w_1.0", "500x150"),
        ("c_crop,g_face,h_0.5,w_0.5", "400x300"),
    ],
)
def test_a_piece_measured_by_faces(text: str, size: str) -> None:
    assert size == str(planned(parse(text), ImageInfo("jpg", 800, 600), faces=2).result)


# What is wrong


def nobody(source: SourceId) -> bytes:
    raise InvalidValue(f"there is no {source}")


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("l_nobody", "there is no nobody"),
        ("l_lut:nothing.3dl", "there is no nothing.3dl"),
        ("l_text:Nowhere_20:Hi", "there is no font 'Nowhere'"),
        ("e_multiply", "e_multiply blends a layer with the picture: it stands beside fl_layer_apply"),
        ("l_red/e_multiply,w_5/fl_layer_apply", "there is no red"),
        ("g_south,fl_layer_apply", "fl_layer_apply puts nothing on the picture"),
        ("$x_3/l_$x", "there is no 3"),
        ("$x_!a:b!/l_$x", "there is no a/b"),
    ],
)
def test_refusals(transformation: str, message: str) -> None:
    with pytest.raises(TransformError, match=r".") as refused:
        rendered(transformation, blue(), nobody)

    assert str(refused.value).startswith(message)
