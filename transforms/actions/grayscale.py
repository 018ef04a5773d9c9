"""Gray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Grayscale(Effect, code="e_grayscale", examples=("e_grayscale",)):
    """Take all colour out; brightness stays (the luma of Rec. 709)."""

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import grayscale

        return grayscale(image)
