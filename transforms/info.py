"""What `fl_getinfo` answers: a picture before and after, the part of it that was kept, and where faces are.

`input` and `output` are Cloudinary's. For the places its documentation names no fields: those are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any, Protocol

from transforms.actions.base import Rows
from transforms.frame import Frame, ImageInfo
from transforms.geometry import full
from transforms.knowledge import Loaded, Picture, Question
from transforms.load import loaded_frame
from transforms.operations import Rect, Resample
from transforms.plan import RenderPlan
from transforms.rendition import Notes

_SIDEWAYS = 5
"""EXIF orientations from here on swap width and height."""
_OF_FACES = 1.0
"""What the fifth number of an answer of `attention` is, where its box is that of a face."""


class Made(Protocol):
    """A picture that was made, whoever keeps it."""

    @property
    def body(self) -> Sized: ...
    @property
    def format(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def notes(self) -> Notes: ...


def info(
    original: ImageInfo, size: int, made: Made, plan: RenderPlan | None, answers: Mapping[Question, Rows]
) -> dict[str, Any]:
    """The facts, as JSON has them. `size` is that of the original in bytes; without a plan it was left as it
    is. Places are in pixels of the original, upright where the result is."""
    told: dict[str, Any] = {
        "input": _sides(original, size) | {"format": original.format, "pages": original.pages},
        "output": _sides(made, len(made.body)) | {"format": made.format, "pages": made.pages},
    }
    if made.notes:
        told["output"]["quality"] = dict(made.notes)
    if plan is None:
        return told
    whole = _upright(original, plan)
    if (kept := _kept(plan, whole)) is not None:
        told["crop"] = _box(kept)
    places = seen(answers, whole)
    return told | {name: [_box(box) for box in boxes] for name, boxes in places.items()}


def _sides(measured: ImageInfo | Made, size: int) -> dict[str, Any]:
    return {"width": measured.width, "height": measured.height, "bytes": size}


def _upright(original: ImageInfo, plan: RenderPlan) -> Frame:
    """The whole original, upright where the result is."""
    lying = not plan.load.upright and original.orientation >= _SIDEWAYS
    sides = (original.height, original.width) if lying else (original.width, original.height)
    return Frame(*sides)


def _kept(plan: RenderPlan, whole: Frame) -> Rect | None:
    """The window that is cut out of the original first of all; None where none is."""
    first = next(iter(plan.operations), None)
    start = loaded_frame(plan.load, plan.original)
    if not isinstance(first, Resample) or not isinstance(first.window, Rect) or first.window == full(start):
        return None
    return _enlarged(first.window, start, whole)


def seen(answers: Mapping[Question, Rows], whole: Frame) -> dict[str, list[Rect]]:
    """The faces and the subject, as far as they were looked for in the original itself, in pixels of the
    whole of it."""
    found: dict[str, list[Rect]] = {}
    for question, rows in answers.items():
        if question.kind not in ("faces", "attention") or not _is_original(question.picture):
            continue
        assert question.picture is not None
        for name, box in _boxes(question.kind, rows):
            found.setdefault(name, []).append(_enlarged(box, question.picture.frame, whole))
    return {name: list(dict.fromkeys(boxes)) for name, boxes in found.items()}


def _boxes(kind: str, rows: Rows) -> Iterator[tuple[str, Rect]]:
    for row in rows:
        yield "faces" if kind == "faces" or row[4] == _OF_FACES else "subject", Rect(*row[:4])


def _is_original(picture: Picture | None) -> bool:
    """Whether it is the original, at whatever size."""
    if picture is None or not isinstance(picture.base, Loaded) or picture.base.content_hash:
        return False
    frame = loaded_frame(picture.base.load, picture.base.original)
    for operation in picture.operations:
        if not isinstance(operation, Resample) or operation.window != full(frame):
            return False
        frame = operation.frame_after(frame)
    return True


def _enlarged(box: Rect, frame: Frame, whole: Frame) -> Rect:
    across, down = whole.width / frame.width, whole.height / frame.height
    return Rect(box.left * across, box.top * down, box.width * across, box.height * down)


def _box(box: Rect) -> dict[str, int]:
    left, top = round(box.left), round(box.top)
    return {
        "x": left,
        "y": top,
        "width": max(1, round(box.left + box.width) - left),
        "height": max(1, round(box.top + box.height) - top),
    }
