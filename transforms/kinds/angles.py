"""Rotation and mirroring: items joined by dots, applied in order."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.kinds.base import Kind
from transforms.kinds.numbers import normal_number
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

MOST_DEGREES = 3600


@dataclass(frozen=True, slots=True)
class AngleKind(Kind[tuple[Turn, ...]]):
    """Quarter turns and modes."""

    @property
    def expected(self) -> str:
        return (
            f"a multiple of 90 from -{MOST_DEGREES} to {MOST_DEGREES}, or {', '.join(MODES)}, joined by dots"
        )

    def read(self, text: str) -> tuple[Turn, ...]:
        return tuple(self._item(item) for item in text.split("."))

    def _item(self, item: str) -> Turn:
        if item in MODES:
            return Turn(mode=item, written=item)
        number = normal_number(item)
        if number is None:
            raise self.misread(near=item, known=MODES)
        if abs(int(number)) > MOST_DEGREES:
            raise self.misread()
        if int(number) % 90:
            raise NotOffered(f"a_{number} is known, but not offered yet: use a multiple of 90 degrees")
        return Turn(degrees=float(number), written=number)

    def write(self, value: tuple[Turn, ...]) -> str:
        return ".".join(map(str, value))
