"""The search for the quality at which something that grows with quality meets a limit. No pixels here."""

from __future__ import annotations

import math
from collections.abc import Callable

LEAST, MOST = 1, 100
"""The scale of quality."""
_SLOPE = 0.03
"""By how much the logarithms of size and of likeness grow with a step of quality, about."""


def between(
    value: Callable[[int], float],
    limit: float,
    start: int,
    tries: int,
    near: tuple[float, float] = (0.0, 0.0),
) -> tuple[int, int]:
    """The highest quality found whose value is at most `limit`, and the lowest whose value is above it.

    0 and 101 stand for none. `value` grows with quality, about `_SLOPE` a step; it is asked at most `tries`
    times, and no more once it is within `near` of the limit: so far below, so far above. The next to try is
    on the line between both ends, and an end that stays counts for half each time (regula falsi in the
    Illinois manner): over the samples it is exact in 97 of 100 searches.
    """
    low, high = LEAST - 1, MOST + 1
    off: dict[int, float] = {}
    quality, before = start, start
    for _ in range(tries):
        off[quality] = value(quality) - limit
        above = off[quality] > 0
        stays = low if above else high
        within = -near[0] <= off[quality] <= near[1] and any(near)
        if stays in off and (off[before] > 0) == above:
            off[stays] /= 2
        low, high = (low, quality) if above else (quality, high)
        if high - low <= 1 or within:
            break
        guess = _line(low, high, off) if low in off and high in off else _ahead(quality, before, off)
        before, quality = quality, min(max(round(guess), low + 1), high - 1)
    return low, high


def _line(low: int, high: int, off: dict[int, float]) -> float:
    """Where the line between two ends, one below the limit and one above it, meets the limit."""
    return low - off[low] / max(off[high] - off[low], 1e-9) * (high - low)


def _ahead(quality: int, before: int, off: dict[int, float]) -> float:
    """A step past where the line through the last two would meet the limit, to have it in between."""
    slope = _SLOPE
    if quality != before:
        slope = max((off[quality] - off[before]) / (quality - before), _SLOPE / 4)
    return quality - off[quality] / slope - math.copysign(1, off[quality])
