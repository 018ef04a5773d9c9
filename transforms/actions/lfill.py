"""`c_lfill`: as fill, never larger than it was."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import cover_factor, covering_window
from transforms.operations import Operation


class LimitedFill(Mode, code="c_lfill", examples=("c_lfill,h_150,w_200", "c_lfill,g_auto,h_150,w_200")):
    """Fill the box without enlarging: scale down until it is just covered, and cut away what sticks out.

    An image that is smaller than the box on one side is cut on the other side only; one that is smaller on
    both is left alone.
    """

    looks: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        factor = cover_factor(frame, width, height)
        if factor < 1:
            return [self.cut(frame, covering_window(frame, width, height), width, height)]
        width, height = min(width, frame.width), min(height, frame.height)
        return [self.cut(frame, (width, height), width, height)]
