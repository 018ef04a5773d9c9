"""`e_vignette`: darker towards the corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


class Vignette(Effect, code="e_vignette", examples=("e_vignette", "e_vignette:60")):
    """Darken the picture towards its corners, as an old lens does.

    The level is 0 to 100, 20 by default: in percent, how much light the corners lose. The more they lose, the
    further in it begins; 0 changes nothing and 100 leaves them black.
    """

    level: int = argument(Integer(0, 100, beyond="clamp"), default=20)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.level else []

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.vignetting import vignetted

        return vignetted(image, self.level / 100)
