"""`e_bgremoval`: a chroma key."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, argument
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.colornames import COLOR_NAMES
from transforms.kinds.colors import ColorKind
from transforms.kinds.numbers import Keyword
from transforms.values import Color

if TYPE_CHECKING:
    from pyvips import Image

_COLOR = ColorKind()

_SHARE = 10
"""Percent by which corners may differ and still be of one colour."""


class BackgroundRemoval(
    Effect, code="e_bgremoval", examples=("e_bgremoval", "e_bgremoval:white", "e_bgremoval:screen:00ff00")
):
    """Clear everything of one colour: a chroma key.

    The colour is the one named, as a word or six digits, or else the one that most corners have. What is near
    to it becomes half transparent. `screen` is for pictures taken in front of a green or blue screen: its
    shadows stay as shadows, and the light it throws on the subject is taken back. In an animation the first
    frame decides. No model is asked: a backdrop of many colours stays.
    """

    manner: str = argument(Keyword(("screen",)), default="")
    color: Color | None = argument(_COLOR, default=None)
    corners: tuple[float, ...] | None = field(default=None)
    """The colour of the corners of an animation's first frame."""

    @classmethod
    def read(cls, text: str) -> Self:
        first, _, rest = text.partition(":")
        manner, color = ("screen", rest) if first == "screen" else ("", text)
        try:
            return cls(manner, _COLOR.read(color) if color else None)
        except Misread as error:
            raise Misread(
                f"is not screen:, {_COLOR.expected}", near=color, known=("screen", *COLOR_NAMES)
            ) from error

    def __str__(self) -> str:
        parts = (self.manner, str(self.color) if self.color is not None else "")
        return ":".join((self.code, *filter(None, parts)))

    def frame_after(self, before: Frame) -> Frame:
        return replace(before, alpha=True)

    def settled(self, image: Image) -> Self:
        from transforms.bands import in_color
        from transforms.keying import backdrop

        found = backdrop(in_color(image), _SHARE) if self.color is None else None
        return replace(self, corners=found)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.bands import with_alpha
        from transforms.keying import backdrop, keyed, painted

        image = with_alpha(image)
        if self.color is not None:
            color = self.color
            corners: tuple[float, ...] | None = painted(
                image, (color.red, color.green, color.blue, color.alpha)
            )
        else:
            corners = self.corners or backdrop(image, _SHARE)
        return image if corners is None else keyed(image, corners, screen=self.manner == "screen")
