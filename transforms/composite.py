"""The operation that puts a layer on the picture, or under it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from transforms.actions.blend import Blend
from transforms.frame import Frame
from transforms.knowledge import Picture
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


@dataclass(frozen=True, slots=True)
class Composite(Operation):
    """Put `layer` at (left, top) of the picture; the canvas grows where `width` and `height` say so.

    The picture itself lies at (base_left, base_top) of the result. `render` draws the layer first: it knows
    where the bytes are.
    """

    name: ClassVar[str] = "composite"
    layer: Picture
    left: int
    """Of the layer, in pixels of the result."""
    top: int
    width: int
    """Of the result."""
    height: int
    base_left: int = 0
    base_top: int = 0
    under: bool = False
    tiled: bool = False
    cutter: bool = False
    """Keep of the picture what the layer covers, and nothing of the layer."""
    blend: Blend | None = None
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        after = replace(before, width=self.width, height=self.height)
        if (after.width, after.height) != (before.width, before.height) or self.cutter:
            return replace(after, alpha=True)
        return self.blend.frame_after(after) if self.blend is not None else after

    def hashes(self) -> frozenset[str]:
        return self.layer.hashes()

    def describe(self, before: Frame) -> str:
        manner = [self.blend.label] if self.blend is not None else []
        manner += [word for word in ("under", "tiled", "cutter") if getattr(self, word)]
        return " ".join((f"{self.layer.frame} at {self.left},{self.top}", *manner))

    def apply(self, image: Image, before: Frame) -> Image:
        raise TypeError("a layer has to be drawn first: `combine` takes it")

    def combine(self, image: Image, layer: Image) -> Image:
        """The pixels of one page, with those of the layer."""
        from transforms.compositing import composite

        return composite(self, image, layer)
