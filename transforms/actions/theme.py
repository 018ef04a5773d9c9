"""Themes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.colors import ColorKind
from transforms.kinds.lists import bare, words
from transforms.kinds.numbers import Number
from transforms.operations import Operation
from transforms.values import Color

if TYPE_CHECKING:
    from pyvips import Image

_COLOR = ColorKind()
_SENSITIVITY = Number(0, 200, beyond="clamp")
_DEFAULT = 100.0
_NEVER = 200.0
_NAMES = ("color", "photosensitivity")


class Theme(
    Effect,
    code="e_theme",
    examples=("e_theme:color_black", "e_theme:color_1d2b3a:photosensitivity_0"),
):
    """Give a drawing or a picture of a page another background colour, and what stands on it one to match.

    The commonest colour becomes that of the theme. Where one of the two is light and the other dark, all
    lightness is turned around, so that dark writing becomes light; hues stay. Photographs within the picture
    are left as they are: photosensitivity, from 0 to 200 and 100 by default, says how readily an area that is
    neither even nor all edges is taken for one. 0 treats nothing as a photograph, 200 everything.
    """

    color: Color
    photosensitivity: float = _DEFAULT
    background: tuple[float, ...] = ()

    @classmethod
    def read(cls, text: str) -> Theme:
        named: dict[str, str] = {}
        for word in words(text):
            name, _, value = word.partition("_")
            if name in named:
                raise Misread(f"says {name} twice")
            if name not in _NAMES:
                raise Misread("is not color_…, or color_…:photosensitivity_n", near=name, known=_NAMES)
            named[name] = value
        if "color" not in named:
            raise Misread("is not complete: e_theme needs a colour, as in e_theme:color_black")
        sensitivity = named.get("photosensitivity")
        return cls(
            color=_COLOR.read(named["color"]),
            photosensitivity=_DEFAULT if sensitivity is None else _SENSITIVITY.read(sensitivity),
        )

    def __str__(self) -> str:
        text = f"{self.code}:color_{self.color}"
        if self.photosensitivity == _DEFAULT:
            return text
        return f"{text}:photosensitivity_{_SENSITIVITY.write(self.photosensitivity)}"

    def operations(self, frame: Frame) -> list[Operation]:
        return [] if self.photosensitivity == _NEVER else [replace(self, color=bare(self.color))]

    def settled(self, image: Image) -> Self:
        from transforms.theming import commonest

        return replace(self, background=commonest(image))

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.theming import themed

        if not self.background:
            image = image.copy_memory()
            return self.settled(image).apply(image, before)
        return themed(image, self.background, self.color, self.photosensitivity / _NEVER)
