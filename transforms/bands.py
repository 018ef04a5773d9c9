"""Channels: colour apart from alpha, and back. Worker side: this works on libvips images."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from pyvips import Image

BLACK, WHITE = 0, 255
LEVELS = 256
"""Values of an 8-bit channel."""


def in_color(image: Image) -> Image:
    """`image` with three channels of colour, its alpha kept; gray becomes sRGB."""
    return image if image.interpretation != "b-w" else image.colourspace("srgb")


def apart(image: Image) -> tuple[Image, Image | None]:
    """The three channels of colour, and the alpha where there is one; gray becomes sRGB."""
    return _split(in_color(image))


def together(color: Image, alpha: Image | None) -> Image:
    """The reverse of `apart`."""
    return color if alpha is None else color.bandjoin(alpha).copy(interpretation=color.interpretation)


def with_alpha(image: Image) -> Image:
    """`image` in colour with an alpha channel, opaque where it had none."""
    image = in_color(image)
    return image if image.hasalpha() else image.addalpha()


def rounded(image: Image) -> Image:
    """Numbers of any kind as 8 bits: rounded, and held between 0 and 255."""
    return (image.rint() if image.format in ("float", "double") else image).cast("uchar")


def on_colors(image: Image, paint: Callable[[Image], Image]) -> Image:
    """`image` with its colours repainted, its alpha untouched.

    `paint` gets three channels of 0 to 255 and may answer numbers of any kind; they are rounded and held to 0
    to 255, and keep interpretation and profile.
    """
    return on_channels(in_color(image), paint)


def on_channels(image: Image, paint: Callable[[Image], Image]) -> Image:
    """As `on_colors`, but what is gray stays so: `paint` gets one channel then."""
    color, alpha = _split(image)
    painted = rounded(paint(color)).copy(interpretation=color.interpretation)
    return together(painted, alpha)


def through_table(image: Image, table: Callable[[float], float]) -> Image:
    """Every channel of colour through one curve, from 0..1 to 0..1; gray stays gray."""
    levels = steps(table)
    return on_channels(image, lambda color: color.maplut(levels))


def through_tables(
    image: Image,
    red: Callable[[float], float],
    green: Callable[[float], float],
    blue: Callable[[float], float],
) -> Image:
    """Each channel of colour through a curve of its own, from 0..1 to 0..1."""
    bands = [steps(curve) for curve in (red, green, blue)]
    return on_colors(image, lambda color: color.maplut(bands[0].bandjoin(bands[1:])))


def steps(curve: Callable[[float], float]) -> Image:
    """A curve from 0..1 to 0..1 as a table for `maplut`, in 8 bits."""
    values = bytes(min(max(round(curve(level / WHITE) * WHITE), BLACK), WHITE) for level in range(LEVELS))
    return Image.new_from_memory(values, LEVELS, 1, 1, "uchar")


def numbers(*bands: Sequence[float]) -> Image:
    """Sequences of equal length as the bands of a table for `maplut`, as they are."""
    values = array("f", (value for row in zip(*bands, strict=True) for value in row))
    return Image.new_from_memory(values.tobytes(), len(bands[0]), 1, len(bands), "float")


def _split(image: Image) -> tuple[Image, Image | None]:
    if not image.hasalpha():
        return image, None
    return image.extract_band(0, n=image.bands - 1), image.extract_band(image.bands - 1)
