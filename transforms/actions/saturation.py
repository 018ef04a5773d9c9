"""Saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SIGNED, Level
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Saturation(Level, code="e_saturation", examples=("e_saturation:50", "e_saturation:-70")):
    """Make colours stronger or weaker.

    From -100, gray, to 100, twice as far from gray; 0 changes nothing and 80 is the default.
    """

    level: float = argument(SIGNED, default=80)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import saturated

        return saturated(image, 1 + self.level / 100)
