"""Small variants of large photographs made from a copy that is small itself: which may be, and how.

A mezzanine is a JPEG of its original, upright, in sRGB, with colour at full resolution. At half of what it
resolves and below, a variant made from it looks like one of the original and takes a part of the decoding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from transforms.asked import WHITE
from transforms.composite import Composite
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Loaded, Picture, Question
from transforms.limits import Limits
from transforms.load import Load, loaded_frame
from transforms.loading import load_small
from transforms.operations import Canvas, Rect, Resample
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.save import Save

_LOSSY = ("jpg", "webp", "avif", "heic", "jp2", "jxl")
"""Originals that are photographs, or were compressed as such: screenshots would show its noise."""
_PLAIN = ("srgb", "gray")
"""The colours that it keeps as they are."""


@dataclass(frozen=True, slots=True)
class MezzanineTerms:
    """`min_pixels`: originals with fewer have none. `side`: of the longer one of its sides, in pixels.
    `quality`: of the JPEG. `ratio`: how many of its pixels, along a side, become one at the least."""

    min_pixels: int = 4_000_000
    side: int = 1600
    quality: int = 92
    ratio: float = 2.0


def mezzanine_plan(original: ImageInfo, terms: MezzanineTerms, limits: Limits) -> RenderPlan | None:
    """How the mezzanine of an original is made; None for one that has none."""
    still = original.pages == 1 and not original.animated and not original.alpha
    plain = original.color in _PLAIN and original.bits == 8 and original.format in _LOSSY
    large = original.pixels >= terms.min_pixels and max(original.width, original.height) >= 2 * terms.side
    if not (still and plain and large):
        return None
    recipe = parse(f"c_limit,w_{terms.side},h_{terms.side}/f_jpg")
    plan = make_plan(recipe, original, limits=limits, drop_scans=False)
    return replace(plan, save=Save("jpg", terms.quality, chroma="444"), notes=())


def from_mezzanine(
    plan: RenderPlan, mezzanine: RenderPlan, terms: MezzanineTerms, limits: Limits
) -> RenderPlan | None:
    """`plan` done to what `mezzanine` makes of the same original; None where it asks for something that is
    not in it: finer pixels, another page, what is written in the file beside the picture, or a look at it."""
    first = plan.operations[0] if plan.operations else None
    if not isinstance(first, Resample) or not isinstance(first.window, Rect) or not _is_plain(plan):
        return None
    copy = ImageInfo("jpg", mezzanine.result.width, mezzanine.result.height, color=plan.original.color)
    window = _window(first.window, plan, copy)
    # A side that was rounded up must not cost it.
    if min(window.width / (first.width - 0.5), window.height / (first.height - 0.5)) < terms.ratio:
        return None
    whole = Load("jpg", width=copy.width, height=copy.height)
    wanted = (replace(first, window=window), *plan.operations[1:])
    load, operations = load_small(whole, wanted, copy, limits)
    return replace(plan, original=copy, load=load, operations=operations, mezzanine_of=plan.original)


def _is_plain(plan: RenderPlan) -> bool:
    """Whether the pixels of the upright picture are all that is asked for."""
    load, save = plan.load, plan.save
    one = load.first == 0 and load.count == 1 and load.clip is None
    upright = load.upright or plan.original.orientation == 1
    # A layer may show the original again, in full.
    once = not any("" in operation.hashes() for operation in plan.operations)
    beside = save.keep_iptc or save.icc or save.space == "cmyk"
    return one and upright and once and not beside and plan.mezzanine_of is None


def _window(window: Rect, plan: RenderPlan, copy: ImageInfo) -> Rect:
    """A window of the original as it is loaded, in the pixels of its copy."""
    loaded, original = loaded_frame(plan.load, plan.original), plan.original
    left, width = _span(window.left, window.width, (loaded.width, original.width, copy.width), plan.load)
    top, height = _span(window.top, window.height, (loaded.height, original.height, copy.height), plan.load)
    return Rect(left, top, width, height)


def _span(start: float, length: float, sides: tuple[int, int, int], load: Load) -> tuple[float, float]:
    """Start and length on one axis; what reached the far edge still does. `sides` are those of the original
    as loaded, of itself and of the copy."""
    loaded, whole, copied = sides
    # A decoder that shrinks leaves out the last pixels where they are too few for another.
    factor = copied / whole * (load.shrink if load.shrink > 1 else whole / loaded)
    end = copied if start + length >= loaded else min((start + length) * factor, copied)
    return start * factor, end - start * factor


def likeness_question(
    original: ImageInfo, mezzanine: RenderPlan, copy_hash: str, terms: MezzanineTerms, limits: Limits
) -> Question:
    """How alike small pictures are of the original and of its copy, which `copy_hash` names: at a quarter of
    the copy's sides, side by side, for `transforms/looks/likeness.py`."""
    width, height = (max(1, side // 4) for side in (mezzanine.result.width, mezzanine.result.height))
    direct = make_plan(parse(f"c_scale,w_{width},h_{height}"), original, limits=limits)
    small = from_mezzanine(direct, mezzanine, replace(terms, ratio=1), limits)
    assert small is not None
    layer = Picture(Loaded(copy_hash, small.original, small.load), small.operations, Frame(width, height))
    beside = (
        *direct.operations,
        Canvas(0, 0, 2 * width, height, WHITE),
        Composite(layer, left=width, top=0, width=2 * width, height=height),
    )
    picture = Picture(Loaded("", original, direct.load), beside, Frame(2 * width, height))
    return Question("likeness", picture=picture)
