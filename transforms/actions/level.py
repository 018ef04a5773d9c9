"""What an effect of one number is: it has a level, and at its neutral level it does nothing."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.numbers import Number
from transforms.operations import Operation

SIGNED = Number(-100, 100, beyond="clamp")
"""How much, either way."""
SHARE = Number(0, 100, beyond="clamp")
"""How much, in per cent."""


class Level(Effect):
    """An effect of one number."""

    level: float
    neutral: ClassVar[float] = 0

    def operations(self, frame: Frame) -> list[Operation]:
        return [] if self.level == self.neutral else [self]
