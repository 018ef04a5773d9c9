"""`c_crop`: a piece as it is, not scaled."""

from __future__ import annotations

import math
from typing import NamedTuple

from transforms.actions.mode import Mode
from transforms.errors import InvalidValue
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.gravity import on_pixels, position, window
from transforms.operations import Operation, Rect, Resample


class _Span(NamedTuple):
    """A window on one axis."""

    start: int
    length: int

    def within(self, whole: int) -> _Span:
        start, end = max(self.start, 0), min(self.start + self.length, whole)
        return _Span(start, end - start)


class Crop(
    Mode,
    code="c_crop",
    examples=(
        "c_crop,h_200,w_300",
        "c_crop,g_south_east,h_200,w_300",
        "c_crop,h_200,w_300,x_10,y_20",
        "ar_1,c_crop",
    ),
):
    """Cut out a piece of exactly this size, without scaling.

    `x` and `y` count from the corner or edge that `g` names, inward; without `g` they are the left and top
    edge of the piece. A piece placed by `x` or `y` is taken literally, and what of it lies outside the image
    is filled like the canvas of `c_pad`. Without them the piece lies where `g` says, in the centre unless
    told otherwise, and is no larger than the image. With `ar` alone it is the largest of that ratio; with
    `x` and `y` alone it is the rest of the image.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self._size(frame)
        gravity = self._gravity
        if gravity in ("auto", "xy_center"):
            place = window(frame, width, height, gravity=gravity, x=self.asked.x, y=self.asked.y)
            return [Resample(on_pixels(place, columns=True, rows=True), width, height, label=self.code)]
        left, top = position(frame, width, height, gravity=gravity, x=self.asked.x, y=self.asked.y)
        return self._piece(frame, _Span(math.floor(left), width), _Span(math.floor(top), height))

    def notes(self, frame: Frame) -> tuple[str, ...]:
        width, height = self.asked.box(frame) if self.asked.sized else (frame.width, frame.height)
        size = self._size(frame)
        if size == (width, height) or not self.asked.sized:
            return ()
        return (f"c_crop: {width}x{height} is larger than the image and became {size[0]}x{size[1]}",)

    @property
    def _gravity(self) -> str:
        placed = self.asked.x is not None or self.asked.y is not None
        return self.asked.gravity or ("north_west" if placed else "center")

    def _size(self, frame: Frame) -> tuple[int, int]:
        """The size of the piece: on an axis without an offset no more than the image's, else as written."""
        if not self.asked.sized:
            return self._rest(self.asked.x, frame.width), self._rest(self.asked.y, frame.height)
        width, height = self.asked.box(frame)
        literal = self._gravity not in ("auto", "xy_center")
        return (
            width if literal and self.asked.x is not None else min(width, frame.width),
            height if literal and self.asked.y is not None else min(height, frame.height),
        )

    def _rest(self, offset: float | None, whole: int) -> int:
        literal = self._gravity not in ("auto", "xy_center")
        return whole_pixels(whole - offset) if literal and offset is not None and offset < whole else whole

    def _piece(self, frame: Frame, across: _Span, down: _Span) -> list[Operation]:
        inner_across, inner_down = across.within(frame.width), down.within(frame.height)
        if inner_across.length <= 0 or inner_down.length <= 0:
            raise InvalidValue(
                f"c_crop: the piece {across.length}x{down.length} at {across.start},{down.start} "
                f"lies outside the image, which is {frame}"
            )
        place = Rect(inner_across.start, inner_down.start, inner_across.length, inner_down.length)
        cut = Resample(place, inner_across.length, inner_down.length, label=self.code)
        left, top = inner_across.start - across.start, inner_down.start - down.start
        box = left, top, inner_across.length, inner_down.length
        return [cut, *self.canvas(frame, box, across.length, down.length)]
