"""`e_cut_out`: a layer that cuts a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from transforms.actions.blend import Blend

if TYPE_CHECKING:
    from pyvips import Image


class CutOut(Blend, code="e_cut_out", examples=("l_logo/e_cut_out,fl_layer_apply",)):
    """Cut the layer out of the picture.

    The picture becomes transparent where the layer is opaque, half transparent where the layer is so, and
    stays where the layer is transparent.
    """

    clears: ClassVar[bool] = True

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import cut_out

        return cut_out(base, layer)
