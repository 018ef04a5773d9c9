"""Regions of an image that an effect is confined to: where they lie, in whole pixels. No libvips here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.actions.base import Rows
from transforms.frame import Frame


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels inside an image; never empty."""

    left: int
    top: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.left}+{self.top}"


def cut(frame: Frame, left: float, top: float, width: float, height: float) -> Box | None:
    """What of a rectangle lies inside the image, edges on the nearest pixel; None where nothing does."""
    first, last = _within(left, left + width, frame.width)
    upper, lower = _within(top, top + height, frame.height)
    if first >= last or upper >= lower:
        return None
    return Box(first, upper, last - first, lower - upper)


def around_faces(frame: Frame, faces: Rows, scale: float) -> Iterator[Box]:
    """A box about each face, `scale` times as wide and high as what was found, cut to the image."""
    for left, top, width, height, *_ in faces:
        margin, rise = width * (scale - 1) / 2, height * (scale - 1) / 2
        box = cut(frame, left - margin, top - rise, width * scale, height * scale)
        if box is not None:
            yield box


def _within(start: float, end: float, length: int) -> tuple[int, int]:
    return min(max(0, round(start)), length), min(max(0, round(end)), length)
