"""Pictures for eyes that lack colours. Worker side: this works on libvips images."""

from __future__ import annotations

from functools import cache

from pyvips import Image

from transforms.bands import LEVELS, WHITE, numbers, on_colors
from transforms.colorblind import Matrix, to_encoded, to_linear
from transforms.recoloring import clamped

_FINE = 65_535
"""The steps of linear light: 256 are too few in the dark."""
_STRIPES = 40
"""Stripes across the shorter side, but no finer than they can be seen."""
_FINEST = 6
_MARKED_AT = 0.25
"""The difference of red and green, of the whole, from which on stripes are as strong as they get."""


def in_linear_light(image: Image, matrix: Matrix) -> Image:
    """Colours times a matrix of linear light."""

    def paint(color: Image) -> Image:
        light = color.maplut(_linear()).recomb([list(row) for row in matrix])
        return clamped(light.rint(), 0, _FINE).cast("ushort").maplut(_encoded())

    return on_colors(image, paint)


@cache
def _linear() -> Image:
    return numbers([to_linear(level / WHITE) * _FINE for level in range(LEVELS)])


@cache
def _encoded() -> Image:
    values = bytes(round(to_encoded(step / _FINE) * WHITE) for step in range(_FINE + 1))
    return Image.new_from_memory(values, _FINE + 1, 1, 1, "uchar")


def striped(image: Image, strength: float) -> Image:
    """Stripes over what is red, and others that lean the other way over what is green.

    They brighten and darken by `strength`, from 0 to 1 of the whole range, at most.
    """
    pattern_red, pattern_green = _stripes(image.width, image.height)

    def paint(color: Image) -> Image:
        difference = (color.extract_band(0) * 1.0 - color.extract_band(1)) / (WHITE * _MARKED_AT)
        marks = clamped(difference, 0, 1) * pattern_red + clamped(-difference, 0, 1) * pattern_green
        return color + marks * (strength * WHITE)

    return on_colors(image, paint)


def _stripes(width: int, height: int) -> tuple[Image, Image]:
    """-1 and 1 in turn along either diagonal."""
    period = max(_FINEST, min(width, height) // _STRIPES)
    places = Image.xyz(width, height)
    x, y = places.extract_band(0) * 1.0, places.extract_band(1) * 1.0
    rising, falling = x + y, x - y + height * period
    red, green = (((sum_ / period).floor() % 2) * 2 - 1 for sum_ in (rising, falling))
    return red, green
