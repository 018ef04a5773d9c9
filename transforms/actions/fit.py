"""`c_fit`: inside the box, larger or smaller."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import fit_factor, scaled
from transforms.operations import Operation


class Fit(Mode, code="c_fit", examples=("c_fit,h_150,w_200", "c_fit,w_200")):
    """Scale up or down until the whole image just fits into the box, keeping its proportions."""

    def operations(self, frame: Frame) -> list[Operation]:
        return [self.resize(frame, *scaled(frame, fit_factor(frame, *self.asked.lengths(frame))))]
