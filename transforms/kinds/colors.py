"""Colours: CSS names, `rgb:` and three, four, six or eight hexadecimal digits, or the digits alone."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.kinds.base import Kind
from transforms.kinds.colornames import COLOR_NAMES
from transforms.values import Color

_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class ColorKind(Kind[Color]):
    """A colour in sRGB, with alpha."""

    @property
    def expected(self) -> str:
        return "a colour: a CSS name, transparent, or rgb: and 3, 4, 6 or 8 hexadecimal digits"

    @property
    def forgives(self) -> str:
        return "The digits may stand without `rgb:`, in either case."

    def read(self, text: str) -> Color:
        channels = COLOR_NAMES.get(text.lower())
        if channels is not None:
            return _color(channels, text.lower())
        digits = text[4:] if text.startswith("rgb:") else text
        if len(digits) in (3, 4, 6, 8) and _HEX.issuperset(digits):
            return _color(_channels(digits), text)
        raise self.misread(near=text, known=COLOR_NAMES)


def _color(channels: tuple[int, ...], written: str) -> Color:
    red, green, blue, alpha = (*channels, 255)[:4]
    return Color(red, green, blue, alpha, written)


def _channels(digits: str) -> tuple[int, ...]:
    pairs = (
        [d * 2 for d in digits] if len(digits) < 6 else [digits[i : i + 2] for i in range(0, len(digits), 2)]
    )
    return tuple(int(pair, 16) for pair in pairs)
