"""Turns by any angle, rounded corners, borders, opacity, and what stands behind a picture."""

import math
from itertools import pairwise

import pytest
from pyvips import Image

from tests.transforms.rendering import (
    difference,
    framed,
    patch,
    picture,
    pixels,
    planned,
    rendered,
    shown,
)
from transforms.actions.angle import Tilt
from transforms.actions.radius import Radius
from transforms.errors import InvalidValue, NotOffered
from transforms.frame import Frame
from transforms.parser import parse
from transforms.plan import digest_text
from transforms.predominant import contrasting
from transforms.probe import probe

RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def png(image: Image) -> bytes:
    return image.pngsave_buffer()


def halves(left: tuple[int, ...], right: tuple[int, ...], width: int = 60, height: int = 40) -> bytes:
    return png(patch(left, width // 2, height).join(patch(right, width // 2, height), "horizontal"))


PICTURES = {
    "gray": lambda: png(patch((90,), 61, 40, "b-w")),
    "gray and alpha": lambda: picture("gray-alpha.png"),
    "rgb": lambda: png(patch((200, 100, 50), 61, 40)),
    "rgba": lambda: picture("alpha.png"),
    "p3": lambda: picture("p3.png"),
    "one pixel": lambda: png(patch((200, 100, 50), 1, 1)),
    "a line": lambda: png(patch((200, 100, 50, 128), 3, 500)),
}

FRAMES = (
    "a_33",
    "a_-12.5.hflip.200",
    "r_7",
    "r_max",
    "r_1000:0:3",
    "bo_2.5px_solid_red",
    "bo_300px_solid_rgb:ff000080",
    "bo_3px_solid_green,r_9:0:max:2",
    "bo_1px_solid_gray",
    "o_37",
    "o_0",
    "b_auto,r_max",
    "a_20,b_auto:predominant_gradient:4",
    "a_20,b_auto:border_gradient_contrast:2:diagonal_asc:palette_red_blue",
    "b_blurred:900:-50,r_max",
    "b_blurred,c_pad,h_50,w_90",
    "b_auto:border_contrast,c_pad,h_50,w_90",
    "a_20,b_lightblue,bo_4px_solid_black,o_50,r_8",
)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("transformation", FRAMES)
def test_every_kind_of_picture_is_as_large_as_planned(transformation: str, name: str) -> None:
    rendition = rendered(f"{transformation}/f_png", PICTURES[name]())
    image = pixels(rendition.body)

    assert (rendition.width, rendition.height) == (image.width, image.height)


@pytest.mark.parametrize("name", ["gray", "rgb", "one pixel"])
@pytest.mark.parametrize(
    ("transformation", "alpha"),
    [
        ("r_0", False),
        ("r_0:0:0:0", False),
        ("o_100", False),
        ("a_0.0", False),
        ("a_720", False),
        ("bo_0px_solid_red", False),
        ("bo_1px_solid_transparent", False),
        ("bo_1px_solid_rgb:ff000080", False),
        ("b_auto", False),
        ("b_blurred", False),
        ("r_1", True),
        ("o_99", True),
        ("a_1", True),
        ("a_1,b_auto", False),
        ("a_1,b_blurred", False),
    ],
)
def test_alpha_is_there_where_something_shows_through(transformation: str, alpha: bool, name: str) -> None:
    assert alpha == shown(f"{transformation}/f_png", PICTURES[name]()).hasalpha()


# Turns


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("45", [45]),
        ("12.5", [12.5]),
        ("-12.5", [-12.5]),
        (".5", [0.5]),
        ("12.13.14", [12, 13, 14]),
        ("90.-80", [90, -80]),
        ("22.23", [22.23]),
        ("hflip.3.5.vflip.4", [None, 3.5, None, 4]),
        ("exif.12", [None, 12]),
        ("99999", [99999]),
    ],
)
def test_dots_are_decimal_points_or_separate(written: str, degrees: list[float | None]) -> None:
    recipe = parse(f"a_{written}")
    turns = recipe.components[0].parameters[0].value

    assert f"a_{written}" == str(recipe)
    assert degrees == [turn.degrees for turn in turns]  # type: ignore[attr-defined]


