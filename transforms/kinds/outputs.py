"""Format, quality, density and pages of the result."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.formats import FORMATS
from transforms.kinds.base import Kind
from transforms.kinds.numbers import is_digits, normal_number
from transforms.known import KNOWN_FORMATS, KNOWN_QUALITIES
from transforms.values import Auto, Pages, Quality

LEVELS: dict[str, str] = {
    "best": "less compression, for pictures that are looked at closely",
    "good": "the default of `q_auto`",
    "eco": "smaller",
    "low": "smallest that still looks right on a small screen",
    "sensitive": "as `best`, a little smaller: for pictures with fine gradients",
}
"""The levels of `q_auto`."""

_CHROMA = ("420", "444")
_WRITTEN = {
    extension: format.name for format in FORMATS.values() if format.written for extension in format.extensions
}
_MOST_DENSITY = 100
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class FormatKind(Kind[str | Auto]):
    """A format we write, or `auto`."""

    @property
    def expected(self) -> str:
        return f"a format: one of auto, {', '.join(dict.fromkeys(_WRITTEN.values()))}"

    @property
    def forgives(self) -> str:
        return "Names may be in upper case; jpeg and jpe mean jpg, tif means tiff."

    def read(self, text: str) -> str | Auto:
        name = text.lower()
        if name in _WRITTEN:
            return _WRITTEN[name]
        if name in ("auto", "auto:image", "auto:animated"):
            return Auto(tuple(name.split(":")[1:]))
        if name in KNOWN_FORMATS:
            raise NotOffered(f"f_{name} {KNOWN_FORMATS[name]}")
        raise self.misread(near=name, known=("auto", *_WRITTEN))

    def spelling(self, text: str, value: str | Auto) -> str:
        return text.lower()


@dataclass(frozen=True, slots=True)
class QualityKind(Kind[Quality]):
    """A level from 1 to 100, or `auto`, with the chroma subsampling after a colon."""

    @property
    def expected(self) -> str:
        return f"a quality: a number from 1 to 100, or auto[:{'|'.join(LEVELS)}], then [:420|444]"

    @property
    def forgives(self) -> str:
        return "A number between 0 and 1 counts as 1."

    def read(self, text: str) -> Quality:
        head, *rest = text.split(":")
        if head == "jpegmini":
            raise NotOffered(f"q_jpegmini {KNOWN_QUALITIES[head]}")
        if head == "auto":
            return self._auto(rest)
        number = normal_number(head)
        if number is None or not 0 < float(number) <= 100:
            raise self.misread(near=head, known=("auto",))
        if rest and rest[0].startswith("qmax_"):
            raise NotOffered(f"q_{number}:qmax {KNOWN_QUALITIES['qmax']}")
        return Quality(
            level=max(1.0, float(number)), chroma=self._chroma(rest), written=":".join((number, *rest))
        )

    def _auto(self, rest: list[str]) -> Quality:
        level = rest[0] if rest and rest[0] in LEVELS else None
        chroma = self._chroma(rest[1:] if level else rest)
        return Quality(auto=level or "good", chroma=chroma, written=":".join(("auto", *rest)))

    def _chroma(self, rest: list[str]) -> str | None:
        if len(rest) > 1 or not set(rest) <= set(_CHROMA):
            raise self.misread(near=rest[0], known=LEVELS)
        return rest[0] if rest else None


@dataclass(frozen=True, slots=True)
class DensityKind(Kind[float | Auto]):
    """Device pixels to a CSS pixel, or `auto`."""

    @property
    def expected(self) -> str:
        return f"a number above 0 and up to {_MOST_DENSITY}, or auto"

    def read(self, text: str) -> float | Auto:
        if text == "auto":
            return Auto()
        number = normal_number(text)
        if number is None:
            raise self.misread(near=text, known=("auto",))
        if not 0 < float(number) <= _MOST_DENSITY:
            raise self.misread()
        return float(number)

    def spelling(self, text: str, value: float | Auto) -> str:
        return normal_number(text) or text


@dataclass(frozen=True, slots=True)
class PagesKind(Kind[Pages]):
    """One page or frame."""

    @property
    def expected(self) -> str:
        return f"a page from 1 to {_MOST_PAGES}"

    def read(self, text: str) -> Pages:
        number = normal_number(text)
        if number is None and _is_selection(text):
            raise NotOffered("pg_ with several pages or names is known, but not offered yet: give one number")
        if number is None or "." in number or not 1 <= int(number) <= _MOST_PAGES:
            raise self.misread()
        return Pages(int(number), written=number)


def _is_selection(text: str) -> bool:
    """`5-7`, `3;5-7;9-`, `-11;15`, `name:Layer1`, `embedded:2`."""
    if text.startswith(("name:", "embedded:")):
        return True
    digits = text.replace("-", "").replace(";", "")
    return digits != text and is_digits(digits)
