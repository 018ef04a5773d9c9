"""`e_make_transparent`: the backdrop cleared."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, argument, beside
from transforms.frame import Frame
from transforms.kinds.numbers import Integer

if TYPE_CHECKING:
    from pyvips import Image


class MakeTransparent(
    Effect, code="e_make_transparent", examples=("e_make_transparent", "co_white,e_make_transparent:5")
):
    """Make the backdrop transparent.

    Without a colour the backdrop is what has the colour of most corners and hangs together with the rim of
    the picture: the same colour inside the subject stays. With one, `co`, it is everything of that colour.
    The tolerance is 0 to 100 percent of a channel, 10 by default. In an animation the first frame decides.
    """

    tolerance: int = argument(Integer(0, 100, beyond="clamp"), default=10)
    color: tuple[int, int, int, int] | None = beside("co", default=None)
    corners: tuple[float, ...] | None = field(default=None)
    """The colour of the corners of an animation's first frame."""

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=True)

    def settled(self, image: Image) -> Self:
        from transforms.bands import in_color
        from transforms.keying import backdrop

        found = backdrop(in_color(image), self.tolerance) if self.color is None else None
        return replace(self, corners=found)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import with_alpha
        from transforms.keying import backdrop, painted, without

        image = with_alpha(image)
        if self.color is not None:
            drop = painted(image, self.color)
            return without(image, drop, self.tolerance, everywhere=True)
        corners = self.corners or backdrop(image, self.tolerance)
        # Transparent corners: there is no backdrop to clear.
        return image if corners is None else without(image, corners, self.tolerance, everywhere=False)
