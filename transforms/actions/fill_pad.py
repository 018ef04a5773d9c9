"""`c_fill_pad`: fill, with room added rather than cutting the subject."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.salient import Salient
from transforms.frame import Frame
from transforms.geometry import covering_window
from transforms.operations import Operation


class FillPad(
    Salient,
    code="c_fill_pad",
    examples=("c_fill_pad,g_auto,h_300,w_100", "b_black,c_fill_pad,g_auto:faces,h_100,w_400"),
):
    """Cover the whole box as `c_fill` does, but never cut the subject: rather pad, as little as will do.

    The subject is that of `c_auto`: faces with their heads, or else what draws the eye. Only where its box
    does not fit into a cut of this ratio does the canvas of `c_pad` show at two sides. Without `g` it is
    `g_auto`.
    """

    pads: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        padded = self.least_padding(frame, width, height)
        return padded or [self.cut(frame, covering_window(frame, width, height), width, height)]
