"""Sepia."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Number

if TYPE_CHECKING:
    from pyvips import Image


class Sepia(Effect, code="e_sepia", examples=("e_sepia", "e_sepia:50")):
    """Tone the picture brown, as old photographs are.

    The level, from 1 to 100 and 80 by default, is how much of the original colour goes: it is the amount of
    `sepia()` in the W3C's Filter Effects, section 8.3.
    """

    level: float = argument(Number(1, 100, beyond="clamp"), default=80)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import through_matrix

        share = self.level / 100
        kept = 1 - share
        full = (0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131)
        rows = [[share * part + kept * (x == y) for x, part in enumerate(row)] for y, row in enumerate(full)]
        return through_matrix(image, rows)
