"""Letters in their colours, outlined, on paper, in a frame. Worker side: this works on libvips images."""

from __future__ import annotations

import math

from pyvips import Image

from transforms.outline import outline
from transforms.text import Rgba, TextBlock

_CLEAR = [0, 0, 0, 0]
_HALF = 128


def inked(letters: Image, block: TextBlock) -> Image:
    """`letters`, opaque as pango draws them, with all that the block's colours and borders ask for."""
    image = letters
    if block.style.antialias == "none":
        image = _crisp(image)
    if block.style.stroke and block.border is not None and block.border[0] > 0:
        image = _outlined(image, block.color[3], *block.border)
    else:
        image = _faded(image, block.color[3])
    if block.background is not None:
        image = _behind(image, block.background)
    if block.border is not None and not block.style.stroke:
        image = _framed(image, *block.border)
    return image


def _crisp(image: Image) -> Image:
    """Without half-covered pixels."""
    alpha = (image.extract_band(3) >= _HALF).ifthenelse(255, 0)
    return image.extract_band(0, n=3).bandjoin(alpha.cast("uchar"))


def _faded(image: Image, opacity: int) -> Image:
    if opacity == 255:
        return image
    alpha = (image.extract_band(3) * (opacity / 255)).rint().cast("uchar")
    return image.extract_band(0, n=3).bandjoin(alpha).copy(interpretation="srgb")


def _outlined(image: Image, opacity: int, width: float, color: Rgba) -> Image:
    """Letters and, around them only, their outline: under translucent letters there is none of it."""
    image = _with_rim(image, math.ceil(width), _CLEAR).copy_memory()
    letters = image.extract_band(3)
    around = outline(letters, width) - letters
    inner = letters * (opacity / 255)
    outer = (around < 0).ifthenelse(0, around) * (color[3] / 255)
    alpha = inner + outer
    mixed = (image.extract_band(0, n=3) * inner + outer * list(color[:3])) / (alpha == 0).ifthenelse(1, alpha)
    return mixed.bandjoin(alpha).rint().cast("uchar").copy(interpretation="srgb")


def _behind(image: Image, color: Rgba) -> Image:
    paper = image.new_from_image(list(color)).cast("uchar").copy(interpretation="srgb")
    laid: Image = paper.composite2(image, "over")
    return laid.rint().cast("uchar")


def _framed(image: Image, width: float, color: Rgba) -> Image:
    return _with_rim(image, round(width), list(color))


def _with_rim(image: Image, rim: int, color: list[int]) -> Image:
    size = (image.width + 2 * rim, image.height + 2 * rim)
    return image.embed(rim, rim, *size, extend="background", background=color)
