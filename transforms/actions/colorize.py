"""One colour over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument, beside
from transforms.actions.level import SHARE, Level
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Colorize(Level, code="e_colorize", examples=("e_colorize:40", "co_red,e_colorize:30")):
    """Lay a colour over the picture, gray or that of `co_` beside it.

    The strength is the part in per cent that the colour covers: from 0, nothing, to 100, the default, all.
    """

    level: float = argument(SHARE, default=100)
    color: tuple[int, int, int, int] = beside("co", default=(128, 128, 128, 255))

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import colorized

        return colorized(image, self.color, self.level / 100 * self.color[3] / 255)