@pytest.mark.parametrize("written", ["", "x", "1e2", "90.", "hflipp", "45..5", "--5", "+5", "."])
def test_what_is_no_angle(written: str) -> None:
    with pytest.raises(InvalidValue):
        parse(f"a_{written}")


@pytest.mark.parametrize(
    ("degrees", "width", "height", "expected"),
    [
        (45, 100, 100, (141, 141)),
        (30, 100, 50, (112, 93)),
        (200, 60, 40, (70, 58)),
        (0.001, 8000, 8000, (8000, 8000)),
        (45, 1, 1, (1, 1)),
        (12, 3, 500, (107, 490)),
    ],
)
def test_a_tilted_picture_is_held_by_its_bounding_box(
    degrees: float, width: int, height: int, expected: tuple[int, int]
) -> None:
    after = Tilt(degrees).frame_after(Frame(width, height))

    assert expected == (after.width, after.height)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a_12.13.14", "a_39"),
        ("a_405", "a_45"),
        ("a_-315", "a_45"),
        ("a_44.6.hflip.0", "a_44.6.hflip"),
        ("a_-90.45.45", "a_0"),
        ("a_100.-10", "a_90"),
        ("a_33.-33", "w_1.0"),
        ("a_hflip.35", "a_-35.hflip"),
    ],
)
def test_turns_that_come_to_the_same(one: str, other: str) -> None:
    first, second = (shown(f"{turned}/f_png", "photo.webp") for turned in (one, other))

    assert difference(first, second) < 0.1


def test_a_tilt_is_clockwise_and_about_the_middle() -> None:
    turned = shown("a_45/f_png", halves(RED, BLUE, 100, 100))

    assert [255, 0, 0, 255] == turned(40, 40)
    assert [0, 0, 255, 255] == turned(100, 100)
    assert [0, 0, 0, 0] == [turned(x, y)[3] for x, y in [(2, 2), (138, 2), (138, 138), (2, 138)]]


def test_nothing_bleeds_into_the_edges_of_a_tilt() -> None:
    turned = shown("a_30/f_png", png(patch((200, 100, 50), 80, 80)))
    color = turned[0:3]
    seen = turned[3] > 8
    wrong = ((color - [200, 100, 50]).abs() > 2).bandor() & seen

    assert wrong.max() == 0


# Corners


@pytest.mark.parametrize(
    ("written", "width", "height", "expected"),
    [
        ("10", 100, 80, [(10, 10)] * 4),
        ("10:20", 100, 80, [(10, 10), (20, 20), (10, 10), (20, 20)]),
        ("10:20:30", 100, 80, [(10, 10), (20, 20), (30, 30), (20, 20)]),
        ("1:2:3:4", 100, 80, [(1, 1), (2, 2), (3, 3), (4, 4)]),
        ("max", 100, 80, [(50, 40)] * 4),
        ("max:0", 100, 80, [(50, 40), (0, 0), (50, 40), (0, 0)]),
        ("1000", 100, 80, [(40, 40)] * 4),
        ("60:0", 100, 80, [(60, 60), (0, 0), (60, 60), (0, 0)]),
        ("90:30:0:0", 100, 80, [(75, 75), (25, 25), (0, 0), (0, 0)]),
        ("2.5", 3, 500, [(1.5, 1.5)] * 4),
        ("0", 1, 1, [(0, 0)] * 4),
    ],
)
def test_radii_are_shared_out_as_in_css(
    written: str, width: int, height: int, expected: list[tuple[float, float]]
) -> None:
    corners = Radius.read(written).corners(Frame(width, height))

    assert expected == [pytest.approx(corner) for corner in corners]


@pytest.mark.parametrize("written", ["", "x", "10:", ":10", "1:2:3:4:5", "10px", "maxx", "1e3", "10.20.30"])
def test_what_is_no_radius(written: str) -> None:
    with pytest.raises(InvalidValue):
        parse(f"r_{written}")


@pytest.mark.parametrize(
    ("one", "other"),
    [("r_10", "r_10:10:10:10"), ("r_10:20", "r_10:20:10:20"), ("r_-5", "r_0"), ("r_7.0", "r_7")],
)
def test_radii_that_come_to_the_same(one: str, other: str) -> None:
    info = probe(picture("detail.jpg"))

    assert digest_text(planned(one, info)) == digest_text(planned(other, info))


