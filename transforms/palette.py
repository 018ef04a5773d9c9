"""The colours that stand for a picture: k-means over its colours in CIE Lab. Worker side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pyvips import Image

_SIDE = 64
_MOST = 6
_ROUNDS = 12
_SAME = 12.0
"""Two colours nearer than this in Lab are told as one."""
_LEAST_SHARE = 0.005
_OPAQUE = 128

Point = tuple[float, ...]
"""Lightness, green to red and blue to yellow, in CIE Lab."""


def palette(image: Image) -> list[dict[str, str | float]]:
    """Up to six colours of an sRGB picture and their shares of it, the largest first.

    What is more see-through than not does not count; of a picture that is nothing else there are none.
    """
    small = image.thumbnail_image(_SIDE, height=_SIDE, size="down")
    counts = _counts(small)
    if not counts:
        return []
    points = _in_lab(list(counts))
    groups = _grouped(points, list(counts.values()))
    total = sum(counts.values())
    told = [(sum(weight for _, weight in group), _middle(group)) for group in groups]
    told.sort(reverse=True)
    nearest = _colors_nearest([middle for _, middle in told], points, list(counts))
    return [
        {"color": f"#{bytes(color).hex()}", "share": round(weight / total, 4)}
        for (weight, _), color in zip(told, nearest, strict=True)
        if weight / total >= _LEAST_SHARE
    ]


def _counts(image: Image) -> dict[tuple[int, int, int], int]:
    """How often each colour stands in the picture, in steps of eight; each step by its own mean."""
    bands = image.bands
    data = bytes((image if bands == 4 else image.addalpha()).cast("uchar").write_to_memory())
    sums: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for red, green, blue, alpha in zip(data[::4], data[1::4], data[2::4], data[3::4], strict=True):
        if alpha >= _OPAQUE:
            cell = sums[red >> 3, green >> 3, blue >> 3]
            cell[0] += red
            cell[1] += green
            cell[2] += blue
            cell[3] += 1
    means: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for red, green, blue, count in sums.values():
        means[_rounded(red, count), _rounded(green, count), _rounded(blue, count)] += count
    return means


def _rounded(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _in_lab(colors: Sequence[tuple[int, int, int]]) -> list[Point]:
    row = Image.new_from_memory(bytes(v for color in colors for v in color), len(colors), 1, 3, "uchar")
    data = row.copy(interpretation="srgb").colourspace("lab").cast("float")
    flat = memoryview(bytes(data.write_to_memory())).cast("f").tolist()
    return [tuple(flat[at : at + 3]) for at in range(0, len(flat), 3)]


def _grouped(points: Sequence[Point], weights: Sequence[int]) -> list[list[tuple[Point, int]]]:
    """Lloyd's k-means from centres far from each other; the same picture always gives the same groups."""
    centres = _far_apart(points, weights)
    groups: list[list[tuple[Point, int]]] = []
    for _ in range(_ROUNDS):
        groups = [[] for _ in centres]
        for point, weight in zip(points, weights, strict=True):
            groups[min(range(len(centres)), key=lambda n: _distance(point, centres[n]))].append(
                (point, weight)
            )
        groups = [group for group in groups if group]
        moved = _apart([_middle(group) for group in groups])
        if moved == centres:
            break
        centres = moved
    return groups


def _far_apart(points: Sequence[Point], weights: Sequence[int]) -> list[Point]:
    """The commonest colour, then again and again the one that most of the picture is furthest from."""
    centres = [points[max(range(len(points)), key=weights.__getitem__)]]
    while len(centres) < _MOST:
        gaps = [min(_distance(point, centre) for centre in centres) for point in points]
        best = max(range(len(points)), key=lambda n: gaps[n] * weights[n] ** 0.5)
        if gaps[best] < _SAME**2:
            break
        centres.append(points[best])
    return centres


def _apart(centres: Sequence[Point]) -> list[Point]:
    """Without those that are hardly another colour than one before."""
    kept: list[Point] = []
    for centre in centres:
        if all(_distance(centre, other) >= _SAME**2 for other in kept):
            kept.append(centre)
    return kept


def _middle(group: Sequence[tuple[Point, int]]) -> Point:
    total = sum(weight for _, weight in group)
    return tuple(sum(point[axis] * weight for point, weight in group) / total for axis in range(3))


def _colors_nearest(
    middles: Sequence[Point], points: Sequence[Point], colors: Sequence[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """Colours that are in the picture, each nearest to one of the middles."""
    return [colors[min(range(len(points)), key=lambda n: _distance(points[n], middle))] for middle in middles]


def _nearest(point: Point, others: Sequence[Point]) -> int:
    return min(range(len(others)), key=lambda number: _distance(point, others[number]))


def _distance(one: Point, other: Point) -> float:
    """Squared (CIE 1976)."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
