"""What all crop modes share: the box that was asked for, and the few ways to get into it."""

from __future__ import annotations

from transforms.actions.base import Action
from transforms.asked import Asked
from transforms.frame import Frame
from transforms.geometry import full
from transforms.gravity import on_pixels, position, window
from transforms.operations import Canvas, Operation, Resample
from transforms.surround import Box, Surround


class Mode(Action):
    """A crop mode: how an image gets into the box that `w`, `h` and `ar` describe."""

    asked: Asked

    def notes(self, frame: Frame) -> tuple[str, ...]:
        """What could not be done as written, in sentences for the plan's reader."""
        return ()

    def resize(self, frame: Frame, width: int, height: int) -> Resample:
        """All of the image, scaled to exactly this size."""
        return Resample(full(frame), width, height, label=self.code)

    def cut(self, frame: Frame, window_size: tuple[float, float], width: int, height: int) -> Resample:
        """A window of that size where the gravity puts it, scaled to `width` x `height`."""
        place = window(
            frame, *window_size, gravity=self.asked.gravity or "center", x=self.asked.x, y=self.asked.y
        )
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