@pytest.mark.parametrize(
    ("radius", "covered"),
    [
        (1, math.pi / 4),
        (10, math.pi / 4 * 100),
        (33.5, math.pi / 4 * 33.5**2),
    ],
)
def test_as_much_is_left_as_a_quarter_of_a_circle_covers(radius: float, covered: float) -> None:
    alpha = shown(f"r_{radius}:0:0:0/f_png", png(patch(WHITE, 100, 100)))[3]
    left = alpha.avg() / 255 * 100 * 100

    assert left == pytest.approx(100 * 100 - radius**2 + covered, rel=2e-4)


def test_an_ellipse_covers_what_an_ellipse_covers() -> None:
    alpha = shown("r_max/f_png", png(patch(WHITE, 120, 75)))[3]

    assert alpha.avg() / 255 == pytest.approx(math.pi / 4, rel=2e-3)


def test_corners_are_cut_clockwise_from_the_top_left() -> None:
    alpha = shown("r_40:20:10:0/f_png", png(patch(WHITE, 100, 100)))[3]
    gone = [sum(alpha(x + n, y + m)[0] == 0 for n in range(20) for m in range(20)) for x, y in CORNERS]

    assert gone[0] > gone[1] > gone[2] > gone[3] == 0


CORNERS = ((0, 0), (80, 0), (80, 80), (0, 80))


def test_rounding_is_even_on_all_sides() -> None:
    alpha = shown("r_23/f_png", png(patch(WHITE, 91, 70)))[3]

    assert alpha.fliphor().relational(alpha, "equal").min() == 255
    assert alpha.flipver().relational(alpha, "equal").min() == 255


def test_transparency_is_not_taken_away_by_rounding() -> None:
    plain, round = shown("f_png", "alpha.png"), shown("r_10/f_png", "alpha.png")
    more = round[round.bands - 1] > plain[plain.bands - 1]

    assert more.max() == 0


# Borders


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("5px_solid_red", "5px_solid_red"),
        ("5.50px_solid_rgb:FFF", "5.5px_solid_rgb:FFF"),
        ("solid", "solid"),
        ("3px_solid", "3px_solid"),
        ("solid_blue", "solid_blue"),
        ("-3px_solid_red", "0px_solid_red"),
        ("99999999px_solid_red", "65535px_solid_red"),
        ("2px_solid_00ff0080", "2px_solid_00ff0080"),
    ],
)
def test_borders_as_written(written: str, canonical: str) -> None:
    recipe = parse(f"bo_{written}")

    assert f"bo_{canonical}" == str(recipe)
    assert recipe == parse(str(recipe))


@pytest.mark.parametrize(
    "written", ["", "5", "5_solid_red", "5px_dashed_red", "5px_solid_rad", "px_solid_red"]
)
def test_what_is_no_border(written: str) -> None:
    with pytest.raises(InvalidValue):
        parse(f"bo_{written}")


def test_a_border_is_inside_the_picture_and_even_on_all_sides() -> None:
    framed_picture = shown("bo_5px_solid_red/f_png", png(patch(BLUE, 60, 40)))
    expected = patch(BLUE, 50, 30).embed(5, 5, 60, 40, extend="background", background=list(RED))

    assert difference(expected, framed_picture) == 0


@pytest.mark.parametrize(
    ("written", "edge", "second", "third"),
    [
        ("1px_solid_red", RED, BLUE, BLUE),
        ("1.5px_solid_red", RED, (127, 0, 128), BLUE),
        ("2px_solid_rgb:ff000080", (128, 0, 127), (127, 0, 128), BLUE),
        ("500px_solid_red", RED, RED, RED),
    ],
)
def test_how_deep_a_border_is(
    written: str, edge: tuple[int, ...], second: tuple[int, ...], third: tuple[int, ...]
) -> None:
    image = shown(f"bo_{written}/f_png", png(patch(BLUE, 61, 40)))
    around = [(0, 20), (60, 20), (30, 0), (30, 39)], [(1, 20), (59, 20), (30, 1), (30, 38)]

    assert [list(edge)] * 4 == [image(x, y) for x, y in around[0]]
    assert [pytest.approx(second, abs=1)] * 4 == [image(x, y) for x, y in around[1]]
    assert list(third) == image(2, 20)


