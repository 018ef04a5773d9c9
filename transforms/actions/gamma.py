"""Gamma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import Level
from transforms.curves import power
from transforms.frame import Frame
from transforms.kinds.numbers import Number

if TYPE_CHECKING:
    from pyvips import Image


class Gamma(Level, code="e_gamma", examples=("e_gamma:50", "e_gamma:-30")):
    """Make the middle tones brighter or darker; black and white stay.

    From -50, a gamma of 0.5, to 150, one of 2.5; 0, the default, is 1 and changes nothing.
    """

    level: float = argument(Number(-50, 150, beyond="clamp"), default=0)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_table

        return through_table(image, power(1 / (1 + self.level / 100)))
