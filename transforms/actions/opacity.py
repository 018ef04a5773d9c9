"""`o`: opacity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Number, bound
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

WHOLE = 100.0


class Opacity(Effect, code="o", examples=("o_50", "b_lightblue,o_30,w_300")):
    """Let through what is behind: 100 per cent is the image as it is, 0 leaves nothing of it."""

    level: float = argument(Number(0, WHOLE, beyond="clamp"))

    def __str__(self) -> str:
        return f"{self.code}_{bound(self.level)}"

    def describe(self, before: Frame) -> str:
        return f"{bound(self.level)}%"

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.level < WHOLE else []

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=True)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.rounding import translucent

        return translucent(image, self.level / WHOLE)
