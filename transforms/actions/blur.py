"""`e_blur`: the whole picture out of focus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, Room, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image

SIGMA = 50
"""So much strength is one pixel of sigma."""
REACH = 2.5
"""After so many sigmas nothing is left of an edge that anyone would see."""


class Blur(Effect, code="e_blur", examples=("e_blur", "e_blur:800")):
    """Blur the picture.

    The strength is 1 to 2000, 100 by default: fifty of it are one pixel of sigma, the width of a Gaussian
    bell, in the picture as it is at that point. 100 takes the edge off, 2000 leaves a thumbnail only its
    colours. To blur alike at any size, scale first. A text layer grows by as far as its letters run.
    """

    strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

    def bleed(self, before: Frame, *, text: bool) -> Room:
        room = math.ceil(self.strength / SIGMA * REACH) if text else 0
        return room, room, room, room

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.blurring import gaussian

        return gaussian(image, self.strength / SIGMA)
