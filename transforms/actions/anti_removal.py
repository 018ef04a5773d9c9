"""`e_anti_removal`: a watermark that is hard to take off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.blend import Blend
from transforms.actions.effect import argument
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image

_BENT = 6
"""Pixels by which a watermark may be bent, and looked at beyond that."""


class AntiRemoval(
    Blend,
    code="e_anti_removal",
    examples=("l_logo/e_anti_removal,fl_layer_apply", "l_logo/e_anti_removal:90,fl_layer_apply"),
):
    """Put the layer on the picture so that it is hard to remove.

    It is bent by a few pixels and made thinner here and there, differently in every picture but always alike
    in the same one: a watermark that is the same everywhere can be found by comparing pictures. The level is
    1 to 100, 50 by default; the higher, the more the layer is changed. Each frame of an animation differs.
    """

    level: int = argument(Integer(1, 100, beyond="clamp"), default=50)

    @property
    def reach(self) -> int:
        return _BENT

    def blend(self, base: Image, layer: Image) -> Image:
        from transforms.blending import unremovable

        return unremovable(base, layer, self.level / 100)
