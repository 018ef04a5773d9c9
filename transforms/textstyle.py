"""The style of a text layer, `<font>_<size>[_<keyword>…]`: how it is read, and how it prints.

    l_text:Arial_50:Hello
    l_text:Times%20New%20Roman_30_bold_italic_underline_center_letter_spacing_2:Hello
    l_text:fonts:brand.ttf_40:Hello                       a font that was uploaded, `:` for `/`
    l_text:caption:Hello                                  the style of a text that was uploaded as `caption`

The keywords stand in any order and print in that of the SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from transforms.kinds.base import Misread
from transforms.kinds.borders import read_border
from transforms.kinds.numbers import Number, bound, normal_number
from transforms.kinds.publicids import climbs

EXPECTED = "<font>_<size>, as in Arial_50 or Open%20Sans_24_bold_italic"

SIZE = Number(1, 2000, beyond="clamp")
"""Height of the type in pixels."""
LETTER_SPACING = Number(-500, 500, beyond="clamp")
LINE_SPACING = Number(-2000, 2000, beyond="clamp")

WORDS: dict[str, tuple[str, ...]] = {
    "weight": ("bold", "light", "thin"),
    "style": ("italic",),
    "decoration": ("underline", "strikethrough"),
    "align": ("left", "center", "right", "start", "end", "justify"),
    "stroke": ("stroke",),
}
"""Keywords that stand alone, by what they set."""

USUAL = ("normal", "none")
"""Keywords that say what is so anyway; they are left out in print."""

NAMED_WORDS: dict[str, tuple[str, ...]] = {
    "antialias": ("none", "gray", "subpixel", "fast", "good", "best"),
    "hinting": ("none", "slight", "medium", "full"),
}
"""Keywords that follow the name of what they set: `antialias_none`."""

_SPACINGS = {"letter": LETTER_SPACING, "line": LINE_SPACING}
_KEYWORDS = (
    *(word for words in WORDS.values() for word in words),
    *USUAL,
    "letter_spacing",
    "line_spacing",
    *NAMED_WORDS,
)
_WEIGHTS = {"thin": 100, "light": 300, "": 400, "bold": 700}
_FONT_FILES = (".ttf", ".otf")
_DEEPEST_FOLDER = 16
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{3,8}\Z|[0-9a-fA-F]{3,8}_")


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is set. What is empty, None or 0 was not said, and is as usual."""

    font: str
    """A family's name, or the public id of a font file with its ending; without a size, the public id of a
    text that holds the style."""
    size: float | None
    """Pixels."""
    weight: str = ""
    style: str = ""
    decoration: str = ""
    align: str = ""
    stroke: str = ""
    """`stroke`, or `stroke_bo_` and a border's text: the outline's width and colour."""
    letter_spacing: float = 0.0
    """Pixels more between two letters."""
    line_spacing: float = 0.0
    """Pixels more between two lines."""
    antialias: str = ""
    hinting: str = ""

    @property
    def font_asset(self) -> str | None:
        """The public id of the font, where it is a file that was uploaded."""
        return self.font if self.font.lower().endswith(_FONT_FILES) and self.size is not None else None

    @property
    def weight_number(self) -> int:
        """100 to 900, as CSS and OpenType count."""
        return _WEIGHTS[self.weight]

    def appearance(self) -> TextStyle:
        """This style without what makes no difference to pixels: the font's name stands elsewhere."""
        antialias = "none" if self.antialias == "none" else ""
        stroke = "stroke" if self.stroke else ""
        return replace(self, font="", stroke=stroke, antialias=antialias, hinting="")

    def __str__(self) -> str:
        font = quote(self.font.replace("/", ":"), safe=":$")
        if self.size is None:
            return font
        words = [font, bound(self.size), self.weight, self.style, self.decoration, self.align, self.stroke]
        words += [
            f"{name}_{bound(value)}"
            for name, value in (("letter_spacing", self.letter_spacing), ("line_spacing", self.line_spacing))
            if value
        ]
        words += [f"{name}_{getattr(self, name)}" for name in NAMED_WORDS if getattr(self, name)]
        return "_".join(filter(None, words))


