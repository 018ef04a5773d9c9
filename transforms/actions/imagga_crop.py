"""`c_imagga_crop`: what an add-on of old did, as `c_fill,g_auto`."""

from __future__ import annotations

from dataclasses import replace

from transforms.actions.fill import Fill
from transforms.frame import Frame
from transforms.operations import Operation


class ImaggaCrop(Fill, code="c_imagga_crop", examples=("c_imagga_crop,h_150,w_200",)):
    """Fill the box with what draws the eye: an old name for `c_fill,g_auto`."""

    def operations(self, frame: Frame) -> list[Operation]:
        return Fill(replace(self.asked, gravity="auto", fallbacks=("none",))).operations(frame)

    def question(self, frame: Frame) -> tuple[str, str] | None:
        return None

    def notes(self, frame: Frame) -> tuple[str, ...]:
        return ("c_imagga_crop is taken as c_fill,g_auto",)
