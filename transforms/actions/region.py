"""What the effects on a region have in common: where it lies, by `x y w h` and `g` beside them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, Rows, beside, looked
from transforms.frame import Frame
from transforms.gravity import ANCHORS, position
from transforms.operations import Operation
from transforms.regions import Box, around_faces, cut
from transforms.values import Gravity

if TYPE_CHECKING:
    from pyvips import Image

_FACES = ("face", "faces", "adv_face", "adv_faces")


class RegionEffect(Effect):
    """An effect on a rectangle: `w` and `h` large with its corner at (`x`, `y`), or as `g` places it.

    What is not given reaches to the edges, and what reaches beyond them is cut.
    """

    x: float = beside("x", default=0.0)
    y: float = beside("y", default=0.0)
    width: float | None = beside("w", default=None)
    height: float | None = beside("h", default=None)
    gravity: Gravity | None = beside("g", default=None)
    faces: Rows = looked(default=())

    @abstractmethod
    def change(self, patch: Image) -> Image:
        """The region done over."""

    def question(self, frame: Frame) -> tuple[str, str] | None:
        return ("faces", "") if self._on_faces else None

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.boxes(frame) else []

    def boxes(self, frame: Frame) -> list[Box]:
        """The regions, cut to the image; none when they miss it."""
        if self._on_faces:
            return list(around_faces(frame, self.faces, 1.0))
        box = cut(frame, *self._rectangle(frame))
        return [] if box is None else [box]

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.patches import repainted

        return repainted(image, self.boxes(before), self.change)

    def describe(self, before: Frame) -> str:
        places = ", ".join(map(str, self.boxes(before)))
        return f"{super().describe(before)} of {places}".strip()

    @property
    def _on_faces(self) -> bool:
        return self.gravity is not None and self.gravity.name in _FACES

    def _rectangle(self, frame: Frame) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        name = self.gravity.name if self.gravity is not None else ""
        if name not in ANCHORS and name != "xy_center":
            width = frame.width - self.x if self.width is None else self.width
            height = frame.height - self.y if self.height is None else self.height
            return self.x, self.y, width, height
        width = frame.width if self.width is None else self.width
        height = frame.height if self.height is None else self.height
        left, top = position(frame, width, height, gravity=name, x=self.x, y=self.y)
        return left, top, width, height
