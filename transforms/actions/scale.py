"""`c_scale`: to exactly this size."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import cover_factor, scaled, whole_pixels
from transforms.operations import Operation
from transforms.seams import MOST_REMOVED, Carve


class Scale(
    Mode,
    code="c_scale",
    examples=(
        "w_300",
        "c_scale,w_0.5",
        "c_scale,h_100,w_300",
        "c_scale,fl_ignore_aspect_ratio,w_300",
        "c_scale,g_liquid,h_300,w_250",
    ),
):
    """Scale to exactly the width and height asked for, whatever that does to the proportions.

    With only one of them the proportions stay, or become those of `ar`; with `fl_ignore_aspect_ratio` the
    other one stays as it is. This is the mode when `w` or `h` is written without `c`.

    With `g_liquid` the proportions of what matters stay: the image is scaled until it covers the size, and
    what is too much is taken out in thin lines where there is least to see. More than half of a side is not
    taken out; then this is a plain scaling.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self._size(frame)
        if self.asked.gravity != "liquid":
            return [self.resize(frame, width, height)]
        across, down = self._covering(frame, width, height)
        if self._too_much(frame, width, height):
            return [self.resize(frame, width, height)]
        carve = [Carve(width, height, label="g_liquid")] if (across, down) != (width, height) else []
        return [self.resize(frame, across, down), *carve]

    def notes(self, frame: Frame) -> tuple[str, ...]:
        if self.asked.gravity != "liquid":
            return super().notes(frame)
        if not self._too_much(frame, *self._size(frame)):
            return ()
        return ("g_liquid: more than half of a side would go: scaled without it",)

    def _covering(self, frame: Frame, width: int, height: int) -> tuple[int, int]:
        across, down = scaled(frame, cover_factor(frame, width, height))
        return max(across, width), max(down, height)

    def _too_much(self, frame: Frame, width: int, height: int) -> bool:
        across, down = self._covering(frame, width, height)
        return max(1 - width / across, 1 - height / down) > MOST_REMOVED

    def _size(self, frame: Frame) -> tuple[int, int]:
        if self.asked.ignore_ratio and self.asked.ratio is None:
            width, height = self.asked.width or frame.width, self.asked.height or frame.height
            return whole_pixels(width), whole_pixels(height)
        return self.asked.box(frame)
