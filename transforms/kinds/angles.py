"""Rotation and mirroring: items joined by dots, applied in order.

A dot is also the decimal point. The SDKs join a list by dots (`hflip.90`, `12.13.14`) and print a float as it
is (`12.5`), so that `22.23` may be either. Of numbers in a row, two are one with decimals, unless the second
has a sign; any other count is a list of whole degrees: `12.13.14` turns by 12, by 13 and by 14.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from transforms.kinds.base import Kind
from transforms.kinds.numbers import is_digits, normal_number
from transforms.values import Turn

MODES: dict[str, str] = {
    "hflip": "mirror left to right",
    "vflip": "mirror top to bottom",
    "auto_right": "turn right by 90° when the picture lies the other way than the box asked for",
    "auto_left": "turn left by 90° when the picture lies the other way than the box asked for",
    "ignore": "leave the picture as it is stored: do not apply the EXIF orientation",
    "exif": "apply the EXIF orientation, which happens anyway",
    "auto": "another spelling of `exif`",
}


@dataclass(frozen=True, slots=True)
class AngleKind(Kind[tuple[Turn, ...]]):
    """Degrees and modes."""

    @property
    def expected(self) -> str:
        return f"degrees clockwise, or {', '.join(MODES)}, joined by dots"

    @property
    def forgives(self) -> str:
        return "Degrees past a full turn go around again."

    def read(self, text: str) -> tuple[Turn, ...]:
        return tuple(self._item(item) for item in _items(text.split(".")))

    def _item(self, item: str) -> Turn:
        if item in MODES:
            return Turn(mode=item, written=item)
        number = normal_number(item)
        if number is None:
            raise self.misread(near=item, known=MODES)
        # Decimals stay as they were written: `90.80` may have been meant for a list.
        return Turn(degrees=float(number), written=item if "." in item else number)

    def write(self, value: tuple[Turn, ...]) -> str:
        return ".".join(map(str, value))


def _items(parts: list[str]) -> Iterator[str]:
    """The parts between dots, with the two that make one decimal number put together again."""
    for numeric, group in groupby(parts, key=_is_number):
        run = list(group)
        if numeric and len(run) == 2 and is_digits(run[1]):
            yield ".".join(run)
        else:
            yield from run


def _is_number(part: str) -> bool:
    """Digits, or what may stand in front of a decimal point in their place: `.5`, `-.5`."""
    digits = part.removeprefix("-")
    return not digits or is_digits(digits)
