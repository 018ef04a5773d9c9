"""`e_mask`: a layer that says how opaque the picture is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from transforms.actions.blend import Blend

if TYPE_CHECKING:
    from pyvips import Image


class Mask(Blend, code="e_mask", examples=("l_logo/e_mask,fl_layer_apply",)):
    """Let the layer say how opaque the picture is.

    White keeps the picture, black makes it transparent, and grays lie between; what of the layer is
    transparent counts as black, and so does all that it does not reach.
    """

    clears: ClassVar[bool] = True

    @property
    def reach(self) -> int | None:
        return None

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import masked

        return masked(base, layer)
