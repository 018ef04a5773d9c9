"""The blue channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SIGNED, Level
from transforms.curves import pulled, unchanged
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Blue(Level, code="e_blue", examples=("e_blue:50", "e_blue:-50")):
    """Add blue light or take it away.

    From -100, none at all, to 100, full blue everywhere; 0, the default, changes nothing.
    """

    level: float = argument(SIGNED, default=0)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_tables

        return through_tables(image, unchanged, unchanged, pulled(self.level / 100))
