"""What every blend is: an effect beside `fl_layer_apply`, which says how a layer is put on the picture."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from transforms.actions.effect import Effect
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


class Blend(Effect):
    """An effect that needs two images. Without a layer in front of it, it is refused."""

    clears: ClassVar[bool] = False
    """Whether parts of an opaque picture may become transparent; `frame_after` says the same."""

    @property
    def reach(self) -> int | None:
        """How far around the layer pixels are changed or looked at; None where it is all of the picture."""
        return 0

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=before.alpha or self.clears)

    def notes(self, frame: Frame) -> tuple[str, ...]:
        return ()

    def apply(self, image: Image, before: Frame) -> Image:
        """A blend on its own does nothing; the planner never asks for it."""
        return image

    @abstractmethod
    def blend(self, base: Image, layer: Image) -> Image:
        """`layer` put on `base`. Both are of one size, 8-bit sRGB or P3 with alpha; the layer is transparent
        where it does not reach. What comes out has the size of `base`; they may be a part of the picture,
        with what lies within `reach` of the layer."""
