"""Hue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SIGNED, Level
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Hue(Level, code="e_hue", examples=("e_hue:40", "e_hue:-30")):
    """Turn all hues on the colour wheel; brightness and saturation (of HSB) stay.

    From -100 to 100, each half around: red becomes cyan either way. Above 0 red goes towards yellow and
    green, below it towards magenta and blue; 0 changes nothing and 80 is the default. Gray stays gray.
    """

    level: float = argument(SIGNED, default=80)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import turned

        return turned(image, self.level * 1.8)
