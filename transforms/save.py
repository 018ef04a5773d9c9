"""How the result is encoded: format, quality and what the format needs to be told."""

from __future__ import annotations

import math
from dataclasses import dataclass

from transforms.asked import WHITE, Fill, fill_of
from transforms.formats import FORMATS
from transforms.frame import Frame, ImageInfo
from transforms.output import OutputDefaults
from transforms.recipe import Recipe
from transforms.values import Quality


@dataclass(frozen=True, slots=True)
class Save:
    """How the result is encoded."""

    format: str
    """jpg png webp avif gif tiff."""
    quality: int | None = None
    """1 to 100; None for formats without one."""
    chroma: str | None = None
    """420 or 444; None lets the codec choose by size."""
    progressive: str | None = None
    """JPEG: semi or steep; None is baseline."""
    lossy: bool = False
    """`fl_lossy`: lossy GIF; PNG with a palette."""
    keep_iptc: bool = False
    strip_profile: bool = False
    """Convert to sRGB and embed no profile, even where wide gamut could be kept."""
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
    shows_through = result.alpha and not FORMATS[format].alpha
    return Save(
        format=format,
        quality=quality,
        chroma=chroma,
        progressive=_progressive(recipe) if format == "jpg" else None,
        lossy=lossy and format in ("gif", "png"),
        keep_iptc=recipe.flag("keep_iptc") is not None,
        strip_profile=original.has_profile and recipe.flag("strip_profile") is not None,
        background=_background(recipe) if shows_through else WHITE,
    )


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
    flag = recipe.flag("progressive")
    if flag is None or flag.argument == "none":
        return None
    return flag.argument or "semi"


def _background(recipe: Recipe) -> Fill:
    fills = [fill for parameter in recipe.parameters("b") if (fill := fill_of(parameter)) and fill[3]]
    return fills[-1] if fills else WHITE
