"""Which part of an image to keep: gravities and offsets become windows.

Offsets count from the gravity inward: from the west edge to the right, from the east edge to the left, from
the centre to the right and down. `xy_center` puts the middle of the window at (x, y) of the image.

A gravity is a chain: what is looked for, one after the other, and a place where it ends when nothing was
found. `Chain` is that chain; a `Spot` is what was found. A window around a spot has it in its middle, as far
as the image reaches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from transforms.frame import Frame
from transforms.geometry import full
from transforms.kinds.gravities import FACES, STYLES, weighed
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

AROUND_FACE = 2.0
"""How many times as long as the box of a face is what belongs to it: the hair, the chin and some air. Boxes
of detectors are tight."""

_EYES = (0.1, 0.28, 0.8, 0.26)
"""Where the eyes are in the box of a face: left, top, width and height as shares of it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the image that is to be kept, and how many times as long what belongs to it is."""

    box: Rect
    name: str
    """What it is, as a gravity is written: `face`, `custom`, `auto`."""
    around: float = 1.0

    @property
    def middle(self) -> tuple[float, float]:
        return self.box.left + self.box.width / 2, self.box.top + self.box.height / 2


@dataclass(frozen=True, slots=True)
class Chain:
    """What a gravity looks for, in order, and where it ends.

    `sought` holds `face`, `faces`, `eyes` and `custom`; `end` is a place of the compass, `xy_center` or
    `auto`; `missing` are the words that nothing here looks for.
    """

    sought: tuple[str, ...]
    end: str
    missing: tuple[str, ...] = ()

    @property
    def faces(self) -> str | None:
        """The first thing that a detector of faces has to look for, or None."""
        return next((word for word in self.sought if word != "custom"), None)


@lru_cache(maxsize=1024)
def chain(gravity: str, arguments: tuple[str, ...] = ()) -> Chain:
    """The chain of a gravity as written: its name and what follows it."""
    words = (gravity, *arguments)
    if "auto" not in words:
        end = next((word for word in words if word in ANCHORS or word == "xy_center"), None)
        if end is not None:
            return _chain(words[: words.index(end)], end)
        return _chain(words, _default_end(words))
    place = words.index("auto")
    front, preferred = words[:place], words[place + 1 :]
    end = next((word for word in front if word in ANCHORS or word == "xy_center"), None)
    if end is not None:
        return _chain(front[: front.index(end)], end)
    return _chain((*front, *_preferred(preferred)), "auto")


def _chain(words: Iterable[str], end: str) -> Chain:
    sought: dict[str, None] = {}
    missing: dict[str, None] = {}
    for word in words:
        if word == "custom" or word in FACES:
            sought[FACES.get(word, word)] = None
        elif word != "liquid":
            missing[word] = None
    return Chain(tuple(sought), end, tuple(missing))


def _default_end(words: tuple[str, ...]) -> str:
    """Where a chain ends that does not say so: at the top for faces, which are mostly there."""
    if words and words[-1] in FACES:
        return "north"
    return "center" if words and words[-1] in ("custom", "liquid") else "auto"


def _preferred(parts: tuple[str, ...]) -> Iterator[str]:
    """What `auto` looks for before it looks for what draws the eye.

    What weighs nothing is not looked for, and nothing here knows how to avoid.
    """
    for part in parts:
        name, weight = weighed(part)
        if name in STYLES or (weight == 0 and not part.endswith("_avoid")):
            continue
        yield part if weight == 0 else name


def region(word: str, rows: Iterable[tuple[float, ...]], frame: Frame) -> Spot | None:
    """The spot of `face`, `faces` or `eyes` among the boxes that were found, largest first."""
    boxes = [box for row in rows if (box := inside(Rect(*row[:4]), frame)) is not None]
    if not boxes:
        return None
    if word == "eyes":
        return Spot(eyes(boxes[0]), "adv_eyes", AROUND_FACE)
    return Spot(_hull(boxes) if word == "faces" else boxes[0], word, AROUND_FACE)


def eyes(face: Rect) -> Rect:
    """The part of a face that holds its eyes."""
    left, top, width, height = _EYES
    return Rect(
        face.left + left * face.width,
        face.top + top * face.height,
        width * face.width,
        height * face.height,
    )


def _hull(boxes: list[Rect]) -> Rect:
    """The smallest box around them all."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.left + box.width for box in boxes), max(box.top + box.height for box in boxes)
    return Rect(left, top, right - left, bottom - top)


def inside(box: Rect, frame: Frame) -> Rect | None:
    """What of a box lies in the image; None when that is nothing."""
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.left + box.width, frame.width), min(box.top + box.height, frame.height)
    if right - left < 1 or bottom - top < 1:
        return None
    return Rect(left, top, right - left, bottom - top)


def salient(rows: Sequence[tuple[float, ...]], frame: Frame) -> Spot | None:
    """The spot in the answer of `attention`: the first box."""
    box = inside(Rect(*rows[0][:4]), frame) if rows else None
    if box is None:
        return None
    return Spot(box, "auto")


def grown(spot: Spot, frame: Frame) -> Rect:
    """The box of the spot with what belongs to it, as far as the image reaches."""
    (across, down), box = spot.middle, spot.box
    width, height = box.width * spot.around, box.height * spot.around
    return inside(Rect(across - width / 2, down - height / 2, width, height), frame) or box


def room_for(spot: Spot, ratio: float, zoom: float = 1.0) -> tuple[float, float]:
    """The smallest window of that ratio around the spot and what belongs to it; `zoom` makes it tighter."""
    width, height = (side * spot.around / zoom for side in (spot.box.width, spot.box.height))
    return (width, width / ratio) if width > height * ratio else (height * ratio, height)


def window(
    frame: Frame,
    width: float,
    height: float,
    *,
    gravity: str | Spot,
    x: float | None = None,
    y: float | None = None,
) -> Rect | Focus:
    """The window of this size that `gravity` and the offsets choose; it stays inside the image."""
    if width >= frame.width and height >= frame.height:
        return full(frame)
    if gravity == "auto":
        return Focus(width, height)
    if isinstance(gravity, Spot):
        across, down = gravity.middle
        left, top = across + (x or 0) - width / 2, down + (y or 0) - height / 2
    else:
        left, top = position(frame, width, height, gravity=gravity, x=x, y=y)
    return Rect(_inside(left, frame.width - width), _inside(top, frame.height - height), width, height)


def _edge(room: float, share: float, along: float) -> float:
    """The distance from the left (or top) edge, with `share` of the free room before it, moved inward."""
    return room * share + (-along if share == 1 else along)


def position(
    frame: Frame, width: float, height: float, *, gravity: str, x: float | None, y: float | None
) -> tuple[float, float]:
    """Left and top edge of the window, which may lie outside the image.

    A gravity that is no place counts as the centre.
    """
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
