"""`e_shadow`: a shadow beside the picture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument, beside
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

_SIGMA, _MARGIN = 4.0, 10
"""How soft the shadow is, in pixels, and how far that can be seen: at 2.4 sigmas nothing is left."""


class Shadow(Effect, code="e_shadow", examples=("e_shadow", "co_rgb:1a8502,e_shadow:60,x_-15,y_15")):
    """Put a soft shadow behind the picture.

    The strength is its opacity in percent: 0 to 100, 40 by default. It lies `x` pixels to the right and `y`
    below, each 10 by default; negative ones go to the left and up. `co` is its colour, gray by default. The
    canvas grows by as much as the shadow and its soft edge, 10 pixels, stick out, and is transparent there.
    """

    strength: int = argument(Integer(0, 100, beyond="clamp"), default=40)
    x: float = beside("x", default=10.0)
    y: float = beside("y", default=10.0)
    color: tuple[int, int, int, int] = beside("co", default=(128, 128, 128, 255))

    @property
    def shift(self) -> tuple[int, int]:
        return math.floor(self.x + 0.5), math.floor(self.y + 0.5)

    @property
    def room(self) -> tuple[int, int, int, int]:
        """By how much the canvas grows to the left, top, right and bottom."""
        x, y = self.shift
        return max(0, _MARGIN - x), max(0, _MARGIN - y), max(0, _MARGIN + x), max(0, _MARGIN + y)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.strength and self.color[3] else []

    def frame_after(self, before: Frame) -> Frame:
        left, top, right, bottom = self.room
        return replace(
            before, width=before.width + left + right, height=before.height + top + bottom, alpha=True
        )

    def describe(self, before: Frame) -> str:
        x, y = self.shift
        return f"{super().describe(before)} {x:+d}{y:+d}".strip()

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.shadows import shadowed

        return shadowed(image, self.shift, _SIGMA, self.strength / 100, self.color, self.room)
