"""What all crop modes share: the box that was asked for, and the few ways to get into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from transforms.actions.base import Action, Rows, looked
from transforms.asked import Asked
from transforms.detectors import HOW_TO_INSTALL, faces_available
from transforms.frame import Frame
from transforms.geometry import full
from transforms.gravity import ANCHORS, Chain, Spot, chain, inside, on_pixels, position, region, window
from transforms.operations import Canvas, Operation, Rect, Resample
from transforms.surround import Box, Surround


class Mode(Action):
    """A crop mode: how an image gets into the box that `w`, `h` and `ar` describe."""

    asked: Asked
    rows: Rows | None = looked(default=None)
    """The boxes that `question` asked for; None until they are known."""

    looks: ClassVar[bool] = False
    """Whether it can look for what a gravity names; the others take every gravity that is no place for the
    centre."""
    zooms: ClassVar[bool] = False
    """Whether `z` does something."""
    default: ClassVar[str] = "center"
    """Where it aims when no `g` is written."""

    @property
    def chain(self) -> Chain:
        """What the gravity looks for, and where it ends."""
        return chain(self.asked.gravity or self.default, self.asked.fallbacks)

    def question(self, frame: Frame) -> tuple[str, str] | None:
        """Where the faces are, when the gravity needs them before anything else is found."""
        if not self.looks or self.asked.gravity is None or self.asked.gravity in ANCHORS:
            return None
        word = self._unknown(frame)
        return ("faces", "") if word is not None else None

    @property
    def faces(self) -> Rows:
        """The boxes of faces, as far as they were asked for."""
        return self.rows or ()

    def aim(self, frame: Frame) -> str | Spot:
        """What the gravity comes to here: what it found, a place, or `auto`."""
        gravity = self.asked.gravity or self.default
        if gravity in ANCHORS or not self.looks:
            return gravity
        for word in self.chain.sought:
            found = self._stored(frame) if word == "custom" else region(word, self.faces, frame)
            if found is not None:
                return found
        return self.chain.end

    def _unknown(self, frame: Frame) -> str | None:
        """The first that is sought and only pixels can tell; None when something known comes before it."""
        for word in self.chain.sought:
            if word != "custom":
                return word
            if self._stored(frame) is not None:
                return None
        return None

    def _stored(self, frame: Frame) -> Spot | None:
        """The stored coordinates, as far as they lie in the image."""
        box = inside(Rect(*self.asked.custom), frame) if self.asked.custom is not None else None
        return Spot(box, "custom") if box is not None else None

    def notes(self, frame: Frame) -> tuple[str, ...]:
        """What could not be done as written, in sentences for the plan's reader."""
        asked = self.asked
        notes = () if asked.zoom == 1 or self.zooms else (f"{self.code} does not zoom: z does nothing",)
        if asked.gravity is None or asked.gravity in ANCHORS or asked.gravity == "xy_center":
            return notes
        if not self.looks:
            counted = f"{self.code} does not look for anything: {self._written} counts as g_center"
            return (*notes, counted)
        return (*notes, *self._fallen(frame))

    def _fallen(self, frame: Frame) -> Iterator[str]:
        """What the gravity did not find, or does not look for, and what stands in for it."""
        instead = f"g_{self._fallback(frame)}"
        for word in self.chain.missing:
            yield f"g_{word} is not looked for here: {instead} instead"
        if self.asked.gravity == "liquid":
            yield f"g_liquid does nothing without c_scale: {instead} instead"
        if self.asked.gravity == "custom" and self._stored(frame) is None:
            yield f"{self._written}: no coordinates are stored with the picture: {instead} instead"
        if self.chain.faces and self.rows is not None and not self.faces:
            told = "no face was found" if faces_available() else f"faces need {HOW_TO_INSTALL}"
            yield f"{self._written}: {told}: {instead} instead"

    def _fallback(self, frame: Frame) -> str:
        """What the gravity came to, as a gravity is written."""
        found = self.aim(frame)
        return found.name if isinstance(found, Spot) else found

    @property
    def _written(self) -> str:
        return ":".join((f"g_{self.asked.gravity}", *self.asked.fallbacks))

    def resize(self, frame: Frame, width: int, height: int) -> Resample:
        """All of the image, scaled to exactly this size."""
        return Resample(full(frame), width, height, label=self.code)

    def cut(self, frame: Frame, window_size: tuple[float, float], width: int, height: int) -> Resample:
        """A window of that size where the gravity puts it, scaled to `width` x `height`."""
        place = window(frame, *window_size, gravity=self.aim(frame), x=self.asked.x, y=self.asked.y)
        place = on_pixels(place, columns=place.width == width, rows=place.height == height)
        return Resample(place, width, height, label=self.code)

    def pad(self, frame: Frame, size: tuple[int, int], width: int, height: int) -> list[Operation]:
        """The image scaled to `size`, on a canvas of `width` x `height` that holds it."""
        inner = frame.sized(*size)
        room = frame.sized(width, height)
        left, top = position(
            room, *size, gravity=self.asked.gravity or "center", x=self.asked.x, y=self.asked.y
        )
        left = min(max(int(left // 1), 0), width - inner.width)
        top = min(max(int(top // 1), 0), height - inner.height)
        return [self.resize(frame, *size), *self.canvas(frame, (left, top, *size), width, height)]

    def canvas(self, frame: Frame, box: Box, width: int, height: int) -> list[Operation]:
        """The picture, which measures as `box` does, put there on a canvas of `width` x `height`.

        `frame` is what entered the mode: whether it has alpha decides what fills the canvas.
        """
        left, top, across, down = box
        canvas = Canvas(left, top, width, height, self.asked.behind(frame), label=self.code)
        if self.asked.surround is None or (width, height) == (across, down):
            return [canvas]
        return [canvas, Surround(self.asked.surround, box)]
