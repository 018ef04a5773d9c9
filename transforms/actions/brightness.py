"""Brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import Level
from transforms.curves import scaled
from transforms.frame import Frame
from transforms.kinds.numbers import Number

if TYPE_CHECKING:
    from pyvips import Image


class Brightness(Level, code="e_brightness", examples=("e_brightness:30", "e_brightness:-40")):
    """Make the picture brighter or darker.

    From -99, almost black, to 100, twice as bright; 0 changes nothing and 80 is the default. All channels
    grow alike, so what is bright already turns white; `e_brightness_hsb` keeps its colour.
    """

    level: float = argument(Number(-99, 100, beyond="clamp"), default=80)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_table

        return through_table(image, scaled(1 + self.level / 100))
