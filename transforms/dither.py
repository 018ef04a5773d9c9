"""Ordered dithering: each pixel against a threshold that repeats over the picture.

A pattern is a tile of ranks; rank r of n means that the pixel is full from a tone of (r + 1/2) / n on. Spread
patterns are Bayer's (B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures",
1973). Dots are ranked by a spot function, as halftone screens are: whatever is nearer to the middle of a dot
is inked earlier. Worker side: this loads libvips.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from pyvips import Image

from transforms.bands import WHITE

Tile = tuple[tuple[float, ...], ...]
"""Rows of ranks, or of anything that can be ranked."""

Spot = Callable[[float, float], float]

_SPREAD_THREE: Tile = ((2, 6, 3), (5, 0, 8), (7, 1, 4))
"""Nine dots, each as far as may be from those just before it."""


def dithered(image: Image, pattern: int) -> Image:
    """`image` with every channel of colour empty or full. Its alpha stays."""
    last = image.bands - 1 if image.hasalpha() else image.bands
    colors = image.extract_band(0, n=last)
    full = (colors > _thresholds(pattern, image.width, image.height)).copy(
        interpretation=image.interpretation
    )
    return full.bandjoin(image.extract_band(last)) if image.hasalpha() else full


def _thresholds(pattern: int, width: int, height: int) -> Image:
    ranks = PATTERNS[pattern]()
    count = max(map(max, ranks)) + 1
    levels = bytes(math.floor((rank + 0.5) / count * WHITE) for row in ranks for rank in row)
    tile = Image.new_from_memory(levels, len(ranks[0]), len(ranks), 1, "uchar")
    across, down = -(-width // tile.width), -(-height // tile.height)
    return tile.replicate(across, down).crop(0, 0, width, height)


@cache
def spread(side: int) -> Tile:
    """Bayer's matrix of a power of two: each quarter is the one before, four times as fine."""
    if side == 1:
        return ((0.0,),)
    half = spread(side // 2)
    quarters = ((0, 2), (3, 1))
    within = range(side)
    return tuple(
        tuple(4 * half[y % (side // 2)][x % (side // 2)] + _quarter(quarters, x, y, side) for x in within)
        for y in within
    )


def _quarter(quarters: tuple[tuple[int, int], ...], x: int, y: int, side: int) -> int:
    return quarters[2 * y // side][2 * x // side]


def _ranked(side: int, spot: Spot) -> Tile:
    """The ranks of a spot function over a square tile; those alike are ranked around the middle."""
    places = [(x, y) for y in range(side) for x in range(side)]
    middle = (side - 1) / 2

    def key(place: tuple[int, int]) -> tuple[float, float]:
        across, down = place[0] - middle, place[1] - middle
        value = spot(across / side, down / side)
        return round(value, 9), math.atan2(down, across)

    ranks = {place: rank for rank, place in enumerate(sorted(places, key=key))}
    return tuple(tuple(float(ranks[x, y]) for x in range(side)) for y in range(side))


@cache
def upright(side: int) -> Tile:
    """A screen of dots in rows: white grows from the middle of the tile."""
    return _ranked(side, lambda x, y: -(math.cos(2 * math.pi * x) + math.cos(2 * math.pi * y)))


@cache
def angled(side: int) -> Tile:
    """A screen of dots at 45 degrees: two white ones and two black ones a tile."""
    return _ranked(side, lambda x, y: -math.cos(2 * math.pi * x) * math.cos(2 * math.pi * y))


@cache
def circles(side: int, *, black: bool) -> Tile:
    """One dot a tile that grows as a circle: black on white, or white on black."""
    sign = -1 if black else 1
    return _ranked(side, lambda x, y: sign * math.hypot(x, y))


PATTERNS: tuple[Callable[[], Tile], ...] = (
    lambda: ((0.0,),),
    lambda: ((0.0, 1.0), (1.0, 0.0)),
    lambda: spread(2),
    lambda: _SPREAD_THREE,
    lambda: spread(4),
    lambda: spread(8),
    lambda: angled(4),
    lambda: angled(6),
    lambda: angled(8),
    lambda: upright(4),
    lambda: upright(6),
    lambda: upright(8),
    lambda: upright(16),
    lambda: circles(5, black=True),
    lambda: circles(5, black=False),
    lambda: circles(6, black=True),
    lambda: circles(6, black=False),
    lambda: circles(7, black=True),
    lambda: circles(7, black=False),
)
"""By the number in the URL."""
