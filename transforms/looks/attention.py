"""`attention`: the box that holds what draws the eye, in one row: left, top, width, height, and what it is.

A picture of at most 160 pixels is weighed pixel by pixel, much as libvips' attention does it: edges count,
and strong colour; then all that is below the average is taken for background. From the whole picture, rows
and columns are given up at the edge that has least to lose, as long as three fifths of the weight are still
inside. The point that libvips itself would cut around is always kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from pyvips import Image

from transforms import detectors
from transforms.actions.base import Rows

FACES, SALIENT = 1.0, 0.0
"""What the fifth number of the row says: the box is that of faces, or of what draws the eye."""

_LONGEST_SIDE = 160
_KEPT = 0.6
_BLUR = 0.02
"""Of the longer side: single pixels are no subject."""


def attention(image: Image | None, argument: str) -> Rows:
    """A row for each face when there is an `argument` (`face`, `faces`, `eyes`) and a face; else one row."""
    if image is None:
        return ()
    found = detectors.faces(image) if argument else ()
    if found:
        return tuple((*row[:4], FACES) for row in found)
    return ((*salient_box(image), SALIENT),)


def salient_box(image: Image) -> tuple[float, float, float, float]:
    """Left, top, width and height, in pixels of the image."""
    factor = min(1.0, _LONGEST_SIDE / max(image.width, image.height))
    small = (image.resize(factor) if factor < 1 else image).copy_memory()
    weights = _weights(small)
    left, top, right, bottom = _trimmed(weights, small.width, small.height)
    x, y = _point(small)
    left, top, right, bottom = min(left, x), min(top, y), max(right, x + 1), max(bottom, y + 1)
    across, down = image.width / small.width, image.height / small.height
    return left * across, top * down, (right - left) * across, (bottom - top) * down


def _weights(image: Image) -> array[float]:
    """How much each pixel draws the eye, row by row; 0 for what is below the average."""
    alpha = image[image.bands - 1] if image.hasalpha() else None
    lch = (image.flatten(background=255) if alpha is not None else image).colourspace("lch")
    across = [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    mask = Image.new_from_array(across)
    light = lch[0].cast("float")
    edges = (
        light.conv(mask, precision="float") ** 2 + light.conv(mask.rot90(), precision="float") ** 2
    ) ** 0.5
    weight = edges + lch[1]
    if alpha is not None:
        weight = weight * (alpha / 255)
    weight = weight.gaussblur(max(0.5, max(image.width, image.height) * _BLUR), precision="float")
    weight = weight - weight.avg()
    return array("f", bytes((weight > 0).ifthenelse(weight, 0).cast("float").write_to_memory()))


def _trimmed(weights: array[float], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is left when the edges with least to lose are given up."""
    total = _sums(weights, width, height)
    left, top, right, bottom = 0, 0, width, height
    spare = total(left, top, right, bottom) * (1 - _KEPT)
    while right - left > 1 and bottom - top > 1:
        losses = (
            (total(left, top, left + 1, bottom), bottom - top, (1, 0, 0, 0)),
            (total(left, top, right, top + 1), right - left, (0, 1, 0, 0)),
            (total(right - 1, top, right, bottom), bottom - top, (0, 0, -1, 0)),
            (total(left, bottom - 1, right, bottom), right - left, (0, 0, 0, -1)),
        )
        # By the pixel: a short edge must not go only because it is short.
        loss, _, moves = min(losses, key=lambda lost: lost[0] / lost[1])
        if loss > spare:
            break
        spare -= loss
        left, top, right, bottom = left + moves[0], top + moves[1], right + moves[2], bottom + moves[3]
    return left, top, right, bottom


def _sums(weights: array[float], width: int, height: int) -> Callable[[int, int, int, int], float]:
    """The sum of the weights between left, top, right and bottom, from a table made once."""
    stride = width + 1
    table = [0.0] * (stride * (height + 1))
    for y in range(height):
        row = 0.0
        for x in range(width):
            row += weights[y * width + x]
            table[(y + 1) * stride + x + 1] = table[y * stride + x + 1] + row

    def total(left: int, top: int, right: int, bottom: int) -> float:
        upper, lower = top * stride, bottom * stride
        return table[lower + right] - table[lower + left] - table[upper + right] + table[upper + left]

    return total


def _point(image: Image) -> tuple[int, int]:
    """The pixel that libvips' attention points at."""
    _, point = image.smartcrop(1, 1, interesting="attention", attention_x=True, attention_y=True)
    return min(int(point["attention_x"]), image.width - 1), min(int(point["attention_y"]), image.height - 1)
