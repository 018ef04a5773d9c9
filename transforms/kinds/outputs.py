"""Format, quality, density and colours of the result."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.formats import FORMATS
from transforms.kinds.base import Kind
from transforms.kinds.numbers import held, normal_number
from transforms.kinds.publicids import public_id
from transforms.knowledge import SourceId
from transforms.known import KNOWN_FORMATS, KNOWN_QUALITIES
from transforms.values import Auto, Quality

LEVELS: dict[str, str] = {
    "best": "less compression, for pictures that are looked at closely",
    "good": "the default of `q_auto`",
    "eco": "smaller",
    "low": "smallest that still looks right on a small screen",
    "sensitive": "as `best`, a little smaller: for pictures with fine gradients",
    "bytes_40k": "not a level: the best quality at which the file is at most so large; `k` is 1,000 bytes, "
    "`m` a million",
    "ssim_98": "not a level: the smallest file whose likeness to the picture, its SSIM, is at least 0.98",
}
"""What may follow `q_auto:`."""

_CHROMA = ("420", "444")
_WRITTEN = {
    name: format.name
    for format in FORMATS.values()
    if format.written
    for name in (format.name, *format.extensions)
}
_MOST_DENSITY = 100
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_MOST_BYTES = 1_000_000_000
_MOST_DPI = 2_400

COLOR_SPACES: dict[str, str] = {
    "srgb": "sRGB, also where the format could keep a wider gamut",
    "srgb:truecolor": "sRGB in three channels: no palette, and gray becomes colour",
    "tinysrgb": "sRGB, with its profile embedded",
    "cmyk": "CMYK, in JPEG and TIFF; other formats stay sRGB",
    "keep_cmyk": "CMYK in JPEG and TIFF where the original has it",
    "no_cmyk": "no CMYK, which happens anyway",
    "copy": "as the original has it: CMYK in JPEG and TIFF, Display P3 where the format can say so",
}
"""The colour spaces a result can be in."""


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
    """A level from 1 to 100, or `auto` and what it should come to; the chroma subsampling after a colon."""

    @property
    def expected(self) -> str:
        levels = "|".join(level for level in LEVELS if "_" not in level)
        return (
            f"a quality: a number from 1 to 100, or auto[:{levels}|bytes_<size>|ssim_<1 to 100>], "
            "then [:420|444]; a number may have :qmax_<1 to 100>"
        )

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
        level, written = float(number), [number]
        if rest and rest[0].startswith("qmax_"):
            least = self._percent(rest.pop(0).removeprefix("qmax_"))
            level = max(level, float(least))
            written.append(f"qmax_{least}")
        chroma = self._chroma(rest)
        level = held(number, level, 1.0, 100.0) if len(written) == 1 else max(1.0, level)
        return Quality(level=level, chroma=chroma, written=":".join((*written, *rest)))

    def _auto(self, rest: list[str]) -> Quality:
        aim = rest[0] if rest and rest[0] not in _CHROMA else "good"
        chroma = self._chroma(rest[1:] if rest and rest[0] == aim else rest)
        said = ":".join(("auto", *rest))
        name, _, value = aim.partition("_")
        if name == "bytes":
            return Quality(most_bytes=self._bytes(value), chroma=chroma, written=said)
        if name == "ssim":
            percent = self._percent(value)
            said = said.replace(aim, f"ssim_{percent}")
            return Quality(ssim=float(percent), chroma=chroma, written=said)
        if aim not in LEVELS:
            raise self.misread(near=aim, known=LEVELS)
        return Quality(auto=aim, chroma=chroma, written=said)

    def _bytes(self, text: str) -> int:
        unit = text[-1:] if text[-1:] in ("k", "m") else ""
        number = normal_number(text.removesuffix(unit))
        size = float(number or 0) * _UNITS[unit]
        if not 1 <= size <= _MOST_BYTES:
            raise self.misread()
        return int(size)

    def _percent(self, text: str) -> str:
        number = normal_number(text)
        if number is None or not 1 <= float(number) <= 100:
            raise self.misread()
        return number

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
class InchKind(Kind[float | None]):
    """Dots an inch; `idn` is the original's own, and reads as None."""

    @property
    def expected(self) -> str:
        return f"a number from 1 to {_MOST_DPI}, or idn"

    @property
    def forgives(self) -> str:
        return "A number past a limit counts as the limit."

    def read(self, text: str) -> float | None:
        if text == "idn":
            return None
        number = normal_number(text)
        if number is None:
            raise self.misread(near=text, known=("idn",))
        return held(number, float(number), 1.0, float(_MOST_DPI))

    def spelling(self, text: str, value: float | None) -> str:
        return normal_number(text) or text


@dataclass(frozen=True, slots=True)
class ColorSpaceKind(Kind[str | SourceId]):
    """One of `COLOR_SPACES`, or the file of a profile."""

    @property
    def expected(self) -> str:
        return f"a colour space: one of {', '.join(COLOR_SPACES)}, or icc: and the public id of a profile"

    def read(self, text: str) -> str | SourceId:
        if text in COLOR_SPACES:
            return text
        family, colon, name = text.partition(":")
        if family == "icc" and colon:
            return SourceId("file", public_id(name))
        raise self.misread(near=text, known=COLOR_SPACES)

    def spelling(self, text: str, value: str | SourceId) -> str:
        return text
