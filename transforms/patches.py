"""Parts of a picture done over, the rest untouched. Worker side: this loads libvips."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyvips import Image

from transforms.blurring import weighed
from transforms.regions import Box

_FULL = 0.8
"""Up to this part of its radius an ellipse is covered wholly; from there to 1 it fades."""


def repainted(image: Image, boxes: Iterable[Box], paint: Callable[[Image], Image]) -> Image:
    """`image` with what is in each box replaced by what `paint` makes of it."""
    for box in boxes:
        patch = paint(_cut(image, box)).copy_memory()
        image = image.insert(patch, box.left, box.top)
    return image


def softly_repainted(image: Image, boxes: Iterable[Box], paint: Callable[[Image], Image]) -> Image:
    """The same in the ellipse inside each box, whose edge fades."""
    return repainted(image, boxes, lambda patch: _faded(patch, paint(patch)))


def _cut(image: Image, box: Box) -> Image:
    return image.crop(box.left, box.top, box.width, box.height).copy_memory()


def _faded(before: Image, after: Image) -> Image:
    """`after` in the middle, `before` in the corners. Colours are mixed by how much of each is seen."""
    mask = ellipse(before.width, before.height)
    if not before.hasalpha():
        return mask.ifthenelse(after, before, blend=True).copy(interpretation=before.interpretation)
    return weighed(before.join(after, "vertical"), lambda stack: _mixed(stack, mask))


def _mixed(stack: Image, mask: Image) -> Image:
    """The lower half of `stack` where the mask is 255, the upper half where it is 0."""
    upper = stack.crop(0, 0, mask.width, mask.height)
    lower = stack.crop(0, mask.height, mask.width, mask.height)
    return mask.ifthenelse(lower, upper, blend=True).copy(interpretation=stack.interpretation)


def ellipse(width: int, height: int) -> Image:
    """One channel that is 255 in the middle and falls to 0 at the ellipse that touches the four sides."""
    places = Image.xyz(width, height) - [(width - 1) / 2, (height - 1) / 2]
    squares = (places / [width / 2, height / 2]) ** 2
    radius = (squares[0] + squares[1]) ** 0.5
    return ((radius - 1) * (-255 / (1 - _FULL))).rint().cast("uchar")
