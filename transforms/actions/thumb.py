"""`c_thumb`: a tight cut around what matters."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import covering_window
from transforms.operations import Operation


class Thumb(
    Mode, code="c_thumb", examples=("c_thumb,g_auto,h_150,w_150", "c_thumb,g_center,h_150,w_150,z_2")
):
    """Cut out what the gravity points at and scale it to the box.

    `z` above 1 cuts tighter. Below 1 it would show more around, but there is no more than the whole image.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        across, down = covering_window(frame, width, height)
        zoom = max(1.0, self.asked.zoom)
        return [self.cut(frame, (max(1, across / zoom), max(1, down / zoom)), width, height)]
