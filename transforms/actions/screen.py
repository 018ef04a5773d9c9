"""`e_screen`: a layer that lightens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blend import Blend

if TYPE_CHECKING:
    from pyvips import Image


class Screen(Blend, code="e_screen", examples=("l_logo/e_screen,fl_layer_apply",)):
    """Multiply what the layer and the picture lack of white.

    The result is at least as bright as either: black leaves the picture as it is, white leaves white.
    """

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import mixed

        return mixed(base, layer, "screen")
