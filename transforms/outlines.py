"""Lines around the shape of a picture, inside and outside of its edge. Worker side: this loads libvips."""

from __future__ import annotations

import math
from functools import lru_cache

from pyvips import Image

from transforms.bands import BLACK, WHITE, in_color, rounded, together, with_alpha
from transforms.blurring import enlarged, gaussian
from transforms.color import Rgba, paint

_STEP, _SPREAD, _SLACK = 12, 0.4, 0.2
"""A shape is grown by discs in a row, whose radii add up: the work for one grows with its square. Radii have
at most this many pixels on average, and differ by up to that part of it: a small disc of pixels has facets,
and those of equal ones add up too. With this slack 100 pixels come out as 99 to 101."""

_LARGE, _BROAD = 4_000_000, 24
"""From so many pixels on the time that lines of that breadth take counts, and no single pixel is seen."""
_HAIR, _MIDDLE = 120, 128
"""How much of a pixel of the smaller picture a hairline covers, nearly; and half of one."""
_AROUND = 8
"""Pixels of the outside that are looked at: as many as make whole ones in a smaller picture."""

_SMOOTH = 0.7
"""Sigma in pixels that takes the stairs off a mask's edge."""

_SOLID = 64
"""From this opacity on a pixel belongs to the shape: glass and soft edges do."""


def outlined(image: Image, mode: str, width: int, sigma: float, color: Rgba) -> Image:
    """`image` with an outline of its shape, `width` pixels wide and blurred by `sigma`."""
    if mode in ("inner", "inner_fill"):
        return _inside(image, width, sigma, color, filled=mode == "inner_fill")
    # Used more than once, here and below: libvips would draw all that comes before it as often.
    image = with_alpha(image).copy_memory()
    solid = image.extract_band(3) >= _SOLID
    grown = _grown(solid, width)
    if mode == "fill":
        line = _softened(_enclosed(grown), sigma)
    else:
        # Under the rim of the shape there has to be colour too, or its soft edge would show what is behind.
        line = _softened(grown, sigma) * (WHITE - _shrunken(solid, 1)) / WHITE
    return rounded(layer(image, color, line).composite2(image, "over")).copy(
        interpretation=image.interpretation
    )


def _inside(image: Image, width: int, sigma: float, color: Rgba, *, filled: bool) -> Image:
    image = in_color(image).copy_memory()
    whole = with_alpha(image)
    solid = whole.extract_band(3) >= _SOLID
    line = WHITE - _softened(_shrunken(solid, width), sigma)
    alpha = whole.extract_band(3)
    over = layer(whole, color, line * alpha / WHITE)
    under = layer(whole, color, _softened(_enclosed(solid), 0)) if filled else whole
    pile = under.composite2(whole, "over") if filled else whole
    drawn = rounded(pile.composite2(over, "atop")).copy(interpretation=image.interpretation)
    return drawn if image.hasalpha() else drawn.extract_band(0, n=3)


def layer(image: Image, color: Rgba, mask: Image) -> Image:
    """`color` over all of `image`, as opaque as `mask` says, 0 to 255."""
    flat = with_alpha(image).new_from_image([*paint(image, color), 0.0]).cast("uchar")
    alpha = rounded(mask * (color[3] / WHITE))
    return together(flat.extract_band(0, n=3), alpha)


def _softened(mask: Image, sigma: float) -> Image:
    return gaussian(mask, math.hypot(sigma, _SMOOTH))


def _grown(mask: Image, radius: int) -> Image:
    """`mask`, of 0 and 255, with all around it that is at most `radius` pixels away; the broad lines of
    large pictures are found at half the size."""
    if mask.width * mask.height < _LARGE or radius < _BROAD:
        return _grown_by(mask, radius)
    small = (mask.shrink(2, 2, ceil=True) >= _HAIR).copy_memory()
    return enlarged(_grown_by(small, radius / 2), 2, 2, mask.width, mask.height) >= _MIDDLE


def _grown_by(mask: Image, radius: float) -> Image:
    count = math.ceil(radius / _STEP)
    reached = 0.0
    for number in range(count):
        reached += radius / count * (1 + _SPREAD * ((2 * number + 1) / count - 1))
        # Drawn each time: in a chain libvips asks each for more and more around each tile, over and over.
        mask = mask.morph(_disc(whole := round(reached)), "dilate").copy_memory()
        reached -= whole
    return mask


def _shrunken(mask: Image, radius: int) -> Image:
    """`mask` without what is at most `radius` pixels away from its outside, which is all beyond the
    picture."""
    width, height = mask.width, mask.height
    outside = mask.embed(_AROUND, _AROUND, width + 2 * _AROUND, height + 2 * _AROUND) ^ WHITE
    return (_grown(outside, radius) ^ WHITE).crop(_AROUND, _AROUND, width, height)


@lru_cache(maxsize=128)
def _disc(radius: int) -> Image:
    """A disc as `morph` takes it: 255 has to be set, 128 does not matter."""
    within = (radius + _SLACK) ** 2
    reach = range(-radius, radius + 1)
    rows = [[WHITE if x * x + y * y <= within else 128 for x in reach] for y in reach]
    return Image.new_from_array(rows)


def _enclosed(mask: Image) -> Image:
    """`mask` with its holes filled: all that a flood from beyond the picture does not reach."""
    width, height = mask.width, mask.height
    around = mask.embed(1, 1, width + 2, height + 2).copy_memory()
    flooded = around.draw_flood(WHITE // 2, 0, 0, equal=True).crop(1, 1, width, height)
    return (flooded == WHITE // 2).ifthenelse(BLACK, WHITE)
