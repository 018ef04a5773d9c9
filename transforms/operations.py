"""What a plan is made of: the few geometric operations every crop mode comes down to, and the effects.

An operation is frozen and concrete. It says what frame it leaves behind and it does the pixels of *one page*;
`render` walks the pages of an animation. Nothing here imports libvips, so that the web process can plan without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


@dataclass(frozen=True, slots=True)
class Rect:
    """A window in pixels of the image that enters an operation; edges may be fractional."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Focus:
    """A window of this size wherever the picture draws the eye (libvips' attention)."""

    width: float
    height: float


class Operation(ABC):
    """One step of a plan."""

    __slots__ = ()
    name: ClassVar[str]

    @abstractmethod
    def frame_after(self, before: Frame) -> Frame:
        """The frame this operation leaves behind."""

    @abstractmethod
    def apply(self, image: Image, before: Frame) -> Image:
        """The pixels of one page, 8-bit sRGB or P3 with or without alpha, done."""

    def describe(self) -> str:
        """What stands beside the label in the plan's explanation."""
        return ""


@dataclass(frozen=True, slots=True)
class Resample(Operation):
    """Cut `window` out of the source, then scale it to `width` x `height`: crop first, scale second."""

    name: ClassVar[str] = "resample"
    window: Rect | Focus
    width: int
    height: int
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before.sized(self.width, self.height)

    def apply(self, image: Image, before: Frame) -> Image:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Canvas(Operation):
    """Put the image at (left, top) of a canvas; what it does not cover is `fill`, or transparent when None.

    Negative offsets and a canvas smaller than the image cut.
    """

    name: ClassVar[str] = "canvas"
    left: int
    top: int
    width: int
    height: int
    fill: tuple[int, int, int, int] | None = None
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return Frame(self.width, self.height, before.pages, before.alpha or self.fill is None or self.fill[3] < 255)

    def apply(self, image: Image, before: Frame) -> Image:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rotate(Operation):
    """Turn clockwise by 90, 180 or 270 degrees."""

    name: ClassVar[str] = "rotate"
    degrees: int
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before.sized(before.height, before.width) if self.degrees in (90, 270) else before

    def apply(self, image: Image, before: Frame) -> Image:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Flip(Operation):
    """Mirror: `horizontal` swaps left and right, `vertical` top and bottom."""

    name: ClassVar[str] = "flip"
    direction: str
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before

    def apply(self, image: Image, before: Frame) -> Image:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Flatten(Operation):
    """Put a colour (red, green, blue, alpha) behind what is transparent."""

    name: ClassVar[str] = "flatten"
    fill: tuple[int, int, int, int]
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return Frame(before.width, before.height, before.pages, before.alpha and self.fill[3] < 255)

    def apply(self, image: Image, before: Frame) -> Image:
        raise NotImplementedError
