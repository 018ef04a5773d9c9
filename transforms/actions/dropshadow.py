"""`e_dropshadow`: the shadow that a cut-out casts on the ground."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

from transforms.actions.blur import REACH
from transforms.actions.effect import Effect, Room, argument
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Integer
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

_LONGEST = 4.0
"""How many times as long as high a shadow is at the most: at sunset it would have no end."""

_FLATTENED = 0.5
"""The ground is seen from above and in front, so that what goes away from us looks half as long."""

_THINNEST = 0.12
"""Part of its height that a shadow keeps when it falls right to the side, or straight down."""

_SOFTEST = 0.05
"""Sigma at full spread, in parts of the shorter side."""

_ROUNDS = 3
"""So often the room for a shadow and how soft it is are found in turn."""


class DropShadow(
    Effect,
    code="e_dropshadow",
    examples=("e_dropshadow", "e_dropshadow:azimuth_130;elevation_60;spread_20"),
):
    """Let a cut-out cast a shadow on the ground it stands on.

    `azimuth` is where the light comes from, in degrees clockwise from behind the picture: 0 to 360, 215 by
    default, which is in front and from the left. `elevation` is how high it stands: 0 to 90, 45 by default;
    the lower, the longer the shadow, up to four times as long as the picture is high. `spread` is how soft
    its edge is: 0 to 100, 50 by default. They may come in any order, with semicolons between.

    The size of the picture stays: pad first where the shadow should have room; a layer grows by what its
    shadow may need. A picture without transparency has no shape to cast a shadow, and stays as it is; a layer
    casts that of its box.
    """

    azimuth: int = argument(Integer(0, 360, beyond="clamp"), default=215)
    elevation: int = argument(Integer(0, 90, beyond="clamp"), default=45)
    spread: int = argument(Integer(0, 100, beyond="clamp"), default=50)

    @classmethod
    def read(cls, text: str) -> Self:
        kinds = {declared.name: declared.kind for declared in cls.arguments()}
        values: dict[str, Any] = {}
        for item in filter(None, text.split(";")):
            name, _, value = item.partition("_")
            if name not in kinds:
                raise Misread(
                    f"is not one of {', '.join(f'{kind}_n' for kind in kinds)}, with semicolons between",
                    near=name,
                    known=kinds,
                )
            if name in values:
                raise Misread(f"says {name} twice")
            values[name] = kinds[name].read(value)
        return cls(**values)

    def __str__(self) -> str:
        said = [
            f"{declared.name}_{declared.kind.write(getattr(self, declared.name))}"
            for declared in self.arguments()
            if getattr(self, declared.name) != declared.default
        ]
        return ":".join((self.code, ";".join(said))) if said else self.code

    @property
    def direction(self) -> tuple[float, float]:
        """Where the shadow of what stands one pixel high ends: to the right, and up, in pixels."""
        length = min(1 / max(math.tan(math.radians(self.elevation)), 1 / _LONGEST), _LONGEST)
        away = math.radians(self.azimuth + 180)
        right, up = length * math.sin(away), length * math.cos(away) * _FLATTENED
        return right, math.copysign(max(abs(up), _THINNEST), up)

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if frame.alpha else []

    def bleed(self, before: Frame, *, text: bool) -> Room:
        right, up = (round(side * before.height) for side in self.direction)
        # The larger canvas makes the edge softer, which needs more room again: each time far less.
        soft = 0
        for _ in range(_ROUNDS):
            room = self._room(before.height, right, up, soft)
            grown = before.sized(before.width + room[0] + room[2], before.height + room[1] + room[3])
            soft = math.ceil(self._sigma(grown) * REACH) + 1
        return self._room(before.height, right, up, soft)

    def _room(self, height: int, right: int, up: int, soft: int) -> Room:
        return soft + max(0, -right), max(0, soft + up - height), soft + max(0, right), soft + max(0, -up)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.shadows import cast

        return cast(image, *self.direction, self._sigma(before))

    def _sigma(self, before: Frame) -> float:
        return self.spread / 100 * _SOFTEST * min(before.width, before.height)
