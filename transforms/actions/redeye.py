"""`e_redeye`: pupils that a flash made red, dark again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.faces import FaceEffect
from transforms.frame import Frame
from transforms.regions import Box, cut

if TYPE_CHECKING:
    from pyvips import Image

_TOP, _BOTTOM = 0.15, 0.6
"""Between these parts of a face's height lie its eyes, and not its lips."""


class RedEye(FaceEffect, code="e_redeye", examples=("e_redeye",)):
    """Take the red of a flash out of the eyes; without a face nothing happens.

    What is much redder than skin in the upper half of a face gets as dark as its green and blue.
    """

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.patches import repainted
        from transforms.redeyes import without_red

        return repainted(image, self._eyes(before), without_red) if image.bands >= 3 else image

    def _eyes(self, frame: Frame) -> list[Box]:
        strips = (
            cut(frame, left, top + height * _TOP, width, height * (_BOTTOM - _TOP))
            for left, top, width, height, *_ in self.faces
        )
        return [strip for strip in strips if strip is not None]
