"""`e_gradient_fade`: the picture dissolves towards an edge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, argument, beside
from transforms.frame import Frame
from transforms.kinds.numbers import Integer, Keyword, normal_number
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

_STRENGTH = Integer(0, 100, beyond="clamp")

_MODES = ("plain", "symmetric", "symmetric_pad")

_LINEAR = 20
"""The strength at which opacity rises evenly."""

_CLEAR = 0.5
"""The part of the strip that `symmetric_pad` leaves clear."""


class GradientFade(
    Effect,
    code="e_gradient_fade",
    examples=("e_gradient_fade", "e_gradient_fade:40,x_0.5", "e_gradient_fade:symmetric_pad:50,x_0.2"),
):
    """Let the picture fade into transparency towards an edge.

    `x` and `y` say how much of it fades, in pixels or parts: a positive `x` from the left edge and a negative
    one from the right, a positive `y` from the top and a negative one from the bottom. Without either it is
    the upper half, `y_0.5`. `symmetric` lets the opposite edge fade as far, and `symmetric_pad` so that the
    outer half of each strip is clear altogether.

    The strength is 0 to 100, 20 by default: at 20 opacity rises evenly, above it more is lost and below it
    less; 0 changes nothing.
    """

    mode: str = argument(Keyword(_MODES[1:]), default="plain")
    strength: int = argument(_STRENGTH, default=20)
    x: float | None = beside("x", default=None)
    y: float | None = beside("y", default=None)

    @classmethod
    def read(cls, text: str) -> Self:
        if normal_number(text) is None:
            return super().read(text)
        return cls(strength=_STRENGTH.read(text))

    def __str__(self) -> str:
        return super().__str__().replace(":plain", "", 1)

    def strips(self, frame: Frame) -> tuple[tuple[str, float], ...]:
        """The edges that fade, and how far into the picture, in pixels."""
        x, y = self.x or 0.0, self.y or 0.0
        if self.x is None and self.y is None:
            y = frame.height / 2
        found = []
        for length, first, second, side in (
            (x, "left", "right", frame.width),
            (y, "top", "bottom", frame.height),
        ):
            edges = (first, second) if length > 0 else (second, first)
            depth = min(abs(length), float(side))
            if depth:
                found += [(edge, depth) for edge in edges[: 1 if self.mode == "plain" else 2]]
        return tuple(found)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.strength and self.strips(frame) else []

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=True)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.fades import faded

        start = _CLEAR if self.mode == "symmetric_pad" else 0.0
        return faded(image, self.strips(before), start=start, power=self.strength / _LINEAR)
