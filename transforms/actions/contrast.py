"""Contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect
from transforms.actions.level import SIGNED
from transforms.curves import Curve, sigmoid, straight
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Keyword, Number
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

_TYPE = Keyword(("sigmoidal", "linear"))
_RANGES = {"sigmoidal": SIGNED, "linear": Number(1, 200, beyond="clamp")}
_NEUTRAL = {"sigmoidal": 0.0, "linear": 100.0}
_STEEPEST = 10
"""The strength of the sigmoid at a level of 100."""


class Contrast(
    Effect,
    code="e_contrast",
    examples=("e_contrast:50", "e_contrast:-50", "e_contrast:level_150;type_linear"),
):
    """Make bright and dark differ more, or less.

    The level of the usual, sigmoidal curve is from -100 to 100; 0, the default, changes nothing. Black and
    white stay, the middle gets steeper. With `type_linear` a straight line is used instead, from 1, nearly
    all gray, by 100, the default, which changes nothing, to 200, twice the contrast; it cuts off what gets
    too dark or bright. Either may be written `level_50;type_sigmoidal`, in any order.
    """

    level: float = 0
    type: str = "sigmoidal"

    @classmethod
    def read(cls, text: str) -> Contrast:
        named = dict(_parts(text)) if text else {}
        kind = _TYPE.read(named["type"]) if "type" in named else "sigmoidal"
        return cls(
            level=_RANGES[kind].read(named["level"]) if "level" in named else _NEUTRAL[kind], type=kind
        )

    def __str__(self) -> str:
        level = _RANGES[self.type].write(self.level)
        if self.type == "linear":
            return f"{self.code}:level_{level};type_linear"
        return f"{self.code}:{level}" if self.level else self.code

    def operations(self, frame: Frame) -> list[Operation]:
        return [] if self.level == _NEUTRAL[self.type] else [self]

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import through_table

        return through_table(image, self._curve())

    def _curve(self) -> Curve:
        return straight(self.level / 100) if self.type == "linear" else sigmoid(self.level / 100 * _STEEPEST)


def _parts(text: str) -> list[tuple[str, str]]:
    """What is written, by name; a part without a name is the level. Raises Misread."""
    parts = [_part(part) for part in text.split(";")]
    names = [name for name, _ in parts]
    if len(set(names)) < len(names):
        raise Misread(f"says {max(names, key=names.count)} twice")
    return parts


def _part(text: str) -> tuple[str, str]:
    name, underscore, value = text.partition("_")
    if not underscore:
        return "level", text
    if name not in ("level", "type"):
        raise Misread("is not a level, or level_n;type_linear", near=name, known=("level", "type"))
    return name, value