def split_layer(text: str) -> tuple[str, str]:
    """Style and words of what follows `text:`, both still escaped.

    The first `:` parts them, but for those in the folder of a font file and in the colour of a stroke.
    """
    parts = text.split(":")
    last = 0
    if _size_at(parts[0].split("_")) is None:
        files = (i for i, part in enumerate(parts[:_DEEPEST_FOLDER]) if _is_sized_file(part))
        last = next(files, 0)
    if parts[last].endswith("_solid_rgb") and last + 1 < len(parts) and _HEXADECIMAL.match(parts[last + 1]):
        last += 1
    return ":".join(parts[: last + 1]), ":".join(parts[last + 1 :])


def _is_sized_file(part: str) -> bool:
    words = part.split("_")
    at = _size_at(words)
    return at is not None and "_".join(words[:at]).lower().endswith(_FONT_FILES)


def _size_at(words: list[str]) -> int | None:
    """Where the size stands; None where there is none. The font's name comes first and may hold numbers."""
    return next((i for i, word in enumerate(words) if i and normal_number(word) is not None), None)


def read_style(text: str) -> TextStyle:
    """The style in `text`, still percent-encoded.

    Raises Misread for an unknown keyword, with the nearest, and for a number that is none.
    """
    words = text.split("_")
    at = _size_at(words)
    font = _decoded("_".join(words[:at])).replace(":", "/")
    if not font or not font.isprintable() or climbs(font):
        raise Misread(f"has no style: it should be {EXPECTED}")
    if at is None:
        return TextStyle(font, None)
    return TextStyle(font, SIZE.read(words[at]), **_read_keywords(words[at + 1 :]))


def _read_keywords(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if word in USUAL:
            continue
        name, value = _READERS.get(word, _read_word)(word, words)
        if found.setdefault(name, value) != value:
            raise Misread(f"says two things of a text's {name.replace('_', ' ')}")
    return found


def _read_word(word: str, words: list[str]) -> tuple[str, str | float]:
    for name, known in WORDS.items():
        if word in known:
            return name, word
    raise Misread(
        f"has no keyword {word!r} for a text's style; known are {', '.join(_KEYWORDS)}",
        near=word,
        known=_KEYWORDS,
    )


def _read_spacing(word: str, words: list[str]) -> tuple[str, str | float]:
    if len(words) < 2 or words.pop(0) != "spacing":
        raise Misread(f"is not complete: {word}_spacing_ takes a number")
    number = words.pop(0)
    if normal_number(number) is None:
        raise Misread(f"is no style: {word}_spacing_ takes {_SPACINGS[word].expected}")
    return f"{word}_spacing", _SPACINGS[word].read(number)


def _read_named(word: str, words: list[str]) -> tuple[str, str | float]:
    known = NAMED_WORDS[word]
    if not words or words[0] not in known:
        given = words[0] if words else ""
        raise Misread(f"is no style: {word}_ takes one of {', '.join(known)}", near=given, known=known)
    return word, words.pop(0)


def _read_stroke(word: str, words: list[str]) -> tuple[str, str | float]:
    """`stroke`, or a whole border behind it, as one of the SDKs writes it."""
    if words[:1] != ["bo"]:
        return word, word
    border = read_border("_".join(words[1:4]))[2]
    del words[:4]
    return word, f"stroke_bo_{border}"


_READERS: dict[str, Callable[[str, list[str]], tuple[str, str | float]]] = {
    **dict.fromkeys(_SPACINGS, _read_spacing),
    **dict.fromkeys(NAMED_WORDS, _read_named),
    "stroke": _read_stroke,
}
"""Keywords that may be followed by more of their own."""


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Misread("is not UTF-8") from error
