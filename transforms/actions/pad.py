"""`c_pad`: the whole image in the whole box."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import fit_factor, scaled
from transforms.operations import Operation


class Pad(
    Mode, code="c_pad", examples=("c_pad,h_300,w_300", "b_black,c_pad,g_north,h_300,w_300", "ar_1,c_pad")
):
    """Scale up or down until the whole image just fits into the box, then fill the box around it.

    `g` says where the image lies, `b` what is around it: without one white, or nothing when the image has
    alpha. `x` and `y` move the image on its canvas, never beyond it.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        lengths, (width, height) = self.asked.lengths(frame), self.asked.box(frame)
        across, down = scaled(frame, fit_factor(frame, *lengths))
        return self.pad(frame, (min(across, width), min(down, height)), width, height)
