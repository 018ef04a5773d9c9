"""Operations made fewer and cheaper, and plans of one picture made equal.

`simplify` puts operations into one canonical form:

- what changes nothing goes;
- cuts and scalings in a row become one, taken from the pixels furthest back: that is both cheaper and
  sharper. Not where a picture was made smaller and then larger again: the loss of detail may be wanted;
- turns and mirrors become at most one of each, and move behind scalings, where there are fewer pixels;
- a background moves behind them all.

None of that is done across a window that `Focus` has yet to find, other than scaling the result further, and
none across an operation not named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from transforms.asked import OPAQUE
from transforms.frame import Frame
from transforms.geometry import full
from transforms.operations import Canvas, Flatten, Flip, Focus, Operation, Rect, Resample, Rotate
from transforms.save import Save

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
        return Focus(edge(inner.width * across), edge(inner.height * down)) if outer == full(start) else None
    if isinstance(outer, Focus):
        return outer if inner == full(between) else None
    return Rect(
        edge(outer.left + inner.left * across),
        edge(outer.top + inner.top * down),
        edge(inner.width * across),
        edge(inner.height * down),
    )


def edge(length: float) -> float:
    return round(length, _EDGE_DIGITS)


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first}+{second}"


def _before_turn(resample: Resample, turn: Flip | Rotate, turned: Frame) -> Resample:
    """The resampling that gives the same picture when it comes before `turn` instead of after it."""
    window = resample.window
    assert isinstance(window, Rect)
    right = edge(turned.width - window.left - window.width)
    below = edge(turned.height - window.top - window.height)
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


def flatten_on_save(operations: tuple[Operation, ...], save: Save) -> tuple[tuple[Operation, ...], Save]:
    """A background put behind the picture last is what saving does anyway where the format has no alpha."""
    last = operations[-1] if operations else None
    if isinstance(last, Flatten) and last.fill[3] == OPAQUE and not save.alpha:
        return operations[:-1], replace(save, background=last.fill)
    return operations, save
