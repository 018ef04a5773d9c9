"""How the original is decoded: which pages, how small, which way up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from transforms.errors import InvalidValue
from transforms.frame import Frame, ImageInfo
from transforms.geometry import whole_pixels
from transforms.recipe import Recipe
from transforms.scans import Scans
from transforms.values import Pages

_FIRST_LYING = 5
"""EXIF orientations from here on swap width and height."""

NATURAL_DPI = {"svg": 72.0, "pdf": 150.0}
"""At how many dots an inch the natural size of a drawing is measured."""
_CLIPPED = ("jpg", "tiff")
"""The formats that carry clipping paths."""
DRAWINGS = frozenset(NATURAL_DPI)
"""What is rendered at the size that is wanted."""


@dataclass(frozen=True, slots=True)
class Load:
    """How the original is decoded.

    `first` is the page to start at (from 0), `count` how many pages come of it; `width` and `height` are what
    one page measures after the decoder's own shrinking, before it is set upright.
    """

    format: str
    first: int = 0
    count: int = 1
    width: int = 0
    height: int = 0
    shrink: int = 1
    """JPEG: 1, 2, 4 or 8."""
    scans: Scans = "all"
    """Progressive JPEG: without those that a small picture cannot show, where the file is as expected."""
    scale: float = 1.0
    """SVG, PDF and WebP: the factor the loader is given."""
    upright: bool = True
    """Apply the EXIF orientation; False for `a_ignore`."""
    clip: Literal["nonzero", "evenodd"] | None = None
    """Cut out by the clipping path of the file, filled by that rule."""
    picked: tuple[int, ...] = ()
    """Which pages, counted from `first`, where they do not simply follow each other."""

    @property
    def span(self) -> int:
        """How many pages have to be decoded to have `count` of them."""
        return self.picked[-1] + 1 if self.picked else self.count

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages that come of it, counted from 0."""
        return tuple(self.first + step for step in self.picked or range(self.count))


def full_load(recipe: Recipe, original: ImageInfo, *, animated: bool) -> Load:
    """The original at its own size, a drawing at the density asked for: the pages that `pg` names, all frames
    where `animated`, else the first.

    Of several pages that do not move (a document's, or frames for a format that cannot) the first is taken.
    Raises InvalidValue when the original has none of the pages named.
    """
    pages = chosen_pages(recipe, original) or range(1, original.pages + 1)
    pages = pages if animated else pages[:1]
    width, height = original.width, original.height
    if original.orientation >= _FIRST_LYING:
        width, height = height, width
    scale = _density(recipe, original)
    follow = pages[-1] - pages[0] + 1 == len(pages)
    return Load(
        original.format,
        pages[0] - 1,
        len(pages),
        width if scale == 1 else max(1, whole_pixels(width * scale)),
        height if scale == 1 else max(1, whole_pixels(height * scale)),
        scale=scale,
        upright=original.orientation == 1 or not _ignores_orientation(recipe),
        picked=() if follow else tuple(page - pages[0] for page in pages),
        clip=_clip(recipe) if original.format in _CLIPPED else None,
    )


def loaded_frame(load: Load, original: ImageInfo) -> Frame:
    """What the operations start from: the pages as loaded, set upright where that is wanted."""
    width, height = load.width, load.height
    if load.upright and original.orientation >= _FIRST_LYING:
        width, height = height, width
    return Frame(width, height, load.count, original.alpha or load.clip is not None)


def chosen_pages(recipe: Recipe, original: ImageInfo) -> tuple[int, ...]:
    """The pages that the last `pg` names, counted from 1; none without one.

    Raises InvalidValue when the original has none of them.
    """
    chosen = recipe.last("pg")
    if chosen is None or not isinstance(chosen.value, Pages):
        return ()
    pages = chosen.value.among(original.pages)
    if not pages:
        raise InvalidValue(
            f"{chosen}: the original has {original.pages} page{'s' if original.pages > 1 else ''}",
            parameter=chosen.written,
        ).at(recipe.place(chosen))
    return pages


def _clip(recipe: Recipe) -> Literal["nonzero", "evenodd"] | None:
    if recipe.flag("clip_evenodd") is not None:
        return "evenodd"
    return "nonzero" if recipe.flag("clip") is not None else None


def _density(recipe: Recipe, original: ImageInfo) -> float:
    """How much larger than its natural size a drawing is to be loaded."""
    written = recipe.last("dn")
    natural = NATURAL_DPI.get(original.format)
    if natural is None or written is None or not isinstance(written.value, float):
        return 1.0
    return written.value / natural


def _ignores_orientation(recipe: Recipe) -> bool:
    return any(
        turn.mode == "ignore"
        for parameter in recipe.parameters("a")
        if isinstance(parameter.value, tuple)
        for turn in parameter.value
    )
