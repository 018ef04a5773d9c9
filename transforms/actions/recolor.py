"""A matrix of colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Number

if TYPE_CHECKING:
    from pyvips import Image


_FACTOR = Number(-1000, 1000)
_SIDES = {9: 3, 16: 4}


class Recolor(
    Effect,
    code="e_recolor",
    examples=("e_recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1",),
):
    """Mix the channels anew, by a matrix written row by row.

    Nine numbers say for red, green and blue of the result how much of the original's red, green and blue is
    in it. Sixteen say it for red, green, blue and alpha; a picture without alpha counts as opaque and stays
    so.
    """

    factors: tuple[float, ...]

    @classmethod
    def read(cls, text: str) -> Recolor:
        written = text.split(":") if text else []
        if len(written) not in _SIDES:
            raise Misread("is not complete: e_recolor needs 9 or 16 numbers, a matrix row by row")
        return cls(factors=tuple(map(_FACTOR.read, written)))

    def __str__(self) -> str:
        return ":".join((self.code, *map(_FACTOR.write, self.factors)))

    @property
    def rows(self) -> list[tuple[float, ...]]:
        side = _SIDES[len(self.factors)]
        return [self.factors[start : start + side] for start in range(0, side * side, side)]

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import multiplied, through_matrix

        return through_matrix(image, self.rows) if len(self.rows) == 3 else multiplied(image, self.rows)
