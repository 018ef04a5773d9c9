"""Black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.actions.level import SHARE
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class BlackWhite(Effect, code="e_blackwhite", examples=("e_blackwhite", "e_blackwhite:30")):
    """Make every pixel black or white, by its brightness.

    The threshold is the balance between them: at 0 all is white, at 100 all is black, and at 50, the default,
    what is darker than the middle is black.
    """

    threshold: float = argument(SHARE, default=50)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import LEVELS
        from transforms.toning import thresholded

        return thresholded(image, self.threshold / 100 * LEVELS)
