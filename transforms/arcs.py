"""A picture bent along a circle: how large it becomes. No libvips here: the planner measures with it.

The line through the picture's middle keeps its length, as long as the circle stays larger than half the
picture's height; after that the lower edge is one point and the rest is stretched. The upper edge bends
outwards, as in ImageMagick's manual on the Arc distortion, whose results these follow in kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_ALMOST = 1e-6


@dataclass(frozen=True, slots=True)
class Arc:
    """A picture of `width` by `height` bent around `degrees`, which are above 0 and up to 360."""

    width: int
    height: int
    degrees: float

    @property
    def angle(self) -> float:
        return math.radians(self.degrees)

    @property
    def outer(self) -> float:
        """The radius of the upper edge."""
        return max(self.width / self.angle, self.height / 2) + self.height / 2

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in whole pixels, of the box around the bent picture, whose top is `outer` above
        the circle's middle."""
        half, outer = self.angle / 2, self.outer
        across = outer * math.sin(min(half, math.pi / 2))
        lowest = outer if math.cos(half) < 0 else outer - self.height
        return _held(2 * across), _held(outer - lowest * math.cos(half))


def _held(length: float) -> int:
    return max(1, math.ceil(length - _ALMOST))
