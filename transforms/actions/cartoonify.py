"""`e_cartoonify`: flat colours and ink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image

_LEVEL = Integer(0, 100, beyond="clamp")
_LINE = 50


class Cartoonify(
    Effect, code="e_cartoonify", examples=("e_cartoonify", "e_cartoonify:20:60", "e_cartoonify:70:bw")
):
    """Draw the picture as a cartoon: flat colours, with ink along the edges.

    The first number says how strong the lines are, 0 to 100, 50 by default; 0 draws none. The second one says
    how much the colours are reduced, 0 to 100; by itself it suits most pictures. `bw` leaves ink on white.
    """

    line: int = _LINE
    reduction: int | None = None
    black_and_white: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        words = text.split(":") if text else []
        line = _LEVEL.read(words.pop(0)) if words and words[0] != "bw" else _LINE
        if not words:
            return cls(line)
        if len(words) > 1:
            raise Misread("has more than the line strength and the reduction of colours")
        if words[0] == "bw":
            return cls(line, black_and_white=True)
        return cls(line, reduction=_LEVEL.read(words[0]))

    def __str__(self) -> str:
        words = [self.code]
        further = "bw" if self.black_and_white else self.reduction
        if self.line != _LINE or (further is not None and further != "bw"):
            words.append(str(self.line))
        if further is not None:
            words.append(str(further))
        return ":".join(words)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.cartoon import drawn

        reduction = None if self.reduction is None else self.reduction / 100
        return drawn(image, self.line / 100, reduction, colored=not self.black_and_white)
