"""Which part of an image to keep: gravities and offsets become windows.

Offsets count from the gravity inward: from the west edge to the right, from the east edge to the left, from
the centre to the right and down. `xy_center` puts the middle of the window at (x, y) of the image.
"""

from __future__ import annotations

import math

from transforms.frame import Frame
from transforms.geometry import full
from transforms.operations import Focus, Rect

ANCHORS: dict[str, tuple[float, float]] = {
    "north_west": (0, 0),
    "north": (0.5, 0),
    "north_east": (1, 0),
    "west": (0, 0.5),
    "center": (0.5, 0.5),
    "east": (1, 0.5),
    "south_west": (0, 1),
    "south": (0.5, 1),
    "south_east": (1, 1),
}
"""Where a window lies: the share of the free room that is left of it and above it."""


def _edge(room: float, share: float, along: float) -> float:
    """The distance from the left (or top) edge, with `share` of the free room before it, moved inward."""
    return room * share + (-along if share == 1 else along)


def window(
    frame: Frame, width: float, height: float, *, gravity: str, x: float | None = None, y: float | None = None
) -> Rect | Focus:
    """The window of this size that `gravity` and the offsets choose; it stays inside the image."""
    if width >= frame.width and height >= frame.height:
        return full(frame)
    if gravity == "auto":
        return Focus(width, height)
    left, top = position(frame, width, height, gravity=gravity, x=x, y=y)
    return Rect(_inside(left, frame.width - width), _inside(top, frame.height - height), width, height)


def position(
    frame: Frame, width: float, height: float, *, gravity: str, x: float | None, y: float | None
) -> tuple[float, float]:
    """Left and top edge of the window, which may lie outside the image."""
    if gravity == "xy_center":
        return _around(x, frame.width, width), _around(y, frame.height, height)
    across, down = ANCHORS.get(gravity, ANCHORS["center"])
    return _edge(frame.width - width, across, x or 0), _edge(frame.height - height, down, y or 0)


def _around(middle: float | None, length: float, window_length: float) -> float:
    return (length / 2 if middle is None else middle) - window_length / 2


def _inside(edge: float, room: float) -> float:
    return min(max(edge, 0), max(room, 0))


def on_pixels(place: Rect | Focus, *, columns: bool, rows: bool) -> Rect | Focus:
    """The window moved to whole pixels on the axes that are not scaled, so that they stay sharp."""
    if isinstance(place, Focus):
        return place
    return Rect(
        math.floor(place.left) if columns else place.left,
        math.floor(place.top) if rows else place.top,
        place.width,
        place.height,
    )
