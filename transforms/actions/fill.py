"""`c_fill`: the whole box, cutting what sticks out."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import covering_window
from transforms.operations import Operation


class Fill(
    Mode,
    code="c_fill",
    examples=(
        "c_fill,h_150,w_200",
        "c_fill,g_north,h_150,w_200",
        "c_fill,g_auto,h_150,w_200",
        "c_fill,g_face:auto,h_150,w_150",
        "ar_16:9,c_fill,w_400",
        "ar_1,c_fill",
    ),
):
    """Cover the whole box: scale up or down keeping the proportions, and cut away what sticks out.

    `g` says which part to keep, the centre unless told otherwise. With `ar` alone nothing is scaled: the
    largest part of that ratio is cut out. `x` and `y` move the part that is kept, in pixels of the image as
    it was. A face, or what else is looked for, comes into the middle, as far as the image reaches.
    """

    looks: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        return [self.cut(frame, covering_window(frame, width, height), width, height)]
