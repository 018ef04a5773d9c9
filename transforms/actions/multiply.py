"""`e_multiply`: a layer that darkens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blend import Blend

if TYPE_CHECKING:
    from pyvips import Image


class Multiply(Blend, code="e_multiply", examples=("l_logo/e_multiply,fl_layer_apply",)):
    """Multiply the colours of the layer and of the picture.

    The result is at most as bright as either: white leaves the picture as it is, black leaves black.
    """

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import mixed

        return mixed(base, layer, "multiply")
