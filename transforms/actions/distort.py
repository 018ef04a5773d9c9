"""`e_distort`: corners moved anywhere, or the whole bent along an arc."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.arcs import Arc
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Integer, Number
from transforms.operations import Operation
from transforms.quads import Point, box, is_convex

if TYPE_CHECKING:
    from pyvips import Image

_COORDINATE = Integer(-32_767, 32_767, beyond="clamp")
_DEGREES = Number(-360, 360, beyond="clamp")
_EIGHT = 8


class Distort(
    Effect, code="e_distort", examples=("e_distort:40:25:280:60:260:155:35:165", "e_distort:arc:120")
):
    """Move the corners of the picture, or bend it along an arc.

    `e_distort:x1:y1:x2:y2:x3:y3:x4:y4` says in pixels where the top left, top right, bottom right and bottom
    left corner go; the picture is drawn in perspective between them, and what comes out is the box around
    them. They may lie outside the picture, and may mirror it, but have to span a quadrilateral without a
    dent: others are refused.

    `e_distort:arc:degrees` bends the picture along an arc of -360 to 360 degrees, its upper edge outwards; a
    negative one bends the lower edge outwards. The line through the middle keeps its length, unless the
    circle would be smaller than the picture is high. 0 changes nothing. Around the picture there is nothing.
    """

    corners: tuple[int, ...] = ()
    """x and y of each corner, or nothing for an arc."""
    degrees: float = 0.0

    @classmethod
    def read(cls, text: str) -> Self:
        words = text.split(":")
        if words[0] == "arc":
            if len(words) != 2:
                raise Misread("is not e_distort:arc: and its degrees, as in e_distort:arc:120")
            return cls(degrees=_DEGREES.read(words[1]))
        if len(words) != _EIGHT:
            raise Misread(
                "is not eight coordinates (of the top left, top right, bottom right and bottom left corner), "
                "or arc: and degrees"
            )
        found = cls(corners=tuple(map(_COORDINATE.read, words)))
        if not is_convex(found.points):
            raise Misread("spans no quadrilateral without a dent: no two of its sides may cross or align")
        return found

    def __str__(self) -> str:
        if self.corners:
            return ":".join((self.code, *map(str, self.corners)))
        return f"{self.code}:arc:{_DEGREES.write(self.degrees)}"

    @property
    def points(self) -> list[Point]:
        return list(zip(map(float, self.corners[::2]), map(float, self.corners[1::2]), strict=True))

    def operations(self, frame: Frame) -> list[Operation]:
        w, h = frame.width, frame.height
        return [self] if self.degrees or self.corners not in ((), (0, 0, w, 0, w, h, 0, h)) else []

    def frame_after(self, before: Frame) -> Frame:
        if self.corners:
            _, _, width, height = box(self.points)
        else:
            width, height = Arc(before.width, before.height, abs(self.degrees)).size
        return replace(before, width=width, height=height, alpha=True)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.warps import bent, stretched

        return stretched(image, self.points) if self.corners else bent(image, self.degrees)
