"""`c_auto_pad`: auto, with room added rather than cutting the subject."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.auto import AutoCrop
from transforms.frame import Frame
from transforms.operations import Operation


class AutoPad(
    AutoCrop,
    code="c_auto_pad",
    examples=("c_auto_pad,g_auto,h_300,w_100", "ar_4:1,b_black,c_auto_pad,g_auto,w_400"),
):
    """Cover the whole box as `c_auto` does, but never cut the subject: rather pad, as little as will do.

    Where the subject does not fit into a cut of this ratio the canvas of `c_pad` shows at two sides. Without
    `g` it is `g_auto`.
    """

    pads: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        padded = self.least_padding(frame, width, height)
        return padded or [self.cut(frame, self.best_window(frame, width, height), width, height)]
