"""`e_opacity_threshold`: nothing half transparent is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


class OpacityThreshold(
    Effect, code="e_opacity_threshold", examples=("e_opacity_threshold", "e_opacity_threshold:90")
):
    """Make every pixel either opaque or transparent.

    The level is 1 to 100, 50 by default: in percent, from which opacity on a pixel becomes opaque; all others
    become transparent.
    """

    level: int = argument(Integer(1, 100, beyond="clamp"), default=50)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if frame.alpha else []

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.fades import all_or_nothing

        return all_or_nothing(image, self.level)
