"""Pictures redrawn: in oil, and as a cartoon. Worker side: this loads libvips.

Both look at the surroundings of every pixel, which is done on at most `MOST_PIXELS`; the strokes of a larger
picture are as much broader, so that it looks alike at any size. What only looks at the pixel itself, such as
ink against no ink, is done at full size, and stays crisp.
"""

from __future__ import annotations

import math

from pyvips import Image

from transforms.bands import apart, rounded, together
from transforms.blurring import blurred, enlarged

MOST_PIXELS = 1_000_000

_TONES = 10
"""Into so many tones the surroundings of a pixel are sorted when it is painted."""
_BROADEST = 0.0075
"""Sigma of the broadest brush, as a part of the longer side."""
_GROWTH = 0.6
"""The brush grows by this power of the strength: fast at first, for at the end it would paint everything
over."""
_FINEST = 0.7
"""Sigma of the finest brush in pixels; below, nothing is seen of it."""
_LUMA = [0.299, 0.587, 0.114]
"""How bright red, green and blue are (ITU-R BT.601)."""


def oil_painted(image: Image, strength: float) -> Image:
    """`image` in blots of the prevailing colours; `strength` 0 to 1 says how broad they are.

    The surroundings of a pixel are sorted by tone, and it gets the mean colour of the tone that most of them
    have (P. Haeberli, "Paint by numbers", 1990, has the look; the histogram filter is common knowledge).
    Alpha stays, and weighs what is counted.
    """
    color, alpha = apart(image)
    small = _small(color)
    weight = _small(alpha) if alpha is not None else None
    sigma = strength**_GROWTH * _BROADEST * max(small.width, small.height)
    return together(_large(_painted(small, weight, max(_FINEST, sigma)), color), alpha)


def _small(image: Image) -> Image:
    factor = math.sqrt(MOST_PIXELS / (image.width * image.height))
    if factor >= 1:
        return image.copy_memory()
    across, down = _shrunk_side(image.width, factor), _shrunk_side(image.height, factor)
    small = image.resize(across / image.width, vscale=down / image.height, kernel="linear")
    return small.copy_memory()


def _shrunk_side(side: int, factor: float) -> int:
    return max(1, round(side * factor))


def _large(small: Image, image: Image) -> Image:
    """`small` as large as `image`, with its interpretation and profile."""
    if (small.width, small.height) == (image.width, image.height):
        return small
    across, down = image.width / small.width, image.height / small.height
    large = enlarged(small.copy_memory(), across, down, image.width, image.height, "bicubic")
    return rounded(large).copy(interpretation=image.interpretation)


def _painted(color: Image, weight: Image | None, sigma: float) -> Image:
    """Every pixel in the mean colour of the commonest tone around it.

    Tones count by the fourth power of how many there are, so that blots have smooth edges.
    """
    weight = weight if weight is not None else color.new_from_image(255).cast("uchar")
    counted = rounded(color * (weight / 255)).bandjoin(weight).copy(interpretation="multiband")
    tone = ((color.recomb(_matrix([_LUMA])) * (_TONES / 256)).cast("uchar")).copy_memory()
    total: Image = None
    for level in range(_TONES):
        near = blurred(counted & (tone == level), sigma).cast("float")
        share = near.extract_band(3) / 255
        part = near * (share * share * share)
        total = part if total is None else total + part
    painted = total.extract_band(0, n=3) / total.extract_band(3) * 255
    return rounded(painted).copy(interpretation=color.interpretation)


def _matrix(rows: list[list[float]]) -> Image:
    return Image.new_from_array(rows)
