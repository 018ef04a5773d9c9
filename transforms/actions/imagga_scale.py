"""`c_imagga_scale`: what an add-on of old did, as `c_scale`."""

from __future__ import annotations

from transforms.actions.scale import Scale
from transforms.frame import Frame


class ImaggaScale(Scale, code="c_imagga_scale", examples=("c_imagga_scale,h_150,w_200",)):
    """Scale to exactly the width and height asked for: an old name for `c_scale`."""

    def notes(self, frame: Frame) -> tuple[str, ...]:
        return ("c_imagga_scale is taken as c_scale", *super().notes(frame))
