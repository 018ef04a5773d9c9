"""A picture in a few colours: k-means over its histogram. Worker side: this loads libvips."""

from __future__ import annotations

from collections.abc import Sequence

from pyvips import Image

Point = tuple[float, ...]
"""Red, green and blue, 0 to 255."""

_BINS = 16
_MOST_CELLS = 400
"""Of the histogram; rarer colours go where the nearest of these goes."""
_ROUNDS = 6


def in_few_colors(image: Image, count: int) -> Image:
    """`image`, 8-bit with three channels and in memory, with every pixel in the nearest of `count` colours.

    Lloyd's algorithm from colours far apart: the same picture always gets the same ones. libvips' own
    palettes hold a power of two, and its PNG fails at 8 and 32.
    """
    table = _nearest_of_all(_centres(_cells(image), count))
    red, green, blue = image.bandsplit()
    at = (red >> 3) * (1 << 11) + (green >> 2) * (1 << 5) + (blue >> 3)
    return at.cast("ushort").maplut(table).copy(interpretation="srgb").copy_memory()


def _nearest_of_all(centres: Sequence[Point]) -> Image:
    """The nearest centre of every colour of 5, 6 and 5 bits: a sixteenth of the pixels that are looked up."""
    at = Image.identity(ushort=True, size=1 << 16)
    red, green, blue = (at >> 11) * 8 + 4, ((at >> 5) & 63) * 4 + 2, (at & 31) * 8 + 4
    colors = red.bandjoin([green, blue]).cast("float").copy_memory()
    nearest = distance = None
    for centre in centres:
        flat = colors.new_from_image([round(channel) for channel in centre]).cast("uchar")
        gap = ((colors - list(centre)) ** 2).bandmean()
        if nearest is None:
            nearest, distance = flat, gap
            continue
        closer = (gap < distance).copy_memory()
        nearest = closer.ifthenelse(flat, nearest).copy_memory()
        distance = closer.ifthenelse(gap, distance).copy_memory()
    assert nearest is not None
    return nearest


def _cells(image: Image) -> list[tuple[int, Point]]:
    """How often the commonest colours occur, and the middle of the cell that each stands for."""
    counts = memoryview(image.hist_find_ndim(bins=_BINS).write_to_memory()).cast("I").tolist()
    step = 256 / _BINS

    def middle(at: int) -> Point:
        # libvips lays the cells out as blue within red within green.
        places = at // _BINS % _BINS, at // _BINS**2, at % _BINS
        return tuple((place + 0.5) * step for place in places)

    found = [(count, middle(at)) for at, count in enumerate(counts) if count]
    return sorted(found, reverse=True)[:_MOST_CELLS]


def _centres(cells: Sequence[tuple[int, Point]], count: int) -> list[Point]:
    centres = _far_apart(cells, count)
    for _ in range(_ROUNDS):
        groups: list[list[tuple[int, Point]]] = [[] for _ in centres]
        for cell in cells:
            groups[_nearest(cell[1], centres)].append(cell)
        centres = [_mean(group) for group in groups if group]
    return centres


def _far_apart(cells: Sequence[tuple[int, Point]], count: int) -> list[Point]:
    """The commonest colour, then again and again the one that most is lost of."""
    centres = [cells[0][1]]
    gaps = [_gap(point, centres[0]) for _, point in cells]
    while len(centres) < min(count, len(cells)):
        far = max(range(len(cells)), key=lambda at: gaps[at] * cells[at][0] ** 0.5)
        centres.append(cells[far][1])
        gaps = [min(gap, _gap(point, centres[-1])) for gap, (_, point) in zip(gaps, cells, strict=True)]
    return centres


def _nearest(point: Point, centres: Sequence[Point]) -> int:
    return min(range(len(centres)), key=lambda at: _gap(point, centres[at]))


def _gap(one: Point, other: Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _mean(group: Sequence[tuple[int, Point]]) -> Point:
    total = sum(count for count, _ in group)
    return tuple(sum(count * point[channel] for count, point in group) / total for channel in range(3))
