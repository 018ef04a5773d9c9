"""What a plan is made of: the few geometric operations every crop mode comes down to, and the effects.

An operation is frozen and concrete. It says what frame it leaves behind and it does the pixels of *one page*;
`render` walks the pages of an animation. Importing this does not import libvips, so that the web process can
plan without it: what needs `pixels` imports it when it is applied, in a worker.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
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

    def __str__(self) -> str:
        return f"{_number(self.width)}x{_number(self.height)}{_signed(self.left)}{_signed(self.top)}"


@dataclass(frozen=True, slots=True)
class Focus:
    """A window of this size wherever the picture draws the eye (libvips' attention)."""

    width: float
    height: float

    def __str__(self) -> str:
        return f"{_number(self.width)}x{_number(self.height)} g_auto"


class Operation(ABC):
    """One step of a plan."""

    __slots__ = ()
    name: ClassVar[str]
    label: str
    """What of the recipe asked for it: `c_fill`, `a_90`. It plays no part in comparing plans."""

    @abstractmethod
    def frame_after(self, before: Frame) -> Frame:
        """The frame this operation leaves behind."""

    @abstractmethod
    def apply(self, image: Image, before: Frame) -> Image:
        """The pixels of one page, 8-bit sRGB or P3 with or without alpha, done."""

    def settled(self, image: Image) -> Operation:
        """This operation with all decided that only pixels can tell, so that every frame is treated alike."""
        return self

    def hashes(self) -> frozenset[str]:
        """The content hashes of what it needs besides the image."""
        return frozenset()

    def describe(self, before: Frame) -> str:
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

    def describe(self, before: Frame) -> str:
        whole = self.window == Rect(0, 0, before.width, before.height)
        return "" if whole else f"of {self.window}"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.pixels import resample

        return resample(image, self.window, self.width, self.height)

    def settled(self, image: Image) -> Resample:
        from transforms.pixels import attended

        return replace(self, window=attended(image, self.window)) if isinstance(self.window, Focus) else self


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
        return Frame(
            self.width, self.height, before.pages, before.alpha or self.fill is None or self.fill[3] < 255
        )

    def describe(self, before: Frame) -> str:
        return f"at {self.left},{self.top} on {_color(self.fill)}"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.pixels import canvas

        return canvas(image, self.left, self.top, self.width, self.height, self.fill)


@dataclass(frozen=True, slots=True)
class Rotate(Operation):
    """Turn clockwise by 90, 180 or 270 degrees."""

    name: ClassVar[str] = "rotate"
    degrees: int
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before.sized(before.height, before.width) if self.degrees in (90, 270) else before

    def describe(self, before: Frame) -> str:
        return f"{self.degrees} degrees"

    def apply(self, image: Image, before: Frame) -> Image:
        turned: Image = image.rot(f"d{self.degrees}")
        return turned


@dataclass(frozen=True, slots=True)
class Flip(Operation):
    """Mirror: `horizontal` swaps left and right, `vertical` top and bottom."""

    name: ClassVar[str] = "flip"
    direction: str
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before

    def describe(self, before: Frame) -> str:
        return self.direction

    def apply(self, image: Image, before: Frame) -> Image:
        mirrored: Image = image.flip(self.direction)
        return mirrored


@dataclass(frozen=True, slots=True)
class Flatten(Operation):
    """Put a colour (red, green, blue, alpha) behind what is transparent."""

    name: ClassVar[str] = "flatten"
    fill: tuple[int, int, int, int]
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return Frame(before.width, before.height, before.pages, before.alpha and self.fill[3] < 255)

    def describe(self, before: Frame) -> str:
        return f"on {_color(self.fill)}"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.pixels import flatten

        return flatten(image, self.fill)


def _number(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")


def _signed(edge: float) -> str:
    return f"{'-' if edge < 0 else '+'}{_number(abs(edge))}"


def _color(fill: tuple[int, int, int, int] | None) -> str:
    return "nothing" if fill is None else f"#{bytes(fill if fill[3] < 255 else fill[:3]).hex()}"
