"""The negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Negate(Effect, code="e_negate", examples=("e_negate",)):
    """Turn all colours into their opposites, as on a negative. Twice is the picture again."""

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import on_channels

        return on_channels(image, lambda color: color.invert())
