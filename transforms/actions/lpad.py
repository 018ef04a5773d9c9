"""`c_lpad`: as pad, never larger than it was."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import fit_factor, scaled
from transforms.operations import Operation


class LimitedPad(Mode, code="c_lpad", examples=("c_lpad,h_300,w_300", "b_green,c_lpad,h_300,w_300")):
    """Scale down until the whole image fits into the box, then fill the box around it, as `c_pad` does.

    An image that is smaller than the box is not enlarged; it gets room on all sides.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        lengths, (width, height) = self.asked.lengths(frame), self.asked.box(frame)
        across, down = scaled(frame, min(1, fit_factor(frame, *lengths)))
        return self.pad(frame, (min(across, width), min(down, height)), width, height)
