"""Quadrilaterals in the plane: where the corners of a picture go, and which pixel comes from where.

Corners are in the order top left, top right, bottom right, bottom left. Coordinates count the edges between
pixels: the corners of an untouched picture are (0, 0), (width, 0), (width, height) and (0, height). No
libvips here: the planner measures with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from transforms.geometry import whole_pixels

Point = tuple[float, float]

Matrix = tuple[float, ...]
"""A projective map, row by row, nine numbers: x' = (a x + b y + c) / (g x + h y + i), y' alike."""

_ALMOST = 1e-9


def box(corners: Sequence[Point]) -> tuple[float, float, int, int]:
    """Left and top edge, and width and height in whole pixels, of what holds all the corners."""
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    right, bottom = max(x for x, _ in corners), max(y for _, y in corners)
    # Sines and tangents leave a trace behind the point: 30.0000000004 is 30 pixels.
    return left, top, whole_pixels(right - left - _ALMOST), whole_pixels(bottom - top - _ALMOST)


def is_convex(corners: Sequence[Point]) -> bool:
    """Whether the outline turns one way at every corner, and nowhere goes straight on."""
    turns = [_turn(corners[place - 2], corners[place - 1], corners[place]) for place in range(len(corners))]
    return all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)


def _turn(before: Point, at: Point, after: Point) -> float:
    return (at[0] - before[0]) * (after[1] - at[1]) - (at[1] - before[1]) * (after[0] - at[0])


def sides(corners: Sequence[Point]) -> tuple[float, float]:
    """The longer of the upper and the lower side, and the longer of the left and the right one."""
    upper_left, upper_right, lower_right, lower_left = corners
    across = max(math.dist(upper_left, upper_right), math.dist(lower_left, lower_right))
    down = max(math.dist(upper_left, lower_left), math.dist(upper_right, lower_right))
    return across, down


def back_to(width: float, height: float, corners: Sequence[Point]) -> Matrix:
    """The map from points of a convex quadrilateral to those of the picture that was stretched over it.

    The square mapped onto the quadrilateral as in Heckbert, "Fundamentals of Texture Mapping and Image
    Warping" (1989), section 2.2.3, then inverted and scaled. Its denominator is positive inside.
    """
    a, b, c, d, e, f, g, h, i = _inverse(_from_square(corners))
    matrix = (a * width, b * width, c * width, d * height, e * height, f * height, g, h, i)
    middle = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    return matrix if g * middle[0] + h * middle[1] + i > 0 else tuple(-number for number in matrix)


def _from_square(corners: Sequence[Point]) -> Matrix:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    right, lower, across = (x1 - x2, y1 - y2), (x3 - x2, y3 - y2), (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3)
    area = right[0] * lower[1] - lower[0] * right[1]
    g = (across[0] * lower[1] - lower[0] * across[1]) / area
    h = (right[0] * across[1] - across[0] * right[1]) / area
    return (x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1.0)


def _inverse(matrix: Matrix) -> Matrix:
    """Up to a factor, which a projective map does not have: the adjugate."""
    a, b, c, d, e, f, g, h, i = matrix
    return (
        *(e * i - f * h, c * h - b * i, b * f - c * e),
        *(f * g - d * i, a * i - c * g, c * d - a * f),
        *(d * h - e * g, b * g - a * h, a * e - b * d),
    )
