"""A text as it is drawn: every value concrete, the fonts chosen."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from transforms.errors import InvalidValue
from transforms.fontbook import Face, FontBook, Run, asset_family, asset_runs
from transforms.kinds.borders import read_border
from transforms.textstyle import TextStyle, read_style, split_layer
from transforms.textwords import fill, read_text, variables_in, write_text

__all__ = [
    "FontBook",
    "Rgba",
    "TextBlock",
    "TextStyle",
    "asset_family",
    "asset_runs",
    "fill",
    "read_style",
    "read_text",
    "split_layer",
    "text_block",
    "variables_in",
    "write_text",
]

Rgba = tuple[int, int, int, int]
BLACK: Rgba = (0, 0, 0, 255)

Border = tuple[float, Rgba]
"""Width in pixels, and colour."""

MOST_STROKE = 100.0
"""Pixels of an outline around letters; a wider one counts as this wide."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A text, and everything that decides its pixels."""

    runs: tuple[Run, ...]
    style: TextStyle
    """Without the font's name: `runs` say what is drawn."""
    color: Rgba = BLACK
    background: Rgba | None = None
    """What lies behind the text, over all of its box."""
    border: Border | None = None
    """Of the outline of the letters where the style has `stroke`, or else of a
    frame around the box."""
    width: int | None = None
    """Lines are broken to be no longer than this many pixels."""
    height: int | None = None
    """Lines past this many pixels are left out, and `…` stands for them."""
    no_trim: bool = False
    """The box is that of the lines; otherwise that of the ink."""
    disallow_overflow: bool = False
    """What does not fit is an error, rather than broken inside a word or cut off."""

    @property
    def text(self) -> str:
        return "".join(stretch for stretch, _ in self.runs)

    @property
    def size(self) -> float:
        """Height of the type in pixels."""
        assert self.style.size is not None, "fonts are not chosen for a style without a size"
        return self.style.size

    def to_json(self) -> str:
        """A text that `from_json` reads; equal blocks give equal ones while their fonts lie in one place."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> TextBlock:
        """The block that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        values["runs"] = tuple((stretch, Face(**face)) for stretch, face in values["runs"])
        values["style"] = TextStyle(**values["style"])
        values["color"] = tuple(values["color"])
        if values["background"] is not None:
            values["background"] = tuple(values["background"])
        if values["border"] is not None:
            values["border"] = (values["border"][0], tuple(values["border"][1]))
        return cls(**values)

    def __str__(self) -> str:
        return f"text of {len(self.text)} characters at {self.size:g}px"


def text_block(
    runs: tuple[Run, ...], style: TextStyle, *, border: Border | None = None, **options: Any
) -> TextBlock:
    """The block for `runs`, which come from `FontBook.runs` or `asset_runs`; the options are its fields.

    An outline whose width and colour stand in the style itself needs no `border`. Raises InvalidValue when
    there is nothing to show.
    """
    if not any(stretch.strip() for stretch, _ in runs):
        raise InvalidValue("the text is empty: a text layer has something to show", code="empty_text")
    border = border or _own_border(style)
    if border is not None and style.stroke:
        border = (min(border[0], MOST_STROKE), border[1])
    return TextBlock(runs, style.appearance(), border=border, **options)


def _own_border(style: TextStyle) -> Border | None:
    written = style.stroke.removeprefix("stroke_bo_")
    if written == style.stroke:
        return None
    width, color, _ = read_border(written)
    return width, (color.red, color.green, color.blue, color.alpha)
