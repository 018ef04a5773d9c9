"""Gravity: which part of the picture to keep."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.kinds.base import Kind
from transforms.known import KNOWN_GRAVITIES
from transforms.values import Gravity

GRAVITIES: dict[str, str] = {
    "center": "the middle; the default",
    "north_west": "the top left corner",
    "north": "the middle of the top edge",
    "north_east": "the top right corner",
    "west": "the middle of the left edge",
    "east": "the middle of the right edge",
    "south_west": "the bottom left corner",
    "south": "the middle of the bottom edge",
    "south_east": "the bottom right corner",
    "xy_center": "the point (`x_`, `y_`) of the image",
    "auto": "where the picture draws the eye; what follows a colon (`auto:face`) is not looked for yet",
}
"""The gravities that are offered."""

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_MOST_MODIFIERS = 10


@dataclass(frozen=True, slots=True)
class GravityKind(Kind[Gravity]):
    """A compass point, a point of its own, or `auto`."""

    @property
    def expected(self) -> str:
        return f"a gravity: one of {', '.join(GRAVITIES)}"

    def read(self, text: str) -> Gravity:
        name, *modifiers = text.split(":")
        if name == "auto" and len(modifiers) <= _MOST_MODIFIERS and all(map(_is_name, modifiers)):
            return Gravity(name, tuple(modifiers))
        if name in GRAVITIES and not modifiers:
            return Gravity(name)
        if name in KNOWN_GRAVITIES:
            raise NotOffered(f"g_{name} {KNOWN_GRAVITIES[name]}")
        raise self.misread(near=name, known=(*GRAVITIES, *KNOWN_GRAVITIES))


def _is_name(text: str) -> bool:
    return bool(text) and _NAME.issuperset(text)
