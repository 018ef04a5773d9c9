"""`e_ordered_dither`: only full and empty channels, in a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image


class OrderedDither(Effect, code="e_ordered_dither", examples=("e_ordered_dither", "e_ordered_dither:9")):
    """Leave each channel only none and full, and make the tones between of a pattern.

    The pattern is 0 to 18, 0 by default: 0 is a plain threshold, 1 a checkerboard; 2 to 5 are spread squares
    of 2, 3, 4 and 8 pixels; 6 to 8 halftone dots at an angle, of 4, 6 and 8 pixels; 9 to 12 upright halftone
    dots of 4, 6, 8 and 16 pixels; 13 to 18 circles of 5 pixels in black and in white, of 6 and of 7 alike.
    """

    pattern: int = argument(Integer(0, 18, beyond="clamp"), default=0)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.dither import dithered

        return dithered(image, self.pattern)
