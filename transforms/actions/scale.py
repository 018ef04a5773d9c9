"""`c_scale`: to exactly this size."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.operations import Operation


class Scale(
    Mode,
    code="c_scale",
    examples=("w_300", "c_scale,w_0.5", "c_scale,h_100,w_300", "c_scale,fl_ignore_aspect_ratio,w_300"),
):
    """Scale to exactly the width and height asked for, whatever that does to the proportions.

    With only one of them the proportions stay, or become those of `ar`; with `fl_ignore_aspect_ratio` the
    other one stays as it is. This is the mode when `w` or `h` is written without `c`.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        return [self.resize(frame, *self._size(frame))]

    def _size(self, frame: Frame) -> tuple[int, int]:
        if self.asked.ignore_ratio and self.asked.ratio is None:
            width, height = self.asked.width or frame.width, self.asked.height or frame.height
            return whole_pixels(width), whole_pixels(height)
        return self.asked.box(frame)
