"""How the original is decoded: which pages, how small, which way up."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import InvalidValue
from transforms.frame import Frame, ImageInfo
from transforms.recipe import Recipe
from transforms.values import Pages

_FIRST_LYING = 5
"""EXIF orientations from here on swap width and height."""


@dataclass(frozen=True, slots=True)
class Load:
    """How the original is decoded.

    `first` is the page to start at (from 0), `count` how many pages; `width` and `height` are what one
    page measures after the decoder's own shrinking, before it is set upright.
    """

    format: str
    first: int = 0
    count: int = 1
    width: int = 0
    height: int = 0
    shrink: int = 1
    """JPEG: 1, 2, 4 or 8."""
    scale: float = 1.0
    """SVG and WebP: the factor the loader is given."""
    upright: bool = True
    """Apply the EXIF orientation; False for `a_ignore`."""


def full_load(recipe: Recipe, original: ImageInfo, *, animated: bool) -> Load:
    """The original at its own size: the page that `pg` names, all frames where `animated`, else the first.

    Raises InvalidValue for a page past the last.
    """
    first, count = _pages(recipe, original, animated)
    width, height = original.width, original.height
    if original.orientation >= _FIRST_LYING:
        width, height = height, width
    upright = original.orientation == 1 or not _ignores_orientation(recipe)
    return Load(original.format, first, count, width, height, upright=upright)


def loaded_frame(load: Load, original: ImageInfo) -> Frame:
    """What the operations start from: the pages as loaded, set upright where that is wanted."""
    width, height = load.width, load.height
    if load.upright and original.orientation >= _FIRST_LYING:
        width, height = height, width
    return Frame(width, height, load.count, original.alpha)


def _pages(recipe: Recipe, original: ImageInfo, animated: bool) -> tuple[int, int]:
    chosen = recipe.last("pg")
    if chosen is None or not isinstance(chosen.value, Pages):
        return 0, original.pages if animated else 1
    number = chosen.value.number
    if number > original.pages:
        raise InvalidValue(
            f"{chosen}: the original has {original.pages} page{'s' if original.pages > 1 else ''}",
            parameter=chosen.written,
            position=chosen.position,
        )
    return number - 1, 1


def _ignores_orientation(recipe: Recipe) -> bool:
    return any(
        turn.mode == "ignore"
        for parameter in recipe.parameters("a")
        if isinstance(parameter.value, tuple)
        for turn in parameter.value
    )
