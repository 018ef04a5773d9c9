"""What counts of tones say, and what to do about it: the arithmetic of automatic corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import log, sqrt

from transforms.curves import Curve, held, in_turn, power, stretched

Counts = Sequence[float]
"""How much there is of each of 256 levels."""

_TOP = 255
_OUTLIERS = 0.005
"""The part of a picture that may be cut off at either end."""
_LEAST_RANGE = 0.25
"""What spans less is stretched no further than to four times: beyond that noise is all there is to see."""
_CLEAR_OF_ENDS = 0.02
_STEEPEST_GAMMA = 2.5
_MILD_GAMMA = 1.6
_HALVINGS = 12


@dataclass(frozen=True, slots=True)
class Correction:
    """A curve of tone for one channel: a stretch from black to white, then a power."""

    black: float = 0.0
    white: float = 1.0
    exponent: float = 1.0

    def curve(self) -> Curve:
        return in_turn(stretched(self.black, self.white), power(self.exponent))


Corrections = tuple[Correction, Correction, Correction]
"""Of red, green and blue."""


def ends(counts: Counts) -> tuple[float, float]:
    """The levels, 0 to 1, between which nearly everything is; 0 and 1 when there is nothing or one tone."""
    total = sum(counts)
    running = list(accumulate(counts))
    black = _first_above(running, total * _OUTLIERS)
    white = _first_above(running, total * (1 - _OUTLIERS), or_equal=True)
    if total == 0 or black == white:
        return 0.0, 1.0
    return _widened(black / _TOP, white / _TOP)


def _first_above(running: Sequence[float], limit: float, *, or_equal: bool = False) -> int:
    return next((i for i, sum_ in enumerate(running) if sum_ > limit or (or_equal and sum_ >= limit)), _TOP)


def _widened(black: float, white: float) -> tuple[float, float]:
    missing = max(0.0, _LEAST_RANGE - (white - black))
    black = max(0.0, black - missing / 2)
    return black, max(white, min(1.0, black + _LEAST_RANGE)) if missing else white


def gamma_to(target: float, found: float, *, at_most: float = _STEEPEST_GAMMA) -> float:
    """The exponent that moves the level `found` to `target`, both 0 to 1, within bounds."""
    found = min(max(found, _CLEAR_OF_ENDS), 1 - _CLEAR_OF_ENDS)
    return min(max(log(target) / log(found), 1 / at_most), at_most)


def gamma_for(target: float, counts: Counts, *, at_most: float = _STEEPEST_GAMMA) -> float:
    """The exponent after which `target` is the mean level, within bounds: halved in until it is near."""
    dark, bright = at_most, 1 / at_most
    for _ in range(_HALVINGS):
        exponent = sqrt(dark * bright)
        if mean_after(counts, power(exponent)) > target:
            bright = exponent
        else:
            dark = exponent
    return sqrt(dark * bright)


def mean_after(counts: Counts, curve: Curve) -> float:
    """The mean level, 0 to 1, after a curve; the middle when there is nothing."""
    total = sum(counts)
    weighed = sum(held(curve(level / _TOP)) * count for level, count in enumerate(counts))
    return weighed / total if total else 0.5


def equalizing(counts: Counts) -> tuple[float, ...]:
    """A table from 256 levels to 0..1 that leaves about as many pixels at every level.

    A level goes to the middle of its own part of the whole; nothing at all keeps its place.
    """
    total = sum(counts)
    if total == 0:
        return tuple(level / _TOP for level in range(_TOP + 1))
    running = accumulate(counts)
    return tuple((sum_ - count / 2) / total for sum_, count in zip(running, counts, strict=True))


def balance(red: Counts, green: Counts, blue: Counts, *, share: float = 1.0) -> Corrections:
    """Every channel from black to white, and their means drawn half the way to one.

    Half, for a meadow is green by right. With a `share` below 1 the channels differ only so much of what they
    would: the rest is done to all alike.
    """
    found = [ends(counts) for counts in (red, green, blue)]
    black, white = min(black for black, _ in found), max(white for _, white in found)
    stretches = [
        Correction(black + (own_black - black) * share, white + (own_white - white) * share)
        for own_black, own_white in found
    ]
    means = [
        mean_after(counts, one.curve()) for counts, one in zip((red, green, blue), stretches, strict=True)
    ]
    target = min(max(sum(means) / 3, _CLEAR_OF_ENDS), 1 - _CLEAR_OF_ENDS)
    exponents = [gamma_to(target, own, at_most=_MILD_GAMMA) ** (share / 2) for own in means]
    first, second, third = (
        replace(one, exponent=exponent) for one, exponent in zip(stretches, exponents, strict=True)
    )
    return first, second, third
