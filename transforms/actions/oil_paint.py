"""`e_oil_paint`: in strokes of one colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


class OilPaint(Effect, code="e_oil_paint", examples=("e_oil_paint", "e_oil_paint:70")):
    """Paint the picture in blots of the colours that prevail.

    The strength is 0 to 100, 30 by default, and says how broad the brush is, in thousandths of the longer
    side of the picture at most; 0 changes nothing.
    """

    strength: int = argument(Integer(0, 100, beyond="clamp"), default=30)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.strength else []

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.redraw import oil_painted

        return oil_painted(image, self.strength / 100)
