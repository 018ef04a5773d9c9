"""`e_trim`: the border cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, Rows, argument, looked
from transforms.frame import Frame
from transforms.geometry import full
from transforms.kinds.base import Misread
from transforms.kinds.colornames import COLOR_NAMES
from transforms.kinds.colors import ColorKind
from transforms.kinds.numbers import Integer, normal_number
from transforms.operations import Operation, Rect, Resample
from transforms.values import Color

if TYPE_CHECKING:
    from pyvips import Image

_TOLERANCE, _COLOR = Integer(0, 100, beyond="clamp"), ColorKind()


class Trim(Effect, code="e_trim", examples=("e_trim", "e_trim:30:white", "e_trim:rgb:f0f0f0")):
    """Cut off a border of one colour.

    The border is what differs from its colour by no more than the tolerance, 0 to 100 percent of a channel,
    10 by default. Its colour is the one that most corners have, or the one that is named; either may be left
    out. What is transparent counts as border too. A picture that is nothing but border stays as it is.
    """

    tolerance: int = argument(_TOLERANCE, default=10)
    color: Color | None = argument(_COLOR, default=None)
    found: Rows = looked(default=())

    @classmethod
    def read(cls, text: str) -> Self:
        first, _, rest = text.partition(":")
        if not text:
            return cls()
        if normal_number(first) is None:
            return cls(color=_color(text))
        return cls(_TOLERANCE.read(first), _color(rest) if rest else None)

    def __str__(self) -> str:
        tolerance = [] if self.tolerance == 10 else [str(self.tolerance)]
        return ":".join((self.code, *tolerance, *([str(self.color)] if self.color else [])))

    def question(self, frame: Frame) -> tuple[str, str]:
        color = self.color
        channels = (color.red, color.green, color.blue, color.alpha) if color is not None else ()
        return "trim", f"{self.tolerance}:{bytes(channels).hex()}"

    def operations(self, frame: Frame) -> list[Operation]:
        """The cut, as any other: what scales after it starts from the same pixels."""
        cut = self._cut(frame)
        return [cut] if cut.window != full(frame) else []

    def frame_after(self, before: Frame) -> Frame:
        return self._cut(before).frame_after(before)

    def apply(self, image: Image, before: Frame) -> Image:
        return self._cut(before).apply(image, before)

    def _cut(self, frame: Frame) -> Resample:
        """The part that was found, or all of the picture before anybody has looked."""
        left, top, width, height = self.found[0] if self.found else (0, 0, frame.width, frame.height)
        return Resample(Rect(left, top, width, height), int(width), int(height), label=self.code)


def _color(text: str) -> Color:
    try:
        return _COLOR.read(text)
    except Misread as error:
        raise Misread(
            f"is not a tolerance from 0 to 100 or {_COLOR.expected}", near=text, known=COLOR_NAMES
        ) from error
