"""`e_outline`: a line around the shape of the picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

from transforms.actions.blur import REACH, SIGMA
from transforms.actions.effect import Effect, Room, argument, beside
from transforms.frame import Frame
from transforms.kinds.numbers import Integer, Keyword, normal_number
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

_RIM = 2
"""Pixels that the edge of every outline is smooth over."""
_MODES = ("outer", "fill", "inner", "inner_fill")


class Outline(
    Effect,
    code="e_outline",
    examples=("co_orange,e_outline:15", "co_orange,e_outline:fill:15", "co_white,e_outline:inner:8:100"),
):
    """Draw a line around what is not transparent.

    `outer`, the default, draws it outside the edge, as far as the canvas reaches: pad first where there is no
    room. `fill` draws all that this line encloses behind the picture, holes and half transparent parts
    included. `inner` draws it inside the edge, over the picture, and `inner_fill` also what lies behind the
    picture within its edge. The edge of a picture without transparency is its border: nothing is outside it.

    After the mode follow the width, 1 to 100 pixels and 5 by default, and the blur, 0 to 2000 as in `e_blur`
    and 0 by default. The colour is `co`, black by default. The size of the picture stays; a layer grows by
    the line and its blur to each side, for `outer` and `fill`.
    """

    mode: str = argument(Keyword(_MODES), default="outer")
    width: int = argument(Integer(1, 100, beyond="clamp"), default=5)
    blur: int = argument(Integer(0, 2000, beyond="clamp"), default=0)
    color: tuple[int, int, int, int] = beside("co", default=(0, 0, 0, 255))

    @classmethod
    def read(cls, text: str) -> Self:
        first = text.partition(":")[0]
        # The mode may be left out; a word that is none of them is told which there are.
        return super().read(text if normal_number(first) is None else f"outer:{text}")

    def __str__(self) -> str:
        return super().__str__().replace(f"{self.code}:outer", self.code, 1)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if frame.alpha or self.mode in ("inner", "inner_fill") else []

    def bleed(self, before: Frame, *, text: bool) -> Room:
        if self.mode in ("inner", "inner_fill"):
            return super().bleed(before, text=text)
        room = self.width + math.ceil(self.blur / SIGMA * REACH) + _RIM
        return room, room, room, room

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.outlines import outlined

        return outlined(image, self.mode, self.width, self.blur / SIGMA, self.color)
