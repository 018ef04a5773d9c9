"""The red channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SIGNED, Level
from transforms.curves import pulled, unchanged
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Red(Level, code="e_red", examples=("e_red:50", "e_red:-50")):
    """Add red light or take it away.

    From -100, none at all, to 100, full red everywhere; 0, the default, changes nothing.
    """

    level: float = argument(SIGNED, default=0)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_tables

        return through_tables(image, pulled(self.level / 100), unchanged, unchanged)
