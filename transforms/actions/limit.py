"""`c_limit`: inside the box, never larger than it was."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import fit_factor, scaled
from transforms.operations import Operation


class Limit(Mode, code="c_limit", examples=("c_limit,h_600,w_800", "c_limit,w_1000")):
    """Scale down until the whole image fits into the box; an image that fits already is left alone."""

    def operations(self, frame: Frame) -> list[Operation]:
        factor = min(1, fit_factor(frame, *self.asked.lengths(frame)))
        return [self.resize(frame, *scaled(frame, factor))]
