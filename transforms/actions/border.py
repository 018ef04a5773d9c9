"""`bo`: a border."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, beside
from transforms.actions.radius import Radius
from transforms.frame import Frame
from transforms.kinds.borders import read_border
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

Rgba = tuple[int, int, int, int]


class Border(
    Effect,
    code="bo",
    examples=("bo_4px_solid_black,w_300", "bo_6px_solid_rgb:ff880080,r_30,w_300", "bo_1.5px_solid_red"),
):
    """Draw a solid border inside the edge of the image, which stays as large as it is.

    The width is in pixels and may have decimals; one wider than half the shorter side covers everything. A
    colour with alpha lets the image through. With `r` in the same component the border follows the rounded
    corners, and its inner edge is concentric with the outer one. `bo_solid` is 2 pixels of black.
    """

    width: float
    color: Rgba
    radius: Radius | None = beside("r", default=None)
    written: str = field(default="", compare=False)

    @classmethod
    def read(cls, text: str) -> Self:
        width, color, written = read_border(text)
        return cls(width=width, color=(color.red, color.green, color.blue, color.alpha), written=written)

    def __str__(self) -> str:
        return f"{self.code}_{self.written}"

    def describe(self, before: Frame) -> str:
        return self.written if self.radius is None else f"{self.written} within {self.radius}"

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.width > 0 and self.color[3] > 0 else []

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.rounding import bordered

        corners = self.radius.corners(before) if self.radius is not None else None
        return bordered(image, self.width, self.color, corners)
