"""Operations made fewer and cheaper, and plans of one picture made equal.

`simplify` puts operations into one canonical form:

- what changes nothing goes;
- cuts and scalings in a row become one, taken from the pixels furthest back: that is both cheaper and
  sharper. Not where a picture was made smaller and then larger again: the loss of detail may be wanted;
- turns and mirrors become at most one of each, and move behind scalings, where there are fewer pixels;
- a background moves behind them all.

None of that is done across a window that `Focus` has yet to find, other than scaling the result further, and
none across an operation not named here.

`load_small` has the decoder do the first part of a scaling. A JPEG is shrunk by 2, 4 or 8 as long as at least
a factor of two is left to the resampling, which is better at it; so is a WebP, by any factor. A drawing (SVG)
is rendered at exactly the size that is needed, larger or smaller.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from transforms.asked import OPAQUE
from transforms.frame import Frame, ImageInfo
from transforms.geometry import full, whole_pixels
from transforms.limits import Limits, check_raster, raster_bound
from transforms.load import DRAWINGS, Load, loaded_frame
from transforms.operations import Canvas, Flatten, Flip, Focus, Operation, Rect, Resample, Rotate
from transforms.save import Save
from transforms.scans import SCANS, Scans

_SHRINKS = ((16, 8), (8, 4), (4, 2))
"""From this ratio of window to result on, shrink by that."""

_LEFT_TO_RESAMPLING = 2.0

_SCANS: tuple[tuple[float, Scans], ...] = ((6, "few"), (4, "first"))
"""From this ratio on those scans of a progressive JPEG show what all of them show."""

_SCALE_DIGITS = 9

_EDGE_DIGITS = 6
"""Windows that went through arithmetic are rounded to a millionth of a pixel: equal ones must be equal."""

_SLIVER = 0.001
"""Windows are not merged to less of a pixel than this: rounding would leave nothing of them."""


def simplify(operations: Iterable[Operation], frame: Frame) -> tuple[Operation, ...]:
    """The same picture in canonical form, starting from `frame`."""
    done: list[Operation] = []
    for operation in operations:
        _append(done, operation, frame)
    return tuple(done)


def frames_through(operations: Sequence[Operation], frame: Frame) -> list[Frame]:
    """The frame that each operation leaves behind."""
    frames = []
    for operation in operations:
        frame = operation.frame_after(frame)
        frames.append(frame)
    return frames


def _append(done: list[Operation], operation: Operation, start: Frame) -> None:
    frames = [start, *frames_through(done, start)]
    if _changes_nothing(operation, frames[-1]):
        return
    last = done[-1] if done else None
    match last, operation:
        case Resample(), Resample() if merged := _merged(last, operation, frames[-2], frames[-1]):
            done.pop()
            _append(done, merged, start)
        case Flip() | Rotate(), Resample(window=Rect()):
            done.pop()
            _append(done, _before_turn(operation, last, frames[-1]), start)
            _append(done, last, start)
        case Flatten(), Rotate() | Flip() | Resample(window=Rect()):
            done.pop()
            _append(done, operation, start)
            _append(done, last, start)
        case Flip() | Rotate(), Flip() | Rotate():
            _append_turn(done, operation)
        case _:
            done.append(operation)


def _changes_nothing(operation: Operation, before: Frame) -> bool:
    match operation:
        case Resample(window, width, height):
            return window == full(before) and (width, height) == (before.width, before.height)
        case Canvas(left, top, width, height):
            return (left, top, width, height) == (0, 0, before.width, before.height)
        case Rotate(degrees):
            return degrees % 360 == 0
        case Flatten(fill):
            return not before.alpha or fill[3] == 0
    return False


def _merged(first: Resample, second: Resample, start: Frame, between: Frame) -> Resample | None:
    """Both in one, or None when that would be another picture."""
    if _loses_detail(first.window.width, first.width, second.width / second.window.width):
        return None
    if _loses_detail(first.window.height, first.height, second.height / second.window.height):
        return None
    window = _window_through(first, second.window, start, between)
    if window is None:
        return None
    return Resample(window, second.width, second.height, label=_both(first.label, second.label))


def _loses_detail(window: float, result: int, next_factor: float) -> bool:
    """True when the first step shrinks and the next one enlarges."""
    return result < window and next_factor > 1


def _window_through(
    first: Resample, inner: Rect | Focus, start: Frame, between: Frame
) -> Rect | Focus | None:
    """`inner`, a window in what `first` leaves behind, in the pixels that `first` starts from."""
    outer = first.window
    across, down = outer.width / first.width, outer.height / first.height
    if min(inner.width * across, inner.height * down) < _SLIVER:
        return None
    if isinstance(inner, Focus):
        return (
            Focus(_edge(inner.width * across), _edge(inner.height * down)) if outer == full(start) else None
        )
    if isinstance(outer, Focus):
        return outer if inner == full(between) else None
    return Rect(
        _edge(outer.left + inner.left * across),
        _edge(outer.top + inner.top * down),
        _edge(inner.width * across),
        _edge(inner.height * down),
    )


def _edge(length: float) -> float:
    return round(length, _EDGE_DIGITS)


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first}+{second}"


def _before_turn(resample: Resample, turn: Flip | Rotate, turned: Frame) -> Resample:
    """The resampling that gives the same picture when it comes before `turn` instead of after it."""
    window = resample.window
    assert isinstance(window, Rect)
    right = _edge(turned.width - window.left - window.width)
    below = _edge(turned.height - window.top - window.height)
    match turn:
        case Flip("horizontal"):
            return replace(resample, window=replace(window, left=right))
        case Flip():
            return replace(resample, window=replace(window, top=below))
        case Rotate(180):
            return replace(resample, window=replace(window, left=right, top=below))
    left, top = (window.top, right) if turn.degrees == 90 else (below, window.left)
    return replace(
        resample,
        window=Rect(left, top, window.height, window.width),
        width=resample.height,
        height=resample.width,
    )


def _append_turn(done: list[Operation], turn: Flip | Rotate) -> None:
    """Replace the turns at the end of `done`, and `turn`, by one rotation and one mirror at the most.

    Every combination is a number of quarter turns clockwise, then perhaps a mirror left to right.
    """
    turns = [turn]
    while done and isinstance(last := done[-1], (Flip, Rotate)):
        turns.insert(0, last)
        done.pop()
    quarters, mirrored, label = 0, False, ""
    for item in turns:
        if isinstance(item, Rotate):
            # A turn after a mirror is the opposite turn before it.
            quarters += (-1 if mirrored else 1) * (item.degrees // 90)
        else:
            quarters += 2 if item.direction == "vertical" else 0
            mirrored = not mirrored
        label = _both(label, item.label) if label else item.label
    done.extend(_turns(quarters % 4, mirrored, label))


def _turns(quarters: int, mirrored: bool, label: str) -> list[Operation]:
    if mirrored and quarters == 2:
        return [Flip("vertical", label=label)]
    turns: list[Operation] = [Rotate(quarters * 90, label=label)] if quarters else []
    return [*turns, Flip("horizontal", label=label)] if mirrored else turns


def load_small(
    load: Load,
    operations: tuple[Operation, ...],
    original: ImageInfo,
    limits: Limits,
    *,
    drop_scans: bool = False,
) -> tuple[Load, tuple[Operation, ...]]:
    """Have the decoder begin the scaling that `operations` begin with; see the module's first lines.

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
    return _edge(start), _edge(end - start)


def raster_note(load: Load, operations: Sequence[Operation]) -> tuple[str, ...]:
    """What to tell of a drawing that could not be rendered as large as it is looked at."""
    first = operations[0] if operations else None
    if load.format not in DRAWINGS or not isinstance(first, Resample):
        return ()
    if first.width - first.window.width < 1 and first.height - first.window.height < 1:
        return ()
    return (f"the drawing is rendered at {load.width}x{load.height} at the most, and enlarged from there",)


def flatten_on_save(operations: tuple[Operation, ...], save: Save) -> tuple[tuple[Operation, ...], Save]:
    """A background put behind the picture last is what saving does anyway where the format has no alpha."""
    last = operations[-1] if operations else None
    if isinstance(last, Flatten) and last.fill[3] == OPAQUE and not save.alpha:
        return operations[:-1], replace(save, background=last.fill)
    return operations, save
