"""What decides how the result is encoded and sent: format, quality, density, flags; and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from transforms.declaration import Declaration, by_key
from transforms.flags import FLAGS
from transforms.kinds.flags import FlagsKind
from transforms.kinds.numbers import Integer
from transforms.kinds.outputs import ColorSpaceKind, DensityKind, FormatKind, InchKind, QualityKind
from transforms.layers import LAYER_FLAGS

OUTPUT: dict[str, Declaration] = by_key(
    Declaration(
        "f",
        FormatKind(),
        "Format; `auto` is the best one that the client reads. Beside pictures there is what can be said of "
        "one: hashes, a palette, facts.",
        ("f_auto", "f_avif", "f_auto:animated", "f_blurhash"),
    ),
    Declaration(
        "q",
        QualityKind(),
        "Quality; `auto` looks at the picture and chooses what it needs to look right, to fit a size or to "
        "keep a likeness, and the header `Calotype-Quality` tells what it came to. `:444` keeps colours "
        "sharp, `:420` makes them smaller. `:qmax` bounds how coarsely is quantised: no coarser than that "
        "quality would, so that the higher of the two numbers counts.",
        ("q_80", "q_auto", "q_auto:eco", "q_90:444", "q_88:qmax_42", "q_auto:bytes_40k", "q_auto:ssim_98"),
    ),
    Declaration(
        "dpr",
        DensityKind(),
        "Density: multiplies the pixels asked for, not the shares; `auto` is the client's.",
        ("c_fit,dpr_2.0,w_200", "dpr_auto"),
    ),
    Declaration(
        "dn",
        InchKind(),
        "Dots an inch: how large a drawing is rendered (an SVG has 72, a PDF 150), and what is said of any "
        "other picture.",
        ("dn_300", "dn_idn"),
    ),
    Declaration(
        "cs",
        ColorSpaceKind(),
        "Colour space of the result. Without it: sRGB, or Display P3 where original and format have it."
        " `srgb`, `srgb:truecolor` (never gray) and `tinysrgb` (with a small profile) make it sRGB; `no_cmyk`"
        " only what is CMYK. `keep_cmyk` and `copy` leave CMYK, `cmyk` makes it: for JPEG and TIFF, with the"
        " profile of the original or else a common one, a megabyte that `fl_strip_profile` leaves out."
        " `icc:` and the public id of an ICC profile among the originals converts to that, and embeds it; one"
        " for CMYK is for JPEG and TIFF.",
        ("cs_srgb", "cs_tinysrgb"),
    ),
    Declaration(
        "dl",
        Integer(1, 60_000, beyond="clamp"),
        "Milliseconds that each frame of an animation is shown; a GIF counts in tens of them.",
        ("dl_200",),
    ),
    Declaration(
        "fl", FlagsKind({**FLAGS, **LAYER_FLAGS}), "Flags, joined by dots.", ("fl_lossy.progressive",)
    ),
)
"""What counts once for the whole recipe; the last one wins. In the order of the reference page."""


OTHER_QUALITY = 80
"""Of the formats that come with extras."""


def _qualities() -> Mapping[str, int]:
    return MappingProxyType({"jpg": 80, "webp": 80, "avif": 60})


def _levels() -> Mapping[str, float]:
    return MappingProxyType({"best": 82.0, "good": 75.0, "eco": 68.0, "low": 56.0, "sensitive": 80.0})


@dataclass(frozen=True, slots=True)
class OutputDefaults:
    """What holds where the URL says nothing."""

    quality: Mapping[str, int] = field(default_factory=_qualities)
    """1 to 100 by format; a format that is not here has `OTHER_QUALITY`."""
    auto_quality: Mapping[str, float] = field(default_factory=_levels)
    """How `q_auto:best`, `good`, `eco`, `low` and `sensitive` are to look, in points of SSIMULACRA2: 90
    cannot be told from the original, 70 is high quality, 50 medium."""
    dpr: float = 1.0

    def quality_for(self, format: str) -> int:
        """The quality of `format` where none is asked for."""
        return self.quality.get(format, OTHER_QUALITY)

    def looks(self, level: str | None) -> float:
        """What a level of `q_auto` aims at; one that the table lacks counts as `good`."""
        return self.auto_quality.get(level or "good", self.auto_quality.get("good", 75.0))
