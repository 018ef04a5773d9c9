"""Looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.arts import ARTS
from transforms.curves import through
from transforms.frame import Frame
from transforms.kinds.numbers import Keyword

if TYPE_CHECKING:
    from pyvips import Image


class Art(Effect, code="e_art", examples=("e_art:aurora", "e_art:hokusai", "e_art:sizzle")):
    __doc__ = f"""Give the picture a look, by curves of our own.

    {"; ".join(f"`{name}` is {art.says}" for name, art in ARTS.items())}.
    """

    look: str = argument(Keyword(tuple(ARTS)))

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_tables
        from transforms.toning import in_turn, luma_weights, saturation, through_matrix

        art = ARTS[self.look]
        matrix = in_turn(saturation(luma_weights(image), art.color), art.mix)
        return through_tables(through_matrix(image, matrix), *map(through, (art.red, art.green, art.blue)))
