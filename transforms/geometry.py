"""The arithmetic under every crop mode: factors, boxes and windows.

Lengths are pixels. What is derived is rounded half up and is never less than one pixel; what is cut, is cut
in the pixels of the image that comes in, because cutting after scaling needs intermediate images that a
stranger can make as large as they like.
"""

from __future__ import annotations

import math

from transforms.frame import Frame
from transforms.operations import Rect


def whole_pixels(length: float) -> int:
    """`length` rounded half up, at least 1."""
    return max(1, math.floor(length + 0.5))


def full(frame: Frame) -> Rect:
    """The window that is all of the image."""
    return Rect(0, 0, frame.width, frame.height)


def fit_factor(frame: Frame, width: float, height: float) -> float:
    """How much larger the image becomes when it just fits into the box."""
    return min(width / frame.width, height / frame.height)


def cover_factor(frame: Frame, width: float, height: float) -> float:
    """How much larger the image becomes when it just covers the box."""
    return max(width / frame.width, height / frame.height)


def scaled(frame: Frame, factor: float) -> tuple[int, int]:
    """The whole pixels of the image made `factor` times as large."""
    return whole_pixels(frame.width * factor), whole_pixels(frame.height * factor)


def largest_box(frame: Frame, ratio: float) -> tuple[float, float]:
    """The largest box of that ratio inside the image."""
    if frame.width > frame.height * ratio:
        return frame.height * ratio, frame.height
    return frame.width, frame.width / ratio


def smallest_box(frame: Frame, ratio: float) -> tuple[float, float]:
    """The smallest box of that ratio around the image."""
    if frame.width > frame.height * ratio:
        return frame.width, frame.width / ratio
    return frame.height * ratio, frame.height


def covering_window(frame: Frame, width: int, height: int) -> tuple[float, float]:
    """The largest part of the image in the ratio of the box: what is left when the image covers it.

    When the image, scaled to cover, rounds to the very box, there is nothing to cut and the answer is all
    of it: a box that was itself rounded must not cost a sliver of the picture.
    """
    if scaled(frame, cover_factor(frame, width, height)) == (width, height):
        return frame.width, frame.height
    if width * frame.height >= height * frame.width:
        return frame.width, height * frame.width / width
    return width * frame.height / height, frame.height
