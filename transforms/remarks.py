"""What is said of an output that is not quite what was written, or would have been the same without."""

from __future__ import annotations

from collections.abc import Iterator

from transforms.formats import FORMATS
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import SourceId
from transforms.load import NATURAL_DPI, chosen_pages
from transforms.recipe import Recipe
from transforms.save import Save
from transforms.values import Quality

_OF_FORMAT = {"png8": "png", "png24": "png", "png32": "png", "tiff8_lzw": "tiff", "group4": "tiff"}
"""The format that a flag speaks of."""
_FEW_COLORS = ("png", "gif")
"""The formats that can do with fewer colours."""
_MOVING = ("animated", "awebp", "apng")


def remarks(recipe: Recipe, original: ImageInfo, save: Save, result: Frame) -> tuple[str, ...]:
    """The notes of a plan that are about its output."""
    return (
        *_flags(recipe, original, save, result),
        *_pages(recipe, original, result),
        *_quality(recipe, save),
        *_others(recipe, original, save, result),
    )


def _flags(recipe: Recipe, original: ImageInfo, save: Save, result: Frame) -> Iterator[str]:
    for flag, format in _OF_FORMAT.items():
        if recipe.flag(flag) is not None and save.format != format:
            yield f"fl_{flag} is about {format}, and the result is {save.format}"
    for flag in _MOVING:
        if recipe.flag(flag) is not None and original.animated and result.pages == 1:
            yield f"fl_{flag}: {save.format} does not move, or one frame was asked for; the first is taken"
    for flag in ("sanitize", "rasterize"):
        if recipe.flag(flag) is not None and original.format in NATURAL_DPI:
            yield f"fl_{flag}: a drawing always becomes pixels, in which nothing can run"


def _pages(recipe: Recipe, original: ImageInfo, result: Frame) -> Iterator[str]:
    chosen = chosen_pages(recipe, original)
    if len(chosen) > 1 and result.pages == 1:
        what = "frames of a result that does not move" if original.animated else "pages of a document"
        yield f"{recipe.last('pg')}: of several {what} the first is taken, {chosen[0]}"


def _quality(recipe: Recipe, save: Save) -> Iterator[str]:
    written = recipe.last("q")
    if written is None or FORMATS[save.format].lossy or not isinstance(written.value, Quality):
        return
    if written.value.most_bytes is not None or written.value.ssim is not None:
        few = save.format in _FEW_COLORS and save.variety in (None, "any", "png8")
        way = "it is made to fit with fewer colours" if few else "it comes out as it is"
        yield f"{written}: {save.format} has no quality to choose, and {way}"


def _others(recipe: Recipe, original: ImageInfo, save: Save, result: Frame) -> Iterator[str]:
    space, delay, density = recipe.last("cs"), recipe.last("dl"), recipe.last("dn")
    if space is not None and space.value == "cmyk" and save.space != "cmyk":
        yield f"{space}: {save.format} cannot hold CMYK, so the result stays sRGB"
    kept = space is not None and space.value in ("keep_cmyk", "copy") and original.color == "cmyk"
    if kept and save.space != "cmyk":
        yield f"{space}: {save.format} cannot hold CMYK, so the result becomes sRGB"
    if space is not None and isinstance(space.value, SourceId) and not save.icc:
        yield f"{space}: {save.format} cannot carry a profile, so the result stays sRGB"
    if delay is not None and result.pages == 1:
        yield f"{delay}: the result does not move"
    drawn = original.format in NATURAL_DPI
    if density is not None and density.value is not None and save.density is None and not drawn:
        yield f"{density}: {save.format} cannot say how large it is to be printed"
