"""Seam carving: an image becomes narrower (or lower) by thin lines of pixels where there is least to see.

S. Avidan and A. Shamir, "Seam Carving for Content-Aware Image Resizing", SIGGRAPH 2007: a seam is a path of
pixels from edge to edge, one in each row, each at most one column from the last; the cheapest goes, cost
being the strength of the edges on it, until the width is right.

That is done on a small picture of at most 200 pixels, which bounds the time; what comes out is a map of where
each pixel of the result is taken from, and the map is drawn at full size. Importing this does not load
libvips.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from transforms.frame import Frame
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

MOST_REMOVED = 0.5
"""Of a side."""


@dataclass(frozen=True, slots=True)
class Carve(Operation):
    """Take seams out until the image is `width` x `height`. One of both is what it was."""

    name: ClassVar[str] = "carve"
    width: int
    height: int
    map: Image | None = field(default=None, compare=False, repr=False)
    """Where every pixel is taken from, decided on the first frame of an animation."""
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before.sized(self.width, self.height)

    def describe(self, before: Frame) -> str:
        return "seams carved"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.carving import carved, seam_map

        return carved(image, self.map or seam_map(image, self.width, self.height))

    def settled(self, image: Image) -> Carve:
        from transforms.carving import seam_map

        return replace(self, map=seam_map(image, self.width, self.height))
