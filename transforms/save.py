"""How the result is encoded: format, quality and what the format needs to be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from transforms.asked import WHITE, Fill
from transforms.errors import NotOffered
from transforms.extras import require
from transforms.formats import FORMATS
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Known, SourceId, Unsettled
from transforms.load import DRAWINGS
from transforms.output import OutputDefaults
from transforms.recipe import Recipe
from transforms.values import Quality

_SMALL_SIDE = 400
"""Up to this many pixels a side, halved chroma costs more in looks than it saves in bytes."""
INKS = ("jpg", "tiff")
"""The formats that hold CMYK."""
_DENSE = ("jpg", "png", "tiff")
"""The formats that say how large they are to be printed."""
_PLAIN = ("srgb", "srgb:truecolor", "tinysrgb")
"""The colour spaces that are sRGB and no wider."""

Variety = Literal["png8", "png24", "png32", "any", "apng", "lzw", "group4"]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a quality is chosen for, by looking at the picture."""

    kind: Literal["looks", "ssim", "bytes"]
    value: float
    """`looks`: points of SSIMULACRA2; `ssim`: hundredths; `bytes`: the most the file may have."""

    def __str__(self) -> str:
        if self.kind == "bytes":
            return f"q_auto up to {self.value:,.0f} bytes"
        return f"q_auto {self.kind} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Save:
    """How the result is encoded. With an aim, `quality` is where the search for one begins."""

    format: str
    """A written one of `FORMATS`; or svg, which is then the original itself, sanitised."""
    quality: int | None = None
    """1 to 100; None for formats without one."""
    chroma: str | None = None
    """420 or 444 where that is not what `own_chroma` says anyway."""
    progressive: str | None = None
    """JPEG: semi or steep; None is baseline."""
    lossy: bool = False
    """`fl_lossy`: lossy GIF; PNG with a palette."""
    keep_iptc: bool = False
    strip_profile: bool = False
    """Embed no profile: wide gamut becomes sRGB, inks stay what they are."""
    background: Fill = WHITE
    """What stands behind transparency where the format has none."""
    aim: Aim | None = None
    variety: Variety | None = None
    """PNG: a palette (`png8`), three or four channels whatever the picture has (`png24`, `png32`), a palette
    where it looks the same (`any`), or frames (`apng`). TIFF: `lzw`, or one bit a pixel (`group4`)."""
    bits: int | None = None
    """Of a pixel with a palette, where a search for fewer colours says so: 1 to 8."""
    space: Literal["cmyk", "truecolor"] | None = None
    profile: bool = False
    """Embed a profile even where the picture is plain sRGB."""
    icc: str = ""
    """The content hash of the colour profile that the result is converted to and carries."""
    density: float | None = None
    """Dots an inch, as told to who prints it."""
    delay: int | None = None
    """Milliseconds of every frame; None keeps the original's."""
    loop: int | None = None
    """How often an animation plays, 0 for ever; None keeps the original's."""
    thorough: bool = False
    """Take the time to make a smaller file that looks no worse: see `transforms/second.py`."""

    @property
    def alpha(self) -> bool:
        """Whether transparency can stay."""
        return FORMATS[self.format].alpha and self.variety not in ("png24", "group4") and self.space != "cmyk"

    def words(self) -> Iterator[str]:
        """What the plan's explanation says of it."""
        yield self.format
        if self.aim is not None:
            yield str(self.aim)
        elif self.quality is not None:
            yield f"q={self.quality}"
        if self.chroma is not None:
            yield self.chroma
        if self.progressive is not None:
            yield f"progressive={self.progressive}"
        yield from (word for word in (self.variety, self.space) if word)
        yield from (n for n in ("lossy", "keep_iptc", "strip_profile", "profile", "icc") if getattr(self, n))
        if self.density is not None:
            yield f"{self.density:g} dpi"
        if self.delay is not None:
            yield f"{self.delay} ms a frame"
        if self.loop is not None:
            yield f"plays {self.loop} times" if self.loop else "plays for ever"
        if self.background != WHITE:
            yield f"on #{bytes(self.background[:3]).hex()}"
        if self.thorough:
            yield "thorough"


def output_format(recipe: Recipe, original: ImageInfo, format: str | None) -> str:
    """The format of the result, before `fl_lossy` has its say.

    The last `f` wins, then `format`, then the original's own. `f_auto`, which the edge settles before it
    plans, counts as not written. What we only read becomes PNG, or JPEG where it is an opaque photograph.
    """
    written = recipe.last("f")
    wanted = written.value if written is not None and isinstance(written.value, str) else format
    wanted = wanted or original.format
    if wanted in FORMATS and FORMATS[wanted].written:
        return wanted
    return "png" if original.alpha or original.format in DRAWINGS else "jpg"


def stays_drawing(recipe: Recipe, original: ImageInfo, format: str | None) -> bool:
    """Whether an SVG is asked for as SVG, sanitised; it can be had where nothing else is done to it.

    `format` is what the extension asks for, None where it asks for nothing.
    """
    asked = _has(recipe, "sanitize") and not _has(recipe, "rasterize")
    plain = recipe.last("f") is None and recipe.last("dn") is None
    return original.format == "svg" and format in (None, "svg") and asked and plain


def can_move(recipe: Recipe, format: str) -> bool:
    """Whether a result in `format` can be an animation: a PNG is one only where that is asked for."""
    asked = _has(recipe, "apng") or _has(recipe, "animated")
    return FORMATS[format].animation or (format == "png" and asked)


