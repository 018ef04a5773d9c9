"""Colours by brightness. Worker side: this works on libvips images."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pyvips import Image

from transforms.bands import LEVELS, WHITE, in_color, numbers, on_colors
from transforms.color import paint
from transforms.toning import luma, mixed
from transforms.values import Color

Gradient = Sequence[tuple[float, Color]]
"""Colours at ascending places from 0, black, to 1, white."""


def tinted(image: Image, gradient: Gradient, share: float, *, ranks: Sequence[float] = ()) -> Image:
    """Every pixel's brightness shown as the gradient's colour there, covering by a share from 0 to 1.

    `ranks` are 256 numbers from 0 to 1 to take instead of the brightnesses themselves.
    """
    image = in_color(image)
    places = [place for place, _ in gradient]
    colors = [paint(image, (color.red, color.green, color.blue, color.alpha)) for _, color in gradient]
    at = ranks or [level / WHITE for level in range(LEVELS)]
    rows = [_between(value, places, colors) for value in at]
    table = numbers(*zip(*rows, strict=True))
    return on_colors(image, lambda color: mixed(color, luma(color).maplut(table), share))


def _between(value: float, places: Sequence[float], colors: Sequence[Sequence[float]]) -> list[float]:
    """The gradient's channels at `value`."""
    behind = bisect_right(places, value)
    if behind in (0, len(places)):
        return list(colors[0 if behind == 0 else -1])
    start, end = places[behind - 1], places[behind]
    share = (value - start) / (end - start)
    return [a + (b - a) * share for a, b in zip(colors[behind - 1], colors[behind], strict=True)]