def test_a_border_of_half_the_shorter_side_covers_everything() -> None:
    image = shown("bo_1.5px_solid_red/f_png", png(patch(BLUE, 3, 500)))

    assert difference(patch(RED, 3, 500), image) == 0


def test_a_border_follows_the_corners_and_none_of_the_picture_shows_outside() -> None:
    image = shown("bo_8px_solid_red,r_30/f_png", png(patch(BLUE, 100, 100)))
    middle = [image(x, y)[:3] for x, y in [(12, 12), (87, 12), (87, 87), (12, 87)]]
    outside = image.crop(0, 0, 8, 100)
    blue_there = (outside[2] > 1) & (outside[3] > 0)

    assert [list(RED)] * 4 == middle
    assert [255, 0, 0, 0] != image(0, 0) and image(0, 0)[3] == 0
    assert blue_there.max() == 0
    assert [0, 0, 255, 255] == image(15, 15)


def test_the_inner_edge_is_concentric_with_the_outer_one() -> None:
    image = shown("bo_10px_solid_red,r_max/f_png", png(patch(BLUE, 200, 200)))
    blue = (image[2] > 127) & (image[3] > 127)

    assert blue.avg() / 255 == pytest.approx(math.pi * 90**2 / 200**2, rel=5e-3)


def test_a_border_in_another_component_knows_nothing_of_the_corners() -> None:
    image = shown("r_30/bo_8px_solid_red/f_png", png(patch(BLUE, 100, 100)))

    assert [255, 0, 0, 255] == image(0, 0)


def test_the_colour_of_a_border_in_a_wide_gamut_picture_is_srgb() -> None:
    image = shown("bo_4px_solid_rgb:00c850/f_png", "p3.png")
    edge = image.crop(0, 0, 4, 4).icc_transform("srgb", embedded=True)

    assert difference(patch((0, 200, 80), 4, 4), edge[0:3]) < 2


# Opacity


@pytest.mark.parametrize(
    ("level", "alpha"), [("0", 0), ("50", 128), ("33.3", 85), ("100", 255), ("150", 255)]
)
def test_opacity_is_per_cent_of_what_there_was(level: str, alpha: int) -> None:
    solid = shown(f"o_{level}/f_png", png(patch((*RED, 255), 4, 4)))
    half = shown(f"o_{level}/f_png", png(patch((*RED, 128), 4, 4)))

    assert [255, 0, 0, alpha] == solid(0, 0)
    assert half(0, 0)[3] == pytest.approx(alpha * 128 / 255, abs=1)


def test_opacity_lets_the_background_through() -> None:
    image = shown("b_blue,o_50/f_png", png(patch(RED, 4, 4)))

    assert image(0, 0) == pytest.approx([128, 0, 127], abs=1)


@pytest.mark.parametrize("written", ["", "x", "50%25", "1e1"])
def test_what_is_no_opacity(written: str) -> None:
    with pytest.raises(InvalidValue):
        parse(f"o_{written}")


# Backgrounds


@pytest.mark.parametrize(
    "written",
    [
        "auto:bordr",
        "auto:3",
        "auto:border_gradient:2:sideways",
        "auto:border:palette_",
        "auto:palette_red_bleu",
        "auto:2:border",
        "blurred:x",
        "blurred:1:2:3",
        "atuo",
        "frames",
    ],
)
def test_what_is_no_background(written: str) -> None:
    with pytest.raises(InvalidValue):
        parse(f"b_{written}")


def test_a_generated_background_is_refused_by_name() -> None:
    with pytest.raises(NotOffered, match="gen_fill"):
        parse("b_gen_fill:prompt_hello,c_pad,w_100")