def save_as(
    format: str, recipe: Recipe, original: ImageInfo, result: Frame, defaults: OutputDefaults
) -> Save:
    """Settle how `result` is saved. What cannot matter for this picture is left at its default, so that
    recipes that mean one picture stay equal.

    Raises NotOffered for a format whose extra is not installed.
    """
    try:
        require(FORMATS[format].extra, f"f_{format}")
    except NotOffered as error:
        raise error.at(recipe.place(recipe.last("f"))) from None
    lossy = _has(recipe, "lossy")
    if lossy and format == "png" and not result.alpha and result.pages == 1:
        format = "jpg"
    holds = FORMATS[format]
    quality, chroma, aim = _quality(format, recipe, defaults)
    space = _space(format, recipe, original)
    keep = not _has(recipe, "force_strip") and (_has(recipe, "keep_iptc") or _has(recipe, "keep_attribution"))
    color = recipe.last("cs")
    plain = _has(recipe, "strip_profile") or (color is not None and str(color.value) in _PLAIN)
    return Save(
        format=format,
        quality=quality,
        chroma=chroma if chroma != own_chroma(format, result.width, result.height) else None,
        progressive=_progressive(recipe) if format == "jpg" else None,
        lossy=lossy and format in ("gif", "png"),
        keep_iptc=holds.metadata and keep,
        strip_profile=holds.profile and plain and (original.color == "p3" or space == "cmyk"),
        aim=aim,
        variety=_variety(format, recipe, result),
        space=space,
        profile=holds.profile and space != "cmyk" and _wants_profile(recipe),
        density=_density(recipe, original) if format in _DENSE else None,
        delay=_delay(recipe) if result.pages > 1 else None,
        loop=_loop(recipe) if result.pages > 1 else None,
    )


def with_profile(save: Save, recipe: Recipe, known: Known) -> Save:
    """`save` into the profile that `cs_icc` names, where the format can carry one.

    Raises Unsettled while nothing is known of the profile's file.
    """
    written = recipe.last("cs")
    if written is None or not isinstance(written.value, SourceId) or not FORMATS[save.format].profile:
        return save
    found = known.sources.get(written.value)
    if found is None:
        raise Unsettled(sources=(written.value,)).at(recipe.place(written))
    return replace(save, icc=found.content_hash, profile=False, strip_profile=False)


def own_chroma(format: str, width: int, height: int) -> str:
    """The chroma of a format where nobody asks for one: 444 where that costs little, or looks best.

    AVIF at full chroma is the smaller file at equal looks, small pictures above all; WebP always halves it.
    """
    if format == "jpg":
        return "444" if max(width, height) <= _SMALL_SIDE else "420"
    return "444" if format in ("avif", "jxl", "jp2") else "420"


def _has(recipe: Recipe, flag: str) -> bool:
    return recipe.flag(flag) is not None


def _asked(recipe: Recipe) -> Quality | None:
    written = recipe.last("q")
    return written.value if written is not None and isinstance(written.value, Quality) else None


def _quality(
    format: str, recipe: Recipe, defaults: OutputDefaults
) -> tuple[int | None, str | None, Aim | None]:
    asked, own = _asked(recipe), defaults.quality_for(format)
    if not FORMATS[format].lossy:
        return None, None, _aim(asked) if asked is not None and not FORMATS[format].told else None
    if asked is None:
        return own, None, None
    if asked.level is not None:
        return math.floor(asked.level + 0.5), asked.chroma, None
    return own, asked.chroma, _aim(asked) or Aim("looks", defaults.looks(asked.auto))


def _aim(asked: Quality) -> Aim | None:
    """The size or the likeness that is aimed at."""
    if asked.most_bytes is not None:
        return Aim("bytes", float(asked.most_bytes))
    return Aim("ssim", asked.ssim) if asked.ssim is not None else None


def _progressive(recipe: Recipe) -> str | None:
    """As the flag says; without one, pictures at `q_auto` build up and those at a fixed quality do not."""
    flag = recipe.flag("progressive")
    if flag is None:
        asked = _asked(recipe)
        return "semi" if asked is not None and asked.level is None else None
    return None if flag.argument == "none" else flag.argument or "semi"


def _variety(format: str, recipe: Recipe, result: Frame) -> Variety | None:
    if format == "tiff":
        return "group4" if _has(recipe, "group4") else "lzw" if _has(recipe, "tiff8_lzw") else None
    if format != "png":
        return None
    if result.pages > 1:
        return "apng"
    if _has(recipe, "png8"):
        return "png8"
    if _has(recipe, "png24"):
        return "png24"
    if _has(recipe, "png32"):
        return "png32"
    asked = _asked(recipe)
    return "any" if _has(recipe, "any_format") and asked is not None and asked.level is None else None


def _space(format: str, recipe: Recipe, original: ImageInfo) -> Literal["cmyk", "truecolor"] | None:
    written = recipe.last("cs")
    asked = written.value if written is not None else None
    kept = asked in ("keep_cmyk", "copy") and original.color == "cmyk"
    if asked == "cmyk" or kept:
        return "cmyk" if format in INKS else None
    return "truecolor" if asked == "srgb:truecolor" and FORMATS[format].gray else None


def _wants_profile(recipe: Recipe) -> bool:
    written = recipe.last("cs")
    return _has(recipe, "force_icc") or (written is not None and written.value == "tinysrgb")


def _density(recipe: Recipe, original: ImageInfo) -> float | None:
    """What a drawing is rendered at is its size; of pixels it is only said."""
    written = recipe.last("dn")
    drawn = original.format in DRAWINGS
    return written.value if written is not None and not drawn and isinstance(written.value, float) else None


def _delay(recipe: Recipe) -> int | None:
    written = recipe.last("dl")
    return written.value if written is not None and isinstance(written.value, int) else None


def _loop(recipe: Recipe) -> int | None:
    loops = [getattr(parameter.value, "plays", None) for parameter in recipe.parameters("e")]
    return next((plays for plays in reversed(loops) if isinstance(plays, int)), None)
