"""`e_overlay`: a layer that adds contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blend import Blend

if TYPE_CHECKING:
    from pyvips import Image


class Overlay(Blend, code="e_overlay", examples=("l_logo/e_overlay,fl_layer_apply",)):
    """Darken dark parts of the picture and lighten light ones, by the colours of the layer.

    `e_multiply` where the picture is darker than the middle, `e_screen` where it is lighter; a layer of
    middle gray changes next to nothing.
    """

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import mixed

        return mixed(base, layer, "overlay")
