"""Colours moved by how near they are to others, in CIE Lab. Worker side: this works on libvips images.

Display P3 is taken through the same arithmetic as sRGB: distances come out a little short, and what goes in
comes out in the same primaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from pyvips import Image

from transforms.bands import in_color, on_colors
from transforms.color import paint
from transforms.values import Color

_GRAY = 10.0
"""A chroma in CIE Lab below which a colour counts as gray."""
_EDGE = 0.25
"""The outer part of a radius, in which an effect fades out."""


def channels(image: Image, color: Color) -> tuple[float, ...]:
    """The red, green and blue that show `color` in a working image."""
    return tuple(paint(in_color(image), (color.red, color.green, color.blue, color.alpha)))


def replaced(image: Image, source: Sequence[float], to: Color, tolerance: float) -> Image:
    """All within `tolerance` of `source` (channels of 0 to 255) moved as far as `source` is from `to`.

    What is grayer than `source` moves less, so that a colour's way to gray stays one.
    """
    start = lab(source)
    shift = [b - a for a, b in zip(start, lab(channels(image, to)), strict=True)]
    full = hypot(*start[1:])

    def paint_colors(color: Image) -> Image:
        seen = to_lab(color)
        share = nearness(seen, start, tolerance)
        if full > _GRAY:
            share *= clamped(_saturation(seen) / full, 0, 1)
        return from_lab(seen + share * shift)

    return on_colors(image, paint_colors)


def _saturation(seen: Image) -> Image:
    return _length(seen.extract_band(1, n=2))


def _length(two: Image) -> Image:
    """The root of the sum of the squares of two bands: taken for a complex number, that is its size.

    Powers would take ten times as long.
    """
    return two.copy(format="complex", bands=1).abs()


def nearness(seen: Image, color: Sequence[float], radius: float) -> Image:
    """1 for what is within most of `radius` of a colour, 0 for what is outside, a ramp between.

    The distance is that of CIE 1976.
    """
    apart = seen - list(color)
    distance = _length(_saturation(apart).bandjoin(apart.extract_band(0)))
    ramp = max(radius * _EDGE, 1.0)
    share = distance.linear(-1 / ramp, (radius + 1) / ramp)
    return clamped(share, 0, 1)


def clamped(image: Image, least: float, most: float) -> Image:
    """Numbers held between two."""
    return image.clamp(min=least, max=most)


def to_lab(color: Image) -> Image:
    """Three channels of colour as CIE Lab."""
    return color.copy(interpretation="srgb").colourspace("lab")


def from_lab(seen: Image) -> Image:
    """CIE Lab as three channels of colour, unrounded where libvips can."""
    return seen.copy(interpretation="lab").colourspace("srgb")


def lab(color: Sequence[float]) -> list[float]:
    """One colour, 0 to 255 a channel, as CIE Lab."""
    drop = (Image.black(1, 1, bands=3) + list(color)).copy(interpretation="srgb")
    found: list[float] = drop.colourspace("lab")(0, 0)
    return found
