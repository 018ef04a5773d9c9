"""`r`: rounded corners."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.errors import printable
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Number, bound
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

Corner = tuple[float, float]
"""The radii of one corner, across and down, in pixels."""

MOST_PIXELS = 65_535

_RADIUS = Number(0, MOST_PIXELS, beyond="clamp")

_MAX = math.inf
"""`max`: half of either side."""

_ORDER = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}
"""Which of the written radii each corner takes, by how many are written: clockwise from the top left."""

EXPECTED = f"1 to 4 radii, each a number of pixels from 0 to {MOST_PIXELS} or max, joined by colons"


class Radius(
    Effect,
    code="r",
    examples=("r_20", "r_max", "c_fill,h_200,r_max,w_200", "r_40:10", "r_60:0:20:0"),
):
    """Round the corners; what is outside of them is transparent, or `b`.

    One radius is for all corners; of two the first is for top left and bottom right, the second for the other
    two; of three the second is for top right and bottom left; four go clockwise from the top left. `max` is
    half of either side: alone it makes an ellipse, or a circle of a square. Radii that together are longer
    than a side are all made smaller in proportion, as those of CSS are.
    """

    written: tuple[float, ...]
    """The radii as written, in pixels; infinity is `max`."""

    @classmethod
    def read(cls, text: str) -> Self:
        radii = text.split(":")
        if not 1 <= len(radii) <= 4:
            raise Misread(f"has {len(radii)} radii; it should be {EXPECTED}")
        return cls(written=tuple(map(_read, radii)))

    def __str__(self) -> str:
        return f"{self.code}_{self._text}"

    @property
    def _text(self) -> str:
        return ":".join("max" if radius == _MAX else bound(radius) for radius in self.written)

    def describe(self, before: Frame) -> str:
        return self._text

    def corners(self, frame: Frame) -> tuple[Corner, ...]:
        """The radii clockwise from the top left, none of which runs into the next.

        CSS Backgrounds and Borders 3, section 4.5: where the radii at the ends of a side add up to more than
        the side, all of them are multiplied by the smallest such ratio of side to sum.
        """
        half = frame.width / 2, frame.height / 2
        asked = [self.written[place] for place in _ORDER[len(self.written)]]
        left_top, right_top, right_low, left_low = (half if r == _MAX else (r, r) for r in asked)
        across = _ratios(frame.width, (left_top[0], right_top[0]), (left_low[0], right_low[0]))
        down = _ratios(frame.height, (left_top[1], left_low[1]), (right_top[1], right_low[1]))
        factor = min((1.0, *across, *down))
        return tuple((x * factor, y * factor) for x, y in (left_top, right_top, right_low, left_low))

    def operations(self, frame: Frame) -> list[Operation]:
        if not any(self.written):
            return []
        corners = tuple(self.written[place] for place in _ORDER[len(self.written)])
        shortest = next(n for n in _ORDER if tuple(corners[:n][place] for place in _ORDER[n]) == corners)
        return [replace(self, written=corners[:shortest])]

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=True)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.rounding import faded, rounded_box

        return faded(image, rounded_box(image.width, image.height, self.corners(before)))


def _read(text: str) -> float:
    if text == "max":
        return _MAX
    try:
        return _RADIUS.read(text)
    except Misread:
        raise Misread(
            f"holds {printable(text)!r}; it should be {EXPECTED}", near=text, known=("max",)
        ) from None


def _ratios(side: int, *sums: Corner) -> tuple[float, ...]:
    return tuple(side / total for total in map(sum, sums) if total)
