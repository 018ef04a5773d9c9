"""Blurs, squares and screens against what they should come to by arithmetic."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, pixels
from tests.transforms.samples import on_nothing, ramp
from transforms.blurring import gaussian, pixelated
from transforms.dither import PATTERNS, dithered
from transforms.patches import softly_repainted
from transforms.regions import Box


@pytest.mark.parametrize("sigma", [2, 5, 19, 21, 40])
def test_a_blur_has_the_sigma_it_was_asked_for(sigma: int) -> None:
    """Also where a smaller picture is blurred in its stead. The reference is blurred in floats; the picture
    lies on white, so that it does not matter what is taken to be beyond its edges."""
    margin = 3 * sigma
    picture = pixels("detail.jpg").thumbnail_image(150)
    original = picture.embed(margin, margin, 150 + 2 * margin, 150 + 2 * margin, extend="white").copy_memory()
    expected = original.cast("float").gaussblur(sigma, min_ampl=0.01, precision="float")
    result = gaussian(original, sigma).copy_memory()

    assert (result - expected).abs().max() < 4
    assert difference(result, expected) < 0.5


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1, 3, 20, 30, 3000])
@pytest.mark.parametrize("color", [(255,), (0, 128, 30), (200, 120, 30, 255), (255, 255, 255, 90)])
def test_one_colour_stays_as_it_is(color: tuple[int, ...], sigma: float) -> None:
    """libvips' own blur makes 255 to 247, or 128 to 132, for the sake of speed."""
    original = patch(color, 3, 50, "b-w" if len(color) < 3 else "srgb")

    assert 0 == difference(original, gaussian(original, sigma))


def test_half_clear_colours_are_kept_to_what_can_be_seen() -> None:
    original = patch((7, 100, 222, 40), 9, 9)
    result, behind = gaussian(original, 2), [0, 255, 90]

    assert 1 >= (result.flatten(background=behind) - original.flatten(background=behind)).abs().max()


@pytest.mark.parametrize("sigma", [2, 25])
def test_a_soft_edge_keeps_its_colour(sigma: float) -> None:
    """A white disc on transparent black: what of it can be seen is still white."""
    original = on_nothing(120, 90, 40, 25, patch((255, 255, 255), 40, 40))
    result = gaussian(original, sigma)

    assert (result[3] > 0).ifthenelse(result[0], 255).min() == 255
    assert 0 < result(39, 45)[3] < 255


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (41, 29)])
@pytest.mark.parametrize("square", [1, 2, 7, 200])
def test_squares_start_in_the_upper_left_corner(width: int, height: int, square: int) -> None:
    original = ramp(width, height, 3)
    result = pixelated(original, square).copy_memory()
    first = original.crop(0, 0, min(square, width), min(square, height))

    assert (width, height) == (result.width, result.height)
    if square <= min(width, height):
        assert result(0, 0) == pytest.approx([band.avg() for band in first.bandsplit()], abs=1)
    assert square != 1 or difference(original, result) == 0


@pytest.mark.parametrize("alpha", [False, True])
def test_an_ellipse_fades_into_what_is_around_it(alpha: bool) -> None:
    white, black = (patch((level,) * 3, 60, 40) for level in (255, 0))
    if alpha:
        white, black = white.addalpha(), black.addalpha()
    result = softly_repainted(white, [Box(10, 5, 40, 30)], lambda _: black.crop(0, 0, 40, 30))

    assert [255, 255, 0] == [result(*place)[0] for place in ((10, 5), (9, 20), (30, 20))]
    assert 0 < result(11, 20)[0] < 255


@pytest.mark.parametrize("pattern", range(1, 19))
def test_a_screen_is_as_light_as_what_it_shows(pattern: int) -> None:
    """Of a gray, as many pixels are white as it has light, to within one threshold."""
    for level in (0, 64, 128, 192, 255):
        side = len(PATTERNS[pattern]())
        result = dithered(patch((level,), side * 4, side * 4, "b-w"), pattern)

        assert result.avg() == pytest.approx(level, abs=255 / (max(map(max, PATTERNS[pattern]())) + 1))


@pytest.mark.parametrize(("pattern", "middle"), [(13, 0), (14, 255), (17, 0), (18, 255)])
def test_circles_are_black_or_white(pattern: int, middle: int) -> None:
    side = len(PATTERNS[pattern]())
    tile = dithered(patch((128,), side, side, "b-w"), pattern)

    assert [middle, 255 - middle] == [tile(side // 2, side // 2)[0], tile(0, 0)[0]]


def test_spread_patterns_leave_no_clusters() -> None:
    """A quarter of the light is one white pixel in every square of two."""
    result = dithered(patch((64,), 16, 16, "b-w"), 5)
    squares: Image = result.cast("float").shrink(2, 2)

    assert (255 / 4, 255 / 4) == (squares.min(), squares.max())
