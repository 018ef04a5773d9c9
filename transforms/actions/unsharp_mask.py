"""`e_unsharp_mask`: edges made stronger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image


class UnsharpMask(Effect, code="e_unsharp_mask", examples=("e_unsharp_mask", "e_unsharp_mask:300")):
    """Make edges stand out, over more pixels than `e_sharpen` does.

    The strength is 1 to 2000, 100 by default, in percent of what a blur of 2.5 pixels takes away: 100 puts it
    there once more.
    """

    strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.blurring import unsharp_masked

        return unsharp_masked(image, self.strength / 100)
