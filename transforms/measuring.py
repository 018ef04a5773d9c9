"""What a picture's tones are like: counts by level and by hue. Worker side: this works on libvips images.

Every pixel counts as much as it is opaque: what nobody sees decides nothing.
"""

from __future__ import annotations

from array import array

from pyvips import Image

from transforms.bands import LEVELS, apart
from transforms.histograms import Counts
from transforms.toning import HUES, chroma, hues, luma

_MEASURED_PIXELS = 1_000_000
"""A large picture is measured on every second pixel, or fourth, as long as so many remain."""
_NEIGHBOURS = 8
"""Hues on either side of the most prominent one that belong to it, of 256."""
_COLORFUL = 4.0
"""Below this mean chroma, of 255, a picture has no prominent colour."""


def counts(image: Image) -> tuple[Counts, Counts, Counts, Counts]:
    """How often every level of red, green, blue and luma is there."""
    color, alpha = apart(_sampled(image))
    measured = color.bandjoin(luma(color))
    if alpha is None:
        red, green, blue, gray = _columns(measured.hist_find())
        return red, green, blue, gray
    red, green, blue, gray = (
        _columns(alpha.hist_find_indexed(band, combine="sum"))[0] for band in measured.bandsplit()
    )
    return red, green, blue, gray


def luma_counts(image: Image) -> Counts:
    """How often every level of luma is there."""
    return counts(image)[3]


def prominent(image: Image) -> tuple[float, float, float] | None:
    """The mean of the hue that adds up to the most colour, 0 to 255 a channel; None where all is gray."""
    color, alpha = apart(_sampled(image))
    weight = chroma(color) if alpha is None else chroma(color) * alpha / 255
    if weight.avg() < _COLORFUL:
        return None
    weighed = (color * weight).bandjoin(weight)
    sums = _columns(weighed.hist_find_indexed(_binned(hues(color)), combine="sum"))
    peak = max(range(LEVELS), key=lambda hue: _around(sums[3], hue))
    red, green, blue, total = (_around(band, peak) for band in sums)
    return red / total, green / total, blue / total


def _around(band: Counts, hue: int) -> float:
    return sum(band[(hue + step) % LEVELS] for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1))


def _binned(hue: Image) -> Image:
    """A hue as one of 256."""
    return (hue * (LEVELS / HUES)).cast("uchar")


def _sampled(image: Image) -> Image:
    step = max(1, int((image.width * image.height / _MEASURED_PIXELS) ** 0.5))
    step = min(step, image.width, image.height)
    return image if step == 1 else image.subsample(step, step)


def _columns(table: Image) -> tuple[Counts, ...]:
    """The bands of a table one row high, each filled up to 256 values."""
    values = array("d", bytes(table.cast("double").write_to_memory()))
    columns = [list(values[band :: table.bands]) for band in range(table.bands)]
    return tuple(column + [0.0] * (LEVELS - len(column)) for column in columns)
