"""Pictures of pages for another background. Worker side: this works on libvips images."""

from __future__ import annotations

from collections.abc import Callable

from pyvips import Image

from transforms.bands import WHITE, apart, in_color, numbers, on_colors, rounded
from transforms.recoloring import channels, clamped, from_lab, lab, nearness, to_lab
from transforms.values import Color

_BINS = 16
_WIDTH = 256 // _BINS
"""Levels of a channel that count as one colour when the commonest is looked for."""
_COUNTED = 1_000_000
"""Pixels that are enough to tell the commonest colour."""
_GRAY_LIGHTNESS = 50
_BELONGS_WITHIN = 30.0
"""The distance in CIE Lab up to which what is near the background takes on its new hue."""
_SAME_WITHIN = 4.0
"""The same for what is background still, in spite of JPEG."""
_FINE = 100
"""Steps of a table of lightness for each unit of it."""
_SMOOTH = 40
"""In a photograph neighbours differ, but by less than this; in a drawing they are equal, or an edge."""
_CELLS = 48
"""Photographs are looked for on a grid of so many cells along the longer side."""
_THIN = 2
"""Cells on either side that have to be alike, for letters to be none; and holes no larger are filled."""
_FADE = 0.15
"""How gently what is a photograph passes into what is none."""


def commonest(image: Image) -> tuple[float, ...]:
    """The commonest colour: the mean of the fullest of 16 bins a channel, 0 to 255; of a large picture every
    so many pixels are counted."""
    apart_by = int(max(1.0, (image.width * image.height / _COUNTED) ** 0.5))
    color, alpha = apart(image.subsample(apart_by, apart_by))
    bins = (color / _WIDTH).floor().recomb([[_BINS * _BINS, _BINS, 1]]).cast("ushort")
    seen = bins if alpha is None else (alpha > WHITE // 2).ifthenelse(bins, _BINS**3)
    inside = seen == _fullest(seen)
    share = inside.avg()
    return tuple((band & inside).avg() / share * WHITE for band in color.bandsplit())


def _fullest(bins: Image) -> int:
    """The bin with the most in it; where nothing is seen, that of what is not."""
    counts = bins.hist_find()
    most = counts.crop(0, 0, min(counts.width, _BINS**3), 1).maxpos()
    return int(most[1]) if most[0] else _BINS**3


def themed(image: Image, background: tuple[float, ...], theme: Color, sensitivity: float) -> Image:
    """`background` (channels of 0 to 255) turned into the theme's colour, and the rest to match.

    `sensitivity`, from 0 to 1, says how readily parts are taken for photographs, which stay.
    """
    image = in_color(image)
    before, after = lab(background), lab(channels(image, theme))
    curve = _lightness(before[0], after[0])
    table = numbers([curve(step / _FINE) for step in range(100 * _FINE + 1)])
    shift = [0.0, *(b - a for a, b in zip(before[1:], after[1:], strict=True))]

    def paint(color: Image) -> Image:
        seen = to_lab(color)
        light = clamped(seen.extract_band(0) * _FINE, 0, 100 * _FINE).cast("ushort").maplut(table)
        moved = light.bandjoin(seen.extract_band(1, n=2)) + nearness(seen, before, _BELONGS_WITHIN) * shift
        changed = from_lab(moved)
        if sensitivity == 0:
            return changed
        photographs = _photographs(color, nearness(seen, before, _SAME_WITHIN), sensitivity)
        return rounded(photographs * WHITE).ifthenelse(color, rounded(changed), blend=True)

    return on_colors(image, paint)


def _lightness(before: float, after: float) -> Callable[[float], float]:
    """Lightness, 0 to 100, as a line with a knee: `before` becomes `after`, black and white stay ends.

    Which end is which is turned around where one of the two is light and the other dark. A line is nowhere
    steeper than lightness itself, or the noise around a white background would be seen.
    """
    around = (before > _GRAY_LIGHTNESS) != (after > _GRAY_LIGHTNESS)
    at_black, at_white = (100.0, 0.0) if around else (0.0, 100.0)
    below = _bounded((after - at_black) / max(before, 1.0))
    above = _bounded((at_white - after) / max(100 - before, 1.0))
    return lambda light: after + (light - before) * (below if light < before else above)


def _bounded(slope: float) -> float:
    return min(max(slope, -1.0), 1.0)


def _photographs(color: Image, background: Image, sensitivity: float) -> Image:
    """From 0, drawn, to 1, photographed, by how many pixels differ a little from their neighbours.

    What is background (1, else 0) is no photograph: it shows between two of them.
    """
    gray = color.recomb([[1 / 3, 1 / 3, 1 / 3]])
    beside = gray.embed(1, 0, color.width + 1, color.height, extend="copy")
    step = (gray - beside.crop(0, 0, color.width, color.height)).abs()
    little = ((step > 0) & (step < _SMOOTH)) / float(WHITE)
    cell = max(2, max(color.width, color.height) // _CELLS)
    across, down = min(cell, color.width), min(cell, color.height)
    # Drawn once: for every tile of the large picture libvips would draw all that lies below it again.
    cells = [_padded(part.shrink(across, down, ceil=True).copy_memory()) for part in (little, background)]
    share = (_filled(_opened(cells[0])) * (1 - cells[1])).copy_memory()
    grown = share.resize(across, vscale=down, kernel="linear")
    edge = 2 * _THIN
    share = grown.crop(edge * across, edge * down, color.width, color.height)
    return clamped((share - (1 - sensitivity)) / _FADE + 0.5, 0, 1)


def _padded(cells: Image) -> Image:
    edge = 2 * _THIN
    return cells.embed(edge, edge, cells.width + 2 * edge, cells.height + 2 * edge, extend="copy")


def _opened(cells: Image) -> Image:
    """Nothing left of what is thin."""
    return _most(_least(cells))


def _filled(cells: Image) -> Image:
    """No thin gaps left."""
    return _least(_most(cells))


def _least(cells: Image) -> Image:
    return cells.rank(2 * _THIN + 1, 2 * _THIN + 1, 0)


def _most(cells: Image) -> Image:
    side = 2 * _THIN + 1
    return cells.rank(side, side, side * side - 1)