def target(rim: tuple[int, ...], inside: tuple[int, ...]) -> bytes:
    """A picture of one colour with a rim of 4 pixels of another."""
    return png(patch(inside, 52, 32).embed(4, 4, 60, 40, extend="background", background=list(rim)))


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ("auto", RED),
        ("auto:border", RED),
        ("auto:predominant", BLUE),
        ("auto:border_contrast", (0, 255, 255)),
        ("auto:predominant_contrast", (255, 255, 0)),
        ("auto:border:palette_green_orange_navy", (255, 165, 0)),
        ("auto:predominant:palette_green_orange_navy", (0, 0, 128)),
        ("auto:palette_rgb:c02030_fff", (0xC0, 0x20, 0x30)),
        ("auto:border_gradient", RED),
        ("auto:border:4:vertical", RED),
    ],
)
def test_one_colour_found_in_the_picture(background: str, expected: tuple[int, ...]) -> None:
    image = shown(f"b_{background},c_mpad,h_100,w_60/f_png", target(RED, BLUE))

    assert difference(patch(expected, 60, 30), image.crop(0, 0, 60, 30)) == 0
    assert difference(patch(expected, 60, 30), image.crop(0, 70, 60, 30)) == 0
    assert difference(pixels(target(RED, BLUE)), image.crop(0, 30, 60, 40)) == 0


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        (WHITE, BLACK),
        (BLACK, WHITE),
        ((128, 128, 128), BLACK),
        ((110, 110, 110), WHITE),
        (RED, (0, 255, 255)),
    ],
)
def test_what_contrasts_most(color: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert expected == contrasting(color)


@pytest.mark.parametrize(
    ("direction", "start", "end"),
    [
        ("", (0, 5), (159, 95)),
        (":horizontal", (0, 95), (159, 5)),
        (":2:vertical", (5, 0), (155, 99)),
        (":diagonal_desc", (0, 0), (159, 99)),
        (":2:diagonal_asc", (0, 99), (159, 0)),
    ],
)
def test_two_colours_run_from_side_to_side(
    direction: str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    original = shown("a_90/f_png", halves(RED, BLUE)) if "vertical" in direction else None
    data = png(original) if original is not None else halves(RED, BLUE)
    image = shown(f"b_auto:predominant_gradient{direction},c_mpad,h_100,w_160/f_png", data)

    assert image(*start)[:3] == pytest.approx(RED, abs=4)
    assert image(*end)[:3] == pytest.approx(BLUE, abs=4)


def test_four_colours_stand_in_their_corners() -> None:
    colors = [RED, BLUE, WHITE, BLACK]
    quarters = [patch(color, 30, 30) for color in colors]
    data = png(Image.arrayjoin(quarters, across=2))
    image = shown("b_auto:predominant_gradient:4,c_mpad,h_200,w_200/f_png", data)
    corners = [image(x, y)[:3] for x, y in [(0, 0), (199, 0), (0, 199), (199, 199)]]

    assert [pytest.approx(color, abs=4) for color in colors] == corners


def test_four_colours_of_a_palette_are_all_used() -> None:
    written = "b_auto:predominant_gradient:4:palette_red_lime_blue_white,c_mpad,h_100,w_100"
    image = shown(f"{written}/f_png", png(patch((200, 40, 30), 10, 10)))
    corners = [image(x, y)[:3] for x, y in [(0, 0), (99, 0), (0, 99), (99, 99)]]
    nearest = [min((RED, (0, 255, 0), BLUE, WHITE), key=lambda c: math.dist(c, corner)) for corner in corners]

    assert {RED, (0, 255, 0), BLUE, WHITE} == set(nearest)


def test_a_gradient_has_no_steps() -> None:
    image = shown("b_auto:predominant_gradient,c_mpad,h_300,w_400/f_png", halves(RED, BLUE))
    row = [image(x, 10)[0] for x in range(400)]

    assert max(abs(a - b) for a, b in pairwise(row)) <= 1
    assert sorted(row, reverse=True) == row


def test_the_colour_of_a_tilted_picture_is_found_at_its_own_rim() -> None:
    image = shown("a_20,b_auto/f_png", target(RED, BLUE))

    assert not image.hasalpha()
    assert list(RED) == image(0, 0)


def test_a_background_is_put_behind_transparency_without_a_canvas() -> None:
    image = shown("b_auto:predominant,r_max/f_png", png(patch(BLUE, 40, 40)))

    assert difference(patch(BLUE, 40, 40), image) == 0


def test_nothing_to_see_gets_white() -> None:
    image = shown("b_auto/f_png", png(patch((9, 9, 9, 0), 20, 20)))

    assert difference(patch(WHITE, 20, 20), image) == 0


def test_a_blurred_background_is_the_picture_and_smooth() -> None:
    image = shown("b_blurred:300,c_pad,h_200,w_200/f_png", halves(RED, BLUE))
    row = [image(x, 10) for x in range(200)]

    assert row[0] == pytest.approx(RED, abs=3)
    assert row[199] == pytest.approx(BLUE, abs=3)
    assert max(abs(a[0] - b[0]) for a, b in pairwise(row)) < 20


def test_more_intensity_blurs_more() -> None:
    def spread(intensity: int) -> float:
        image = shown(f"b_blurred:{intensity},c_pad,h_200,w_200/f_png", halves(RED, BLUE))
        deviation: float = image.crop(0, 0, 200, 40).deviate()
        return deviation

    assert spread(10) > spread(400) > spread(2000)


@pytest.mark.parametrize(
    ("brightness", "expected"),
    [(-300, 0), (-150, 0), (-30, 74.5), (0, 100), (60, 151), (100, 185), (500, 185)],
)
def test_brightness_of_a_blurred_background(brightness: int, expected: float) -> None:
    image = shown(f"b_blurred:100:{brightness},c_mpad,h_100,w_100/f_png", png(patch((100, 100, 100), 50, 20)))

    assert image.crop(0, 0, 100, 30).avg() == pytest.approx(expected, abs=1)


def test_a_tilted_picture_covers_its_own_corners() -> None:
    image = shown("a_30,b_blurred/f_png", png(patch((200, 100, 50), 90, 60)))

    assert image.crop(0, 0, 10, 10)(2, 2) == pytest.approx([200, 100, 50], abs=2)
    assert not image.hasalpha()


@pytest.mark.parametrize(
    "transformation",
    ["b_auto:predominant,c_pad,h_60,w_90", "b_auto:border_gradient:4,c_pad,h_60,w_90", "b_auto,r_max"],
)
def test_the_first_frame_decides_the_colours_of_an_animation(transformation: str) -> None:
    frames = [patch((*color, 255), 40, 40) for color in (RED, BLUE)]
    moving = framed(frames, [100, 100]).webpsave_buffer(lossless=True)
    image = pixels(rendered(f"{transformation}/f_webp,fl_lossy", moving).body, n=-1)
    first, second = image(0, 0), image(0, image.height // 2)

    assert first[:3] == pytest.approx(RED, abs=30)
    assert second[:3] == pytest.approx(RED, abs=30)


def test_a_blurred_background_moves_with_an_animation() -> None:
    frames = [patch((*color, 255), 40, 40) for color in (RED, BLUE)]
    moving = framed(frames, [100, 100]).webpsave_buffer(lossless=True)
    image = pixels(rendered("b_blurred,c_pad,h_40,w_90/f_webp", moving).body, n=-1)

    assert image(0, 0)[:3] == pytest.approx(RED, abs=30)
    assert image(0, image.height // 2)[:3] == pytest.approx(BLUE, abs=30)


def test_gray_stays_gray_where_nothing_has_colour() -> None:
    original = png(patch((90,), 61, 40, "b-w"))

    assert "b-w" == shown("bo_2px_solid_white,o_50,r_9/f_png", original).interpretation
    assert "b-w" == shown("b_blurred,c_pad,h_50,w_90/f_png", original).interpretation


@pytest.mark.parametrize(
    ("background", "expected"), [("b_auto", BLUE), ("b_green", (0, 128, 0)), ("b_blurred", BLUE)]
)
def test_a_piece_that_reaches_outside_is_surrounded(background: str, expected: tuple[int, ...]) -> None:
    image = shown(f"{background},c_crop,h_60,w_60,x_-20,y_-20/f_png", png(patch(BLUE, 40, 40)))

    assert list(expected) == image(0, 0)
    assert list(BLUE) == image(30, 30)
    assert not image.hasalpha()
