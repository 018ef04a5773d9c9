"""What the picture itself puts behind its transparent parts: colours found in it, or all of it blurred."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from transforms.frame import Frame
from transforms.operations import Operation
from transforms.values import AutoBackground, BlurredBackground

if TYPE_CHECKING:
    from pyvips import Image

Box = tuple[int, int, int, int]
"""Left, top, width and height in whole pixels."""

Colors = tuple[tuple[float, ...], ...]
"""Channels of colours in the image's own colour space, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Surround(Operation):
    """Fill what is transparent from the picture, which lies in `box` of the image.

    Without a box the picture is what can be seen of the image. The first frame of an animation decides the
    `colors`, or which part of it, the `source`, is blurred: they must not change from frame to frame.
    """

    name: ClassVar[str] = "surround"
    background: AutoBackground | BlurredBackground
    box: Box | None = None
    colors: Colors = ()
    source: Box | None = None
    label: str = field(default="b", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=False)

    def describe(self, before: Frame) -> str:
        return str(self.background)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms import backdrops

        if not image.hasalpha():
            return image
        image = image.copy_memory()
        if isinstance(self.background, BlurredBackground):
            source = self.source or backdrops.source(image, self.box)
            return backdrops.on_blurred(image, source, self.background.intensity, self.background.brightness)
        colors = self.colors or backdrops.found(image, self.box, self.background)
        return backdrops.on_colors(image, colors, self.background.direction)

    def settled(self, image: Image) -> Surround:
        from transforms import backdrops

        if not image.hasalpha():
            return self
        if isinstance(self.background, BlurredBackground):
            return replace(self, source=backdrops.source(image, self.box))
        return replace(self, colors=backdrops.found(image, self.box, self.background))
