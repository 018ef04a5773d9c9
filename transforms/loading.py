"""The decoder does the first part of a scaling, where it can.

A JPEG is shrunk by 2, 4 or 8 as long as at least a factor of two is left to the resampling, which is better
at it; so is a WebP, by any factor. A drawing (SVG) is rendered at exactly the size that is needed, larger or
smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from transforms.frame import Frame, ImageInfo
from transforms.geometry import whole_pixels
from transforms.limits import Limits, check_raster, raster_bound
from transforms.load import DRAWINGS, Load, loaded_frame
from transforms.operations import Focus, Operation, Rect, Resample
from transforms.rewrites import edge
from transforms.scans import SCANS, Scans

_SHRINKS = ((16, 8), (8, 4), (4, 2))
"""From this ratio of window to result on, shrink by that."""

_LEFT_TO_RESAMPLING = 2.0

_SCANS: tuple[tuple[float, Scans], ...] = ((6, "few"), (4, "first"))
"""From this ratio on those scans of a progressive JPEG show what all of them show."""

_SCALE_DIGITS = 9


def load_small(
    load: Load,
    operations: tuple[Operation, ...],
    original: ImageInfo,
    limits: Limits,
    *,
    drop_scans: bool = False,
) -> tuple[Load, tuple[Operation, ...]]:
    """Have the decoder begin the scaling that `operations` begin with; see the first lines of this file.

    Raises OriginalTooLarge for a drawing that would have to be rendered too large.
    """
    first = operations[0] if operations else None
    small = _smaller(load, first, original, limits) if isinstance(first, Resample) else load
    if drop_scans and isinstance(first, Resample) and original.scans == SCANS:
        ratio = _ratio(first)
        small = replace(small, scans=next((scans for least, scans in _SCANS if ratio >= least), "all"))
    if original.format in DRAWINGS:
        check_raster(loaded_frame(small, original), original, limits)
    if small == load or not isinstance(first, Resample):
        return load, operations
    before, after = loaded_frame(load, original), loaded_frame(small, original)
    return small, (replace(first, window=_in_loaded(first.window, before, after, small)), *operations[1:])


def _smaller(load: Load, resample: Resample, original: ImageInfo, limits: Limits) -> Load:
    if load.format in DRAWINGS:
        return _scaled(load, min(_needed(resample), _largest_raster(load, raster_bound(original, limits))))
    ratio = _ratio(resample)
    if load.format == "jpg":
        return _shrunk(load, next((shrink for least, shrink in _SHRINKS if ratio >= least), 1))
    if load.format == "webp" and not original.animated and ratio >= 2 * _LEFT_TO_RESAMPLING:
        return _scaled(load, _LEFT_TO_RESAMPLING * _needed(resample))
    return load


def _ratio(resample: Resample) -> float:
    """How many pixels of the original become one."""
    window, width, height = resample.window, resample.width, resample.height
    # A side that was rounded up must not cost a shrink: 4000x3000 to 250x187.5 is a factor of 16.
    return min(window.width / (width - 0.5), window.height / (height - 0.5))


def _needed(resample: Resample) -> float:
    """The factor at which nothing has to be enlarged; the smaller of two that round to the same."""
    window, width, height = resample.window, resample.width, resample.height
    least, most = sorted((width / window.width, height / window.height))
    rounded = whole_pixels(window.width * least), whole_pixels(window.height * least)
    return least if rounded == (width, height) else most


def _shrunk(load: Load, shrink: int) -> Load:
    # libvips drops the last column or row when it is not whole.
    width, height = max(1, load.width // shrink), max(1, load.height // shrink)
    return replace(load, shrink=shrink, width=width, height=height)


def _scaled(load: Load, scale: float) -> Load:
    scale = round(scale, _SCALE_DIGITS)
    # The WebP loader rounds half to even, as `round` does; the SVG loader half up.
    whole = round if load.format == "webp" else whole_pixels
    width, height = max(1, whole(load.width * scale)), max(1, whole(load.height * scale))
    return replace(load, scale=round(load.scale * scale, _SCALE_DIGITS), width=width, height=height)


def _largest_raster(load: Load, bound: int) -> float:
    """The factor at which a drawing reaches the limit of its raster, with both sides whole pixels."""
    most = math.sqrt(bound / (load.width * load.height))
    across, down = (max(1, math.floor(side * most)) / side for side in (load.width, load.height))
    return min(across, down)


def _in_loaded(window: Rect | Focus, before: Frame, after: Frame, load: Load) -> Rect | Focus:
    """`window` of the original, in the pixels of the original as it is loaded."""
    across = 1 / load.shrink if load.shrink > 1 else after.width / before.width
    down = 1 / load.shrink if load.shrink > 1 else after.height / before.height
    if isinstance(window, Focus):
        return Focus(min(window.width * across, after.width), min(window.height * down, after.height))
    left, width = _span(window.left, window.width, across, before.width, after.width)
    top, height = _span(window.top, window.height, down, before.height, after.height)
    return Rect(left, top, width, height)


def _span(start: float, length: float, factor: float, before: int, after: int) -> tuple[float, float]:
    """Start and length on one axis; what reached the far edge still does, and nothing reaches past it."""
    end = after if start + length >= before else min((start + length) * factor, after)
    start = min(start * factor, max(0, end - factor))
    return edge(start), edge(end - start)


def raster_note(load: Load, operations: Sequence[Operation]) -> tuple[str, ...]:
    """What to tell of a drawing that could not be rendered as large as it is looked at."""
    first = operations[0] if operations else None
    if load.format not in DRAWINGS or not isinstance(first, Resample):
        return ()
    if first.width - first.window.width < 1 and first.height - first.window.height < 1:
        return ()
    return (f"the drawing is rendered at {load.width}x{load.height} at the most, and enlarged from there",)
