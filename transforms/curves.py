"""Curves of tone: from 0 (black) .. 1 (white) to a number that is held between 0 and 1 when it is used."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import exp, log

Curve = Callable[[float], float]


def unchanged(value: float) -> float:
    """What comes in."""
    return value


def scaled(factor: float) -> Curve:
    """Brighter or darker by a factor: `brightness()` of the W3C's Filter Effects, section 8.4."""
    return lambda value: value * factor


def straight(slope: float) -> Curve:
    """More or less contrast around the middle: `contrast()` of the W3C's Filter Effects, section 8.5."""
    return lambda value: (value - 0.5) * slope + 0.5


def pulled(share: float) -> Curve:
    """Towards white by a share from 0 to 1; a negative one pulls towards black."""
    return lambda value: value + share * ((1 - value) if share > 0 else value)


def power(exponent: float) -> Curve:
    """Below 1 brightens the middle, above 1 darkens it; black and white stay."""
    return lambda value: max(value, 0.0) ** exponent


def sigmoid(strength: float) -> Curve:
    """An S through black, the middle and white; a negative strength flattens the middle as much.

    Braun and Fairchild, "Image lightness rescaling using sigmoidal contrast enhancement functions", 1999,
    with the logistic function and its inverse.
    """
    if strength == 0:
        return unchanged
    steep = abs(strength)

    def logistic(value: float) -> float:
        return 1 / (1 + exp(steep * (0.5 - value)))

    least, most = logistic(0), logistic(1)
    if strength > 0:
        return lambda value: (logistic(value) - least) / (most - least)
    return lambda value: 0.5 - log(1 / (least + value * (most - least)) - 1) / steep


def stretched(black: float, white: float) -> Curve:
    """What was `black` becomes 0, what was `white` 1."""
    return lambda value: (value - black) / (white - black)


def faded(curve: Curve, share: float) -> Curve:
    """The curve, and so much less than the whole of its effect."""
    return lambda value: value + share * (held(curve(value)) - value)


def in_turn(first: Curve, second: Curve) -> Curve:
    """One curve, then another."""
    return lambda value: second(held(first(value)))


def held(value: float) -> float:
    """The value, between 0 and 1."""
    return min(max(value, 0.0), 1.0)


def through(heights: Sequence[float]) -> Curve:
    """A smooth curve through heights at even distances from 0 to 1, which never overshoots them.

    Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.
    """
    last = len(heights) - 1
    places = [place / last for place in range(last + 1)]
    slopes = [(heights[i + 1] - heights[i]) * last for i in range(last)]
    tangents = [slopes[0], *map(_between, slopes, slopes[1:]), slopes[-1]]

    def curve(value: float) -> float:
        i = min(max(bisect_right(places, value) - 1, 0), last - 1)
        t = (value - places[i]) * last
        rise = heights[i + 1] - heights[i]
        start, end = tangents[i] / last, tangents[i + 1] / last
        bend = start + end - 2 * rise
        return heights[i] + t * (start + t * ((rise - start - bend) + t * bend))

    return curve


def _between(before: float, behind: float) -> float:
    """The tangent where two slopes meet: their harmonic mean; level where they part."""
    return 0.0 if before * behind <= 0 else 2 * before * behind / (before + behind)
