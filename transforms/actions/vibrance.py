"""Vibrance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SIGNED, Level
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Vibrance(Level, code="e_vibrance", examples=("e_vibrance:60", "e_vibrance:-60")):
    """Make weak colours stronger, and strong ones hardly; or weaker, below 0.

    From -100 to 100; 0 changes nothing and 20 is the default.
    """

    level: float = argument(SIGNED, default=20)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import vibrant

        return vibrant(image, self.level / 100)
