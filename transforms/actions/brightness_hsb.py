"""Brightness that keeps colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import Level
from transforms.frame import Frame
from transforms.kinds.numbers import Number

if TYPE_CHECKING:
    from pyvips import Image


class BrightnessHsb(Level, code="e_brightness_hsb", examples=("e_brightness_hsb:50", "e_brightness_hsb:-50")):
    """Make the picture brighter or darker by the B of HSB, so that hue and saturation stay.

    From -99, almost black, to 100, twice as bright; 0 changes nothing and 80 is the default. A colour gets no
    brighter than it can without turning paler.
    """

    level: float = argument(Number(-99, 100, beyond="clamp"), default=80)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import brightened_in_hsb

        return brightened_in_hsb(image, 1 + self.level / 100)
