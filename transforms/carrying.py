"""A part of a picture followed through what is done to it: where it lies afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.frame import Frame
from transforms.operations import Canvas, Flip, Focus, Operation, Rect, Resample, Rotate


def carried(part: Rect, operations: Iterable[Operation], frame: Frame) -> Rect | None:
    """`part` of an image that measures `frame`, in what `operations` make of it.

    None where an operation moves pixels in a way that is not known here, or cuts all of the part away.
    """
    for operation in operations:
        found = _through(part, operation, frame)
        frame = operation.frame_after(frame)
        if found is None or not _meets(found, frame):
            return None
        part = found
    return part


def _through(part: Rect, operation: Operation, frame: Frame) -> Rect | None:
    left, top, width, height = part.left, part.top, part.width, part.height
    match operation:
        case Resample(Focus()):
            return None
        case Resample(Rect() as window, across, down):
            x, y = across / window.width, down / window.height
            return Rect((left - window.left) * x, (top - window.top) * y, width * x, height * y)
        case Canvas(x, y):
            return Rect(left + x, top + y, width, height)
        case Flip("horizontal"):
            return Rect(frame.width - left - width, top, width, height)
        case Flip():
            return Rect(left, frame.height - top - height, width, height)
        case Rotate(90):
            return Rect(frame.height - top - height, left, height, width)
        case Rotate(180):
            return Rect(frame.width - left - width, frame.height - top - height, width, height)
        case Rotate(270):
            return Rect(top, frame.width - left - width, height, width)
    after = operation.frame_after(frame)
    # An effect that keeps the size leaves every pixel near where it was.
    return part if (after.width, after.height) == (frame.width, frame.height) else None


def _meets(part: Rect, frame: Frame) -> bool:
    """Whether any of it lies in the image."""
    return (
        part.left < frame.width
        and part.top < frame.height
        and part.left + part.width > 0
        and part.top + part.height > 0
    )
