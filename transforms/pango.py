"""Letters set by pango, as libvips offers it. Worker side: this loads libvips.

Fonts are told by the exact face, stretch by stretch, and pango's own search for a font that helps out is off:
it would look at every font this process has ever seen. The environment of the process names fontconfig's
configuration, `transforms.fonts.CONFIGURATION`, which leaves the system's fonts out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import Any

import pyvips
from pyvips import Image

from transforms.errors import InvalidValue, LimitExceeded, UnsupportedFormat
from transforms.fontbook import Run
from transforms.fontfile import read_font
from transforms.fonts import FILES, FOLDER
from transforms.text import TextBlock

_DOTS_PER_INCH = 72
_SCALE = 1024
"""Pango counts in these parts of a point, which at 72 dots an inch is a pixel."""

_loaded: set[str] = set()
"""The font files this process has told fontconfig of."""


@dataclass(frozen=True, slots=True)
class Ink:
    """What pango drew: its pixels, and where they lie below and right of the first line's corner."""

    image: Image
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + int(self.image.width)

    @property
    def bottom(self) -> int:
        return self.top + int(self.image.height)


def load_shipped() -> None:
    """Tell fontconfig of the shipped fonts, which drawings (SVG) may name too."""
    for name in FILES:
        _load(f"{FOLDER}/{name}")


def set_letters(block: TextBlock) -> Ink:
    """Have pango set and draw the letters."""
    for _, face in block.runs:
        _load(face.path)
    options: dict[str, Any] = {}
    if block.width is not None:
        # Inside a word only where a whole one does not fit; where that is an error it is to be seen.
        options = {"width": block.width, "wrap": "word" if block.disallow_overflow else "word-char"}
    align, justify = _alignment(block)
    try:
        image = Image.text(
            _markup(block),
            font=block.runs[0][1].family,
            dpi=_DOTS_PER_INCH,
            rgba=True,
            align=align,
            justify=justify,
            spacing=round(block.style.line_spacing),
            **options,
        )
    except pyvips.Error as error:
        raise _refusal(error) from error
    return Ink(image, image.xoffset, image.yoffset)


def _load(path: str) -> None:
    """Tell fontconfig of a font file, once; libvips does so where a text names one."""
    if path in _loaded:
        return
    # Where a file is no font libvips only warns, and another font is drawn.
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # no pathlib in the core
            read_font(file.read())
    except (OSError, UnsupportedFormat) as error:
        raise InvalidValue("the font's file cannot be read", code="broken_font") from error
    Image.text("x", fontfile=path)
    _loaded.add(path)


def _refusal(error: pyvips.Error) -> InvalidValue | LimitExceeded:
    said = str(error)
    if "no text to render" in said:
        return InvalidValue("the text is empty: it shows no ink", code="empty_text")
    if "too big" in said or "memory" in said:
        return LimitExceeded("the text would be too large to draw", code="text_too_large")
    return InvalidValue("the text cannot be set", code="unset_text")


def _markup(block: TextBlock) -> str:
    """Pango's markup; the text in it is escaped, so that it is never read as markup itself."""
    style = block.style
    red, green, blue, _ = block.color
    attributes = {
        "size": round(block.size * _SCALE),
        "letter_spacing": round(style.letter_spacing * _SCALE),
        "foreground": f"#{red:02x}{green:02x}{blue:02x}",
        "underline": "single" if style.decoration == "underline" else "none",
        "strikethrough": "true" if style.decoration == "strikethrough" else "false",
        "fallback": "false",
        "insert_hyphens": "false",
    }
    return _span(attributes, "".join(_stretch(run) for run in _merged(block.runs)))


def _merged(runs: tuple[Run, ...]) -> list[Run]:
    """Neighbours in one face made one: letters join and kern within a stretch only."""
    merged: list[Run] = []
    for stretch, face in runs:
        if merged and merged[-1][1] == face:
            merged[-1] = (merged[-1][0] + stretch, face)
        else:
            merged.append((stretch, face))
    return merged


def _stretch(run: Run) -> str:
    text, face = run
    attributes = {
        "font_family": face.family,
        "weight": face.weight,
        "style": "italic" if face.italic else "normal",
    }
    return _span(attributes, escape(text, quote=False))


def _span(attributes: dict[str, Any], content: str) -> str:
    written = " ".join(f'{name}="{escape(str(value))}"' for name, value in attributes.items())
    return f"<span {written}>{content}</span>"


def _alignment(block: TextBlock) -> tuple[str, bool]:
    """Which side of the paper lines keep to, for pango: to that, `low` is where they begin."""
    align = block.style.align or "start"
    if align == "justify":
        return "low", True
    if align in ("left", "right"):
        rightward = _first_direction(block.text) != "R"
        align = "start" if (align == "left") == rightward else "end"
    return {"start": "low", "center": "centre", "end": "high"}[align], False


def _first_direction(text: str) -> str:
    """L or R, as the first letter that has a direction (Unicode Standard Annex 9, rule P2)."""
    found = (unicodedata.bidirectional(character) for character in text)
    return next(("R" if kind != "L" else "L" for kind in found if kind in ("L", "R", "AL")), "L")
