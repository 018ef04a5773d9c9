"""Red pupils made dark. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.bands import on_colors
from transforms.blurring import blurred

_SKIN, _FLASH = 0.45, 0.6
"""How much of the red is neither green nor blue: of skin and lips less than the first, of eyes more than the
second."""
_DARK = 50
"""Red below this is as good as black already."""


def without_red(image: Image) -> Image:
    """What is redder than skin, as dark as its green and blue."""
    return on_colors(image, _mended)


def _mended(color: Image) -> Image:
    red, green, blue = color.bandsplit()
    other = (green > blue).ifthenelse(green, blue)
    excess = (red.cast("float") - other) / (red > _DARK).ifthenelse(red, 255)
    # Blurred, so that the rim of the pupil and the mosaic of the sensor do not stay red.
    mask = blurred(((excess - _SKIN) * (255 / (_FLASH - _SKIN))).rint().cast("uchar"), 1.0)
    gray = ((green.cast("float") + blue) / 2).rint().cast("uchar")
    return mask.ifthenelse(gray.bandjoin([gray, gray]), color, blend=True)
