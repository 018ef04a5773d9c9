"""How the result is encoded: format, quality and what the format needs to be told."""

from __future__ import annotations

import math
from dataclasses import dataclass

from transforms.asked import WHITE, Fill
from transforms.formats import FORMATS
from transforms.frame import Frame, ImageInfo
from transforms.output import OutputDefaults
from transforms.recipe import Recipe
from transforms.values import Quality

_SMALL_SIDE = 400
"""Up to this many pixels a side, halved chroma costs more in looks than it saves in bytes."""


@dataclass(frozen=True, slots=True)
class Save:
    """How the result is encoded."""

    format: str
    """jpg png webp avif gif tiff."""
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
    """Convert to sRGB and embed no profile, where wide gamut could be kept."""
    background: Fill = WHITE
    """What stands behind transparency where the format has none."""


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
    return "png" if original.alpha or original.format == "svg" else "jpg"


def save_as(
    format: str, recipe: Recipe, original: ImageInfo, result: Frame, defaults: OutputDefaults
) -> Save:
    """Settle how `result` is saved. What cannot matter for this picture is left at its default, so that
    recipes that mean one picture stay equal."""
    lossy = recipe.flag("lossy") is not None
    if lossy and format == "png" and not result.alpha:
        format = "jpg"
    quality, chroma = _quality(format, recipe, defaults)
    holds = FORMATS[format]
    return Save(
        format=format,
        quality=quality,
        chroma=chroma if chroma != own_chroma(format, result.width, result.height) else None,
        progressive=_progressive(recipe) if format == "jpg" else None,
        lossy=lossy and format in ("gif", "png"),
        keep_iptc=holds.metadata and _has(recipe, "keep_iptc"),
        strip_profile=holds.profile and original.color == "p3" and _has(recipe, "strip_profile"),
    )


def own_chroma(format: str, width: int, height: int) -> str:
    """The chroma of a format where nobody asks for one: 444 where that costs little, or looks best.

    AVIF at full chroma is the smaller file at equal looks, small pictures above all; WebP always halves it.
    """
    if format == "jpg":
        return "444" if max(width, height) <= _SMALL_SIDE else "420"
    return "444" if format == "avif" else "420"


def _has(recipe: Recipe, flag: str) -> bool:
    return recipe.flag(flag) is not None


def _quality(format: str, recipe: Recipe, defaults: OutputDefaults) -> tuple[int | None, str | None]:
    if not FORMATS[format].lossy:
        return None, None
    written = recipe.last("q")
    if written is None or not isinstance(written.value, Quality):
        return defaults.quality_for(format), None
    quality = written.value
    if quality.level is None:
        return defaults.quality_for(format, quality.auto), quality.chroma
    return math.floor(quality.level + 0.5), quality.chroma


def _progressive(recipe: Recipe) -> str | None:
    """As the flag says; without one, pictures at `q_auto` build up and those at a fixed quality do not."""
    flag = recipe.flag("progressive")
    if flag is None:
        quality = recipe.last("q")
        automatic = quality is not None and isinstance(quality.value, Quality) and quality.value.level is None
        return "semi" if automatic else None
    return None if flag.argument == "none" else flag.argument or "semi"
