"""`c_crop`: a piece as it is, not scaled."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from transforms.actions.mode import Mode
from transforms.errors import InvalidValue
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.gravity import ANCHORS, Spot, on_pixels, position, window
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
        "c_crop,g_face,z_0.6",
        "c_crop,g_custom",
    ),
):
    """Cut out a piece of exactly this size, without scaling.

    `x` and `y` count from the corner or edge that `g` names, inward; without `g` they are the left and top
    edge of the piece. A piece placed by `x` or `y` is taken literally, and what of it lies outside the image
    is filled like the canvas of `c_pad`. Without them the piece lies where `g` says, in the centre unless
    told otherwise, and is no larger than the image. With `ar` alone it is the largest of that ratio; with
    `x` and `y` alone it is the rest of the image.

    What `g` looks for (a face, stored coordinates) comes into the middle, as far as the image reaches; `x`
    and `y` move it from there. Without any size the piece is the very box of what was found; `z` above 1
    makes it tighter, below 1 wider.
    """

    looks: ClassVar[bool] = True
    zooms: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        aim = self._aim(frame)
        width, height = self._size(frame, aim)
        if isinstance(aim, Spot) or aim not in ANCHORS:
            place = window(frame, width, height, gravity=aim, x=self.asked.x, y=self.asked.y)
            return [Resample(on_pixels(place, columns=True, rows=True), width, height, label=self.code)]
        left, top = position(frame, width, height, gravity=aim, x=self.asked.x, y=self.asked.y)
        return self._piece(frame, _Span(math.floor(left), width), _Span(math.floor(top), height))

    def notes(self, frame: Frame) -> tuple[str, ...]:
        notes = super().notes(frame)
        if not self.asked.sized:
            return notes
        width, height = self.asked.box(frame)
        size = self._size(frame, self._aim(frame))
        if size == (width, height):
            return notes
        became = f"c_crop: {width}x{height} is larger than the image and became {size[0]}x{size[1]}"
        return (*notes, became)

    def _aim(self, frame: Frame) -> str | Spot:
        """Where the piece lies: with an offset at the top left, unless `g` says otherwise."""
        if self.asked.gravity is None and (self.asked.x is not None or self.asked.y is not None):
            return "north_west"
        return self.aim(frame)

    def _size(self, frame: Frame, aim: str | Spot) -> tuple[int, int]:
        """The size of the piece: on an axis without an offset no more than the image's, else as written."""
        asked = self.asked
        if not asked.sized and isinstance(aim, Spot):
            return self._spot_size(frame, aim)
        x, y = (asked.x, asked.y) if aim in ANCHORS else (None, None)
        if not asked.sized:
            return _rest(x, frame.width), _rest(y, frame.height)
        width, height = asked.box(frame)
        return (
            width if x is not None else min(width, frame.width),
            height if y is not None else min(height, frame.height),
        )

    def _spot_size(self, frame: Frame, spot: Spot) -> tuple[int, int]:
        """All of the spot's box and no more, made tighter or wider by `z`."""
        width, height = spot.box.width / self.asked.zoom, spot.box.height / self.asked.zoom
        return min(whole_pixels(width), frame.width), min(whole_pixels(height), frame.height)

    def _piece(self, frame: Frame, across: _Span, down: _Span) -> list[Operation]:
        inner_across, inner_down = across.within(frame.width), down.within(frame.height)
        if inner_across.length <= 0 or inner_down.length <= 0:
            return self._nothing(frame, across, down)
        place = Rect(inner_across.start, inner_down.start, inner_across.length, inner_down.length)
        cut = Resample(place, inner_across.length, inner_down.length, label=self.code)
        left, top = inner_across.start - across.start, inner_down.start - down.start
        box = left, top, inner_across.length, inner_down.length
        return [cut, *self.canvas(frame, box, across.length, down.length)]

    def _nothing(self, frame: Frame, across: _Span, down: _Span) -> list[Operation]:
        """A piece that lies outside the image: all of it is what is around."""
        if self.asked.surround is not None:
            raise InvalidValue(
                f"c_crop: the piece {across.length}x{down.length} at {across.start},{down.start} "
                f"lies outside the image, which is {frame}: nothing there says what is around"
            )
        dot = Resample(Rect(0, 0, 1, 1), 1, 1, label=self.code)
        return [dot, *self.canvas(frame, (across.length, down.length, 1, 1), across.length, down.length)]


def _rest(offset: float | None, whole: int) -> int:
    """What of the image is left behind an offset."""
    return whole_pixels(whole - offset) if offset is not None and offset < whole else whole
