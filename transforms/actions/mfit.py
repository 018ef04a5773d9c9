"""`c_mfit`: as large as the box allows, never smaller than it was."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import fit_factor, scaled
from transforms.operations import Operation


class MinimumFit(Mode, code="c_mfit", examples=("c_mfit,h_600,w_800",)):
    """Scale up until the image just fits into the box.

    An image that reaches the box on either side is left alone.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        factor = max(1, fit_factor(frame, *self.asked.lengths(frame)))
        return [self.resize(frame, *scaled(frame, factor))]
