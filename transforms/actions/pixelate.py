"""`e_pixelate`: the picture in large squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image

SQUARES = Integer(1, 200, beyond="clamp")
"""Sides of a square in pixels."""

_ACROSS = 40


def fitting(width: int, height: int, squares: int) -> int:
    """The side of a square of which `squares` fit the shorter side, 2 to 200 pixels."""
    return min(max(2, round(min(width, height) / squares)), 200)


class Pixelate(Effect, code="e_pixelate", examples=("e_pixelate", "e_pixelate:20")):
    """Show the picture in squares, each of its mean colour.

    The side of a square is 1 to 200 pixels; by default forty squares fit the shorter side of the picture.
    """

    square: int | None = argument(SQUARES, default=None)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.blurring import pixelated

        return pixelated(image, self.square or fitting(before.width, before.height, _ACROSS))
