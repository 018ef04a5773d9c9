"""`e_blur_region`: a rectangle out of focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blur import SIGMA
from transforms.actions.effect import argument
from transforms.actions.region import RegionEffect
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image


class BlurRegion(
    RegionEffect,
    code="e_blur_region",
    examples=("e_blur_region:800,h_120,w_200,x_40,y_60", "e_blur_region:1500,y_0.75"),
):
    """Blur a rectangle of the picture.

    Its corner is at `x`, `y` and its size is `w` by `h`, in pixels or parts of the picture; what is not given
    reaches to the edge, so that without any the whole picture is blurred. A compass point as `g` places it,
    and `x`, `y` then move it inward; `g_face` and `g_faces` take the faces. What reaches over an edge is cut.

    The strength is that of `e_blur`: 1 to 2000, 100 by default.
    """

    strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

    def change(self, patch: Image) -> Image:
        from transforms.blurring import gaussian

        return gaussian(patch, self.strength / SIGMA)
