"""`e_pixelate_region`: a rectangle in large squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.pixelate import SQUARES, fitting
from transforms.actions.region import RegionEffect

if TYPE_CHECKING:
    from pyvips import Image

_ACROSS = 10
"""Fewer than for a whole picture: what is hidden in part should not be legible."""


class PixelateRegion(
    RegionEffect,
    code="e_pixelate_region",
    examples=("e_pixelate_region:20,h_120,w_200,x_40,y_60", "e_pixelate_region,g_south,h_0.2"),
):
    """Show a rectangle of the picture in squares, each of its mean colour.

    Its corner is at `x`, `y` and its size is `w` by `h`, in pixels or parts of the picture; what is not given
    reaches to the edge. A compass point as `g` places it, and `x`, `y` then move it inward; `g_face` and
    `g_faces` take the faces. What reaches over an edge is cut.

    The side of a square is 1 to 200 pixels; by default ten squares fit the shorter side of the rectangle.
    """

    square: int | None = argument(SQUARES, default=None)

    def change(self, patch: Image) -> Image:
        from transforms.blurring import pixelated

        return pixelated(patch, self.square or fitting(patch.width, patch.height, _ACROSS))
