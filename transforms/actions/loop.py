"""`e_loop`: how often an animation plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

FOR_EVER = 0


class Loop(Effect, code="e_loop", examples=("e_loop", "e_loop:3")):
    """Play an animation so many times more after the first, 0 to 65534; without a number, for ever.

    `e_loop:0` plays it once. A picture that does not move stays as it is.
    """

    times: int | None = argument(Integer(0, 65_534, beyond="clamp"), default=None)

    @property
    def plays(self) -> int:
        """How often it plays in all, as GIF and WebP count; `FOR_EVER` without end."""
        return FOR_EVER if self.times is None else self.times + 1

    def notes(self, frame: Frame) -> tuple[str, ...]:
        return () if frame.pages > 1 else (f"{self}: the picture does not move",)

    def operations(self, frame: Frame) -> list[Operation]:
        return []

    def apply(self, image: Image, before: Frame) -> Image:
        """The pixels stay; what changes is how they are saved."""
        return image
