"""Windows that a worker would look for while it renders, found before: `fl_getinfo` tells where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from transforms.frame import Frame, ImageInfo
from transforms.geometry import full, whole_pixels
from transforms.knowledge import Known, Loaded, Picture, Question, Unsettled
from transforms.load import Load, loaded_frame
from transforms.operations import Focus, Operation, Rect, Resample


def found(
    operations: Sequence[Operation], load: Load, original: ImageInfo, known: Known
) -> tuple[Operation, ...]:
    """The operations with every window that is to be where the eye is drawn in its place.

    Raises Unsettled while that has not been looked for.
    """
    frame, done = loaded_frame(load, original), list[Operation]()
    for operation in operations:
        if isinstance(operation, Resample) and isinstance(operation.window, Focus):
            picture = Picture(Loaded("", original, load), tuple(done), frame)
            operation = replace(operation, window=_place(operation, operation.window, picture, known))
        done.append(operation)
        frame = operation.frame_after(frame)
    return tuple(done)


def _place(operation: Resample, focus: Focus, picture: Picture, known: Known) -> Rect:
    """Looked for as `pixels.resample` does: in the picture as small as the result is."""
    frame = picture.frame
    width, height = min(focus.width, frame.width), min(focus.height, frame.height)
    across, down = min(1.0, operation.width / width), min(1.0, operation.height / height)
    small = Frame(whole_pixels(frame.width * across), whole_pixels(frame.height * down))
    if (small.width, small.height) != (frame.width, frame.height):
        shrunk = Resample(full(frame), small.width, small.height)
        picture = Picture(picture.base, (*picture.operations, shrunk), frame.sized(small.width, small.height))
    question = Question("focus", f"{width * across:g}x{height * down:g}", picture)
    rows = known.answers.get(question)
    if rows is None:
        raise Unsettled(question=question)
    left, top = (rows[0][0] / across, rows[0][1] / down) if rows else (0.0, 0.0)
    return Rect(min(left, frame.width - width), min(top, frame.height - height), width, height)
