"""`e_displace`: a layer that moves the pixels of the picture."""

from __future__ import annotations

from math import ceil, copysign
from typing import TYPE_CHECKING

from transforms.actions.blend import Blend
from transforms.actions.effect import beside
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image

_FARTHEST = 999.0
_CUBIC = 2
"""Pixels that are looked at around the one that is taken."""


class Displace(Blend, code="e_displace", examples=("l_logo/e_displace,fl_layer_apply,x_40,y_-20",)):
    """Move the pixels of the picture by the colours of the layer.

    Each pixel is taken from another place: `x` pixels to the right of it where the layer has full red and as
    far to the left where it has none, `y` pixels below it for full green and as far above for none; in
    between in proportion, so that half (gray) takes it from where it is, as does what the layer does not
    cover. In short, from `x (red / 127.5 - 1)` further right and `y (green / 127.5 - 1)` further down.

    `x` and `y` are -999 to 999, 0 by default; beyond the edge of the picture there is more of the edge. They
    do not place the layer here, which lies where `g` says.
    """

    x: float = beside("x", default=0.0)
    y: float = beside("y", default=0.0)

    def notes(self, frame: Frame) -> tuple[str, ...]:
        beyond = ((name, by) for name, by in (("x", self.x), ("y", self.y)) if abs(by) > _FARTHEST)
        return tuple(f"{self}: {name} of {by:g} counts as {copysign(_FARTHEST, by):g}" for name, by in beyond)

    @property
    def reach(self) -> int:
        return ceil(min(max(abs(self.x), abs(self.y)), _FARTHEST)) + _CUBIC

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import displaced

        across, down = (min(max(by, -_FARTHEST), _FARTHEST) for by in (self.x, self.y))
        return displaced(base, layer, across, down)
