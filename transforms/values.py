"""The kinds of value a parameter can take, once read.

Each is frozen and prints as a spelling that reads back to the same value. How text becomes one of these, and
what is forgiven on the way, is said by the kinds in `transforms.kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from transforms.kinds.numbers import plain


@dataclass(frozen=True, slots=True)
class Pixels:
    """A whole number of pixels: `w_300`, `x_-20`."""

    value: int
    physical: bool = False
    """Whether they are those of the client's screen, as its hint counts them: no `dpr` multiplies them."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the current image, written with a decimal point: `w_0.5` is half, `w_1.0` all of it."""

    value: float

    def __str__(self) -> str:
        return plain(self.value)


@dataclass(frozen=True, slots=True)
class Auto:
    """What the client or the picture decides: `w_auto:50:87`, `dpr_auto`, `q_auto:eco`, `f_auto:image`."""

    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join(("auto", *self.arguments))


@dataclass(frozen=True, slots=True)
class Ratio:
    """Width to height: `ar_16:9`, `ar_1.5`. `written` keeps the spelling; `value` is width / height."""

    value: float
    written: str

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Color:
    """A colour in sRGB, each channel 0 to 255. `written` keeps the spelling (`red`, `rgb:ff0000`)."""

    red: int
    green: int
    blue: int
    alpha: int = 255
    written: str = ""

    def __str__(self) -> str:
        return self.written or f"rgb:{self.red:02x}{self.green:02x}{self.blue:02x}{self.alpha:02x}"


@dataclass(frozen=True, slots=True)
class Gravity:
    """Which part to keep: `north_west`, `xy_center`, `auto`, `face:auto`."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join((self.name, *self.arguments))


@dataclass(frozen=True, slots=True)
class Quality:
    """`q_80`, `q_80:444`, `q_auto:eco`, `q_auto:good:420`, `q_auto:bytes_40k`, `q_auto:ssim_98`.

    Exactly one of `level`, `auto`, `most_bytes` and `ssim` is set. Plain `q_auto` has `auto` good.
    """

    level: float | None = None
    """1 to 100; that of `qmax` where it is the higher one."""
    auto: str | None = None
    """best, good, eco, low or sensitive."""
    most_bytes: int | None = None
    """What the file may weigh."""
    ssim: float | None = None
    """The likeness to keep, in hundredths: 98 is an SSIM of 0.98."""
    chroma: str | None = None
    """420 or 444."""
    written: str = ""

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Turn:
    """One item of `a_`: degrees clockwise, or a mode (hflip, vflip, ignore, auto_left, exif …)."""

    degrees: float | None = None
    mode: str | None = None
    written: str = ""

    def __str__(self) -> str:
        return self.written


def escape_dots(text: str) -> str:
    """Dots separate flags, so that one inside an argument is escaped twice, as the SDKs do it."""
    return text.replace(".", "%252E")


@dataclass(frozen=True, slots=True)
class Flag:
    """One item of `fl_`: `progressive:steep`, `attachment:holiday`. The argument is decoded."""

    name: str
    argument: str | None = None

    def __str__(self) -> str:
        return (
            self.name
            if self.argument is None
            else f"{self.name}:{escape_dots(quote(self.argument, safe=''))}"
        )


@dataclass(frozen=True, slots=True)
class Pages:
    """`pg_3`, `pg_2-4;6;9-`: pages or frames, counted from 1."""

    spans: tuple[tuple[int, int | None], ...]
    """First and last of each run; None is the last there is."""
    written: str = ""

    @property
    def single(self) -> bool:
        """Whether one page is named."""
        first, last = self.spans[0]
        return len(self.spans) == 1 and first == last

    def among(self, count: int) -> tuple[int, ...]:
        """Those that a document of `count` pages has, in its order, each once."""
        runs = (range(first, min(last or count, count) + 1) for first, last in self.spans)
        return tuple(sorted({number for run in runs for number in run}))

    def __str__(self) -> str:
        return self.written or ";".join(map(_span, self.spans))


def _span(span: tuple[int, int | None]) -> str:
    first, last = span
    return str(first) if first == last else f"{first}-{last or ''}"


@dataclass(frozen=True, slots=True)
class AutoBackground:
    """`b_auto:…`: one colour found in the picture, or a blend of some."""

    rim: bool = True
    """Look at the picture's rim alone, rather than at all of it."""
    contrast: bool = False
    """Take what contrasts most with what was found."""
    count: int = 1
    """How many colours: 1, or 2 or 4 for a blend."""
    direction: str = "horizontal"
    """Where two colours run: horizontal, vertical, diagonal_desc or diagonal_asc."""
    palette: tuple[tuple[int, int, int], ...] = ()
    """Where there is one, the colour of it that is nearest is taken: red, green, blue in sRGB."""
    written: str = field(default="auto", compare=False)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class BlurredBackground:
    """`b_blurred:…`: the picture itself, blurred."""

    intensity: int
    """1 to 2000."""
    brightness: int
    """-300 to 100."""
    written: str = field(default="blurred", compare=False)

    def __str__(self) -> str:
        return self.written
