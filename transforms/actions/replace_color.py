"""One colour replaced by another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.colors import ColorKind
from transforms.kinds.lists import bare, words
from transforms.kinds.numbers import Number
from transforms.operations import Operation
from transforms.values import Color

if TYPE_CHECKING:
    from pyvips import Image

_COLOR = ColorKind()
_RADIUS = Number(0, 200, beyond="clamp")
_TOLERANCE = 50.0


class ReplaceColor(
    Effect,
    code="e_replace_color",
    examples=("e_replace_color:blueviolet", "e_replace_color:maroon:80:2b38aa"),
):
    """Replace a colour, and all that is like it, by another; light and shade stay.

    First comes the new colour. The tolerance, 50 by default and at most 200, is a radius in CIE Lab: within
    it colours count as alike, and near its edge the replacement fades out. Last comes the old colour; by
    default it is the most prominent saturated one, and a picture without any stays as it is.
    """

    to: Color
    tolerance: float = _TOLERANCE
    source: Color | None = None
    found: tuple[float, ...] | None = None

    @classmethod
    def read(cls, text: str) -> ReplaceColor:
        written = words(text)
        if not written:
            raise Misread(f"is not complete: {cls.code} needs {_COLOR.expected}")
        if len(written) > 3:
            raise Misread(f"has more than the 3 arguments {cls.code} takes")
        return cls(
            to=_COLOR.read(written[0]),
            tolerance=_RADIUS.read(written[1]) if len(written) > 1 else _TOLERANCE,
            source=_COLOR.read(written[2]) if len(written) > 2 else None,
        )

    def __str__(self) -> str:
        parts = [self.code, str(self.to)]
        if self.source is not None or self.tolerance != _TOLERANCE:
            parts.append(_RADIUS.write(self.tolerance))
        if self.source is not None:
            parts.append(str(self.source))
        return ":".join(parts)

    def operations(self, frame: Frame) -> list[Operation]:
        source = None if self.source is None else bare(self.source)
        return [replace(self, to=bare(self.to), source=source)]

    def settled(self, image: Image) -> Self:
        return self if self.found is not None else replace(self, found=self._look(image))

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.recoloring import replaced

        if self.found is None:
            image = image.copy_memory()
            return self.settled(image).apply(image, before)
        return replaced(image, self.found, self.to, self.tolerance) if self.found else image

    def _look(self, image: Image) -> tuple[float, ...]:
        """The old colour as this picture's channels; empty when it has none."""
        from transforms.measuring import prominent
        from transforms.recoloring import channels

        return prominent(image) or () if self.source is None else channels(image, self.source)
