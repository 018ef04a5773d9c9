"""`e_shear`: the picture slanted."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Number
from transforms.operations import Operation
from transforms.quads import Point, box

if TYPE_CHECKING:
    from pyvips import Image

_DEGREES = Number(-360, 360, beyond="clamp")

_STEEPEST = 1000.0
"""Pixels to the side for each pixel on the way: nearer to a right angle no picture is left."""


class Shear(Effect, code="e_shear", examples=("e_shear:20", "e_shear:-15:10")):
    """Slant the picture by degrees, first sideways and then up and down.

    `e_shear:x:y`: a positive `x` slants the upright edges so that what is further down goes to the right, a
    positive `y` slants the level ones so that what is further right goes down; negative ones slant the other
    way. Each is -360 to 360, 0 by default, and no right angle. What comes out is the box around the slanted
    picture, with nothing in its corners.
    """

    x: float = argument(_DEGREES, default=0.0)
    y: float = argument(_DEGREES, default=0.0)

    @classmethod
    def read(cls, text: str) -> Self:
        found = super().read(text)
        for degrees in (found.x, found.y):
            if abs(math.tan(math.radians(degrees))) > _STEEPEST:
                raise Misread(f"slants by {degrees:g} degrees: a right angle leaves nothing of the picture")
        return found

    @property
    def matrix(self) -> tuple[float, float, float, float]:
        """x' = a x + b y, y' = c x + d y: the sideways slant, and the other one after it."""
        across, down = math.tan(math.radians(self.x)), math.tan(math.radians(self.y))
        return 1.0, across, down, 1 + across * down

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.x % 180 or self.y % 180 else []

    def frame_after(self, before: Frame) -> Frame:
        _, _, width, height = box(self._corners(before))
        return replace(before, width=width, height=height, alpha=True)

    def _corners(self, frame: Frame) -> list[Point]:
        a, b, c, d = self.matrix
        width, height = frame.width, frame.height
        return [(a * x + b * y, c * x + d * y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))]

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.warps import sheared

        return sheared(image, self.matrix, self._corners(before))
