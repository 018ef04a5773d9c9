"""Pictures distorted, bent and sheared: where their pixels go."""

from __future__ import annotations

import math

import pytest
from pyvips import Image

from tests.transforms.rendering import patch, shown
from tests.transforms.samples import ramp


def png(image: Image) -> bytes:
    data: bytes = image.pngsave_buffer()
    return data


def test_corners_go_where_they_are_sent() -> None:
    """Mirrored along the diagonal: what was at the right is now below."""
    result = shown("e_distort:0:0:0:40:30:40:30:0", png(ramp(40, 30, 3)))
    x, y, both, alpha = result(3, 36)

    assert (30, 40) == (result.width, result.height)
    assert [36 * 255 / 39, 3 * 255 / 29, 255] == pytest.approx([x, y, alpha], abs=3)
    assert both == pytest.approx((x + y) / 2, abs=3)


def test_perspective_is_not_linear() -> None:
    """A square whose right side is half as high: the middle of the picture is nearer to it."""
    board = patch((0, 0, 0), 200, 200).insert(patch((255, 255, 255), 100, 200), 100, 0)
    row = shown("e_distort:0:0:200:50:200:150:0:200", png(board)).crop(0, 100, 200, 1)
    edge = next(x for x in range(200) if row(x, 0)[0] > 127)

    # The diagonals cross at two thirds.
    assert 400 / 3 == pytest.approx(edge, abs=2)


def test_outside_of_the_quadrilateral_there_is_nothing() -> None:
    result = shown("e_distort:0:0:200:90:200:110:0:200", png(patch((9, 9, 9), 100, 100)))

    assert [0, 0, 255] == [result(190, 5)[3], result(190, 195)[3], result(100, 100)[3]]


@pytest.mark.parametrize(("degrees", "corner", "top"), [(60, 0, 255), (-60, 255, 0)])
def test_an_arc_bends_up_or_down(degrees: int, corner: int, top: int) -> None:
    result = shown(f"e_distort:arc:{degrees}", png(patch((9, 9, 9), 300, 60)))
    middle = result.width // 2

    # Upright it touches the top in its middle; hanging, at its ends.
    assert top == result(middle, 2)[3]
    assert corner == result.crop(0, 0, 60, 3)[3].max()


def test_a_shear_moves_what_is_below_to_the_right() -> None:
    result = shown("e_shear:45", png(patch((9, 9, 9), 20, 20)))

    assert [255, 0, 0, 255] == [result(x, y)[3] for x, y in ((3, 1), (3, 18), (36, 1), (36, 18))]


def test_colours_of_what_is_clear_do_not_bleed() -> None:
    """White that cannot be seen lies around black."""
    hidden = patch((255, 255, 255, 0), 40, 40).insert(patch((0, 0, 0, 255), 20, 20), 10, 10).copy_memory()
    for transformation in ("e_shear:20:10", "e_distort:arc:90", "e_distort:0:0:60:5:55:60:3:50"):
        result = shown(transformation, png(hidden))
        visible = result[3] > 30

        assert visible.ifthenelse(result[0], 0).max() <= 8


def test_an_arc_keeps_the_length_of_the_middle() -> None:
    """400 pixels around 90 degrees: a radius of 254.6, and from the chord of the outer edge down to the inner
    edge's ends."""
    result = shown("e_distort:arc:90", png(ramp(400, 100, 3)))
    radius = 400 / (math.pi / 2)
    across = 2 * (radius + 50) * math.sin(math.pi / 4)
    down = radius + 50 - (radius - 50) * math.cos(math.pi / 4)

    assert (math.ceil(across), math.ceil(down)) == (result.width, result.height)
