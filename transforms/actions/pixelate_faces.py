"""`e_pixelate_faces`: faces in large squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.faces import FaceEffect
from transforms.actions.pixelate import SQUARES, fitting
from transforms.frame import Frame
from transforms.regions import around_faces

if TYPE_CHECKING:
    from pyvips import Image

_SCALE = 1.1
_ACROSS = 8


class PixelateFaces(FaceEffect, code="e_pixelate_faces", examples=("e_pixelate_faces", "e_pixelate_faces:7")):
    """Show the faces in the picture in squares, each of its mean colour; without a face nothing happens.

    The side of a square is 1 to 200 pixels; by default eight squares fit the shorter side of a face.
    """

    square: int | None = argument(SQUARES, default=None)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.patches import repainted

        return repainted(image, around_faces(before, self.faces, _SCALE), self._in_squares)

    def _in_squares(self, patch: Image) -> Image:
        from transforms.blurring import pixelated

        return pixelated(patch, self.square or fitting(patch.width, patch.height, _ACROSS))
