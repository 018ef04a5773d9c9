"""`e_blur_faces`: nobody to be recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blur import SIGMA
from transforms.actions.effect import argument
from transforms.actions.faces import FaceEffect
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.regions import around_faces

if TYPE_CHECKING:
    from pyvips import Image

_SCALE = 1.4
"""The ellipse has to hold the corners of the box but for hair and ears, and its outer fifth fades."""
_OF_A_FACE = 1500
"""So much strength is a sigma as wide as the ellipse: with 100 the eyes of a face run into each other."""


class BlurFaces(FaceEffect, code="e_blur_faces", examples=("e_blur_faces", "e_blur_faces:800")):
    """Blur the faces in the picture, each in an ellipse with a soft edge; without a face nothing happens.

    The strength is 1 to 2000, 100 by default. It blurs at least as `e_blur` does, and large faces more: by a
    fifteen hundredth of their width for each, so that they cannot be recognised in a large picture either.
    """

    strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.patches import softly_repainted

        return softly_repainted(image, around_faces(before, self.faces, _SCALE), self._blurred)

    def _blurred(self, patch: Image) -> Image:
        from transforms.blurring import gaussian

        return gaussian(patch, max(self.strength / SIGMA, patch.width * self.strength / _OF_A_FACE))
