"""A recipe and an original settled: what to load, what to do, how to save; every value concrete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from transforms.canonical import canonical
from transforms.densities import densities
from transforms.errors import LimitExceeded, Place
from transforms.fontbook import FontBook
from transforms.found import found
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Known, Loaded, Picture
from transforms.limits import Limits, check_frames, check_original
from transforms.load import Load, full_load, loaded_frame
from transforms.loading import load_small, raster_note
from transforms.operations import Operation
from transforms.output import OutputDefaults
from transforms.recipe import Component, Recipe
from transforms.remarks import remarks
from transforms.rewrites import flatten_on_save, frames_through, simplify
from transforms.save import Save, can_move, output_format, save_as, stays_drawing, with_profile
from transforms.structure import certain, structure
from transforms.walk import Shared, Walk

__all__ = ["Load", "RenderPlan", "Save", "digest_text", "explain", "make_plan"]

_DEFAULTS, _LIMITS, _KNOWN = OutputDefaults(), Limits(), Known()


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All that `render` needs but the bytes. `notes` tell what was clamped or fell back, and why."""

    original: ImageInfo
    load: Load
    operations: tuple[Operation, ...]
    save: Save
    result: Frame
    notes: tuple[str, ...] = field(default=(), compare=False)
    mezzanine_of: ImageInfo | None = None
    """What the original is, where `original` is a smaller copy of it: see `transforms/mezzanine.py`."""

    def hashes(self) -> frozenset[str]:
        """The content hashes of what its layers show, and of its profile."""
        shown = (operation.hashes() for operation in self.operations)
        return frozenset[str]((self.save.icc,)).union(*shown) - {""}


def make_plan(
    recipe: Recipe,
    original: ImageInfo,
    *,
    defaults: OutputDefaults = _DEFAULTS,
    limits: Limits = _LIMITS,
    format: str | None = None,
    known: Known = _KNOWN,
    fonts: FontBook | None = None,
    drop_scans: bool = True,
) -> RenderPlan:
    """Settle `recipe` for `original`.

    `format` is the output format where the recipe has no `f`: the extension's, or what was negotiated;
    without it the original's own. Autos that the edge left in the recipe are settled as if no client was
    there. `known` is what the plan rests on besides; `fonts` are those that texts may use, the shipped ones
    unless told otherwise. With `drop_scans` a small picture of a progressive JPEG is made of its first scans.
    Raises InvalidValue, NotOffered, LimitExceeded and OriginalTooLarge; Unsettled, which is no error, when
    something has to be found first.
    """
    check_original(original, limits)
    load = _whole(Recipe(tuple(certain(structure(recipe.components)))), original, format)
    walked = _walked(recipe, load, original, known, limits, fonts)
    if _whole(walked.taken, original, format) != load:
        # A branch that was taken asks for another page, or for a format that does not move.
        load = _whole(walked.taken, original, format)
        walked = _walked(recipe, load, original, known, limits, fonts)
    taken = walked.taken
    start = loaded_frame(load, original)
    operations = simplify(walked.operations, start)
    if not operations and stays_drawing(taken, original, format):
        return RenderPlan(original, load, (), Save("svg"), start, (*recipe.notes, *walked.notes))
    format = output_format(taken, original, format)
    save = save_as(format, taken, original, [start, *frames_through(operations, start)][-1], defaults)
    operations, save = flatten_on_save(operations, with_profile(save, taken, known))
    load, operations = load_small(load, operations, original, limits, drop_scans=drop_scans)
    if taken.flag("getinfo") is not None:
        operations = found(operations, load, original, known)
    try:
        result = _checked(load, operations, original, save, limits)
    except LimitExceeded as error:
        raise error.at(walked.largest) from None
    notes = (
        *recipe.notes,
        *walked.notes,
        *raster_note(load, operations),
        *remarks(taken, original, save, result),
    )
    return RenderPlan(original, load, operations, save, result, notes)


@dataclass(frozen=True, slots=True)
class _Walked:
    """What a recipe does to an image, as written: nothing is simplified yet."""

    operations: tuple[Operation, ...]
    notes: tuple[str, ...]
    largest: Place | None
    """Where the picture grew to the most pixels."""
    taken: Recipe
    """The components that counted for the picture itself: without branches not taken, and without what is
    done to layers."""


def _whole(recipe: Recipe, original: ImageInfo, format: str | None) -> Load:
    """The original at its own size, all its frames where the result can move."""
    animated = original.animated and can_move(recipe, output_format(recipe, original, format))
    return full_load(recipe, original, animated=animated)


def _walked(
    recipe: Recipe, load: Load, original: ImageInfo, known: Known, limits: Limits, fonts: FontBook | None
) -> _Walked:
    nodes = structure(recipe.components)
    notes: list[str] = []
    shared = Shared(known, limits, densities(nodes, notes), fonts, notes=notes)
    walk = Walk(Picture(Loaded("", original, load), (), loaded_frame(load, original)), shared)
    walk.through(nodes)
    taken = Recipe(tuple(shared.taken), recipe.named)
    return _Walked(tuple(walk.operations), tuple(dict.fromkeys(notes)), _largest(shared.measured), taken)


def _largest(measured: Sequence[tuple[Component, Frame]]) -> Place | None:
    if not measured:
        return None
    component, _ = max(measured, key=lambda each: each[1].pixels)
    return component.place()


def _checked(
    load: Load, operations: tuple[Operation, ...], original: ImageInfo, save: Save, limits: Limits
) -> Frame:
    """The frame of the result, when that and everything on the way is within the limits."""
    loaded = loaded_frame(load, original)
    frames = frames_through(operations, loaded)
    result = frames[-1] if frames else loaded
    result = replace(result, alpha=result.alpha and save.alpha)
    check_frames(loaded, frames, result=result, format=save.format, limits=limits)
    return result


def explain(plan: RenderPlan) -> str:
    """The plan as a table: a line for the original, the load, every operation and the save, then notes."""
    rows = list(_rows(plan))
    label_width = max(10, *(len(label) for label, _, _ in rows))
    text_width = max(24, *(len(text) for _, text, size in rows if size))
    lines = [f"{label:{label_width}} {text:{text_width}} {size}".rstrip() for label, text, size in rows]
    return "\n".join([*lines, *(f"{'note':{label_width}} {note}" for note in plan.notes)])


def _rows(plan: RenderPlan) -> Iterator[tuple[str, str, str]]:
    original = plan.original
    yield "original", " ".join(_original_words(plan.mezzanine_of or original)), ""
    if plan.mezzanine_of is not None:
        yield "mezzanine", " ".join(_original_words(original)), ""
    loaded = loaded_frame(plan.load, original)
    yield "load", " ".join(_load_words(plan.load, original)), str(loaded)
    frame = loaded
    for operation in plan.operations:
        after = operation.frame_after(frame)
        yield operation.label or operation.name, operation.describe(frame), str(after)
        frame = after
    yield "save", " ".join(plan.save.words()), ""


def _original_words(original: ImageInfo) -> Iterator[str]:
    yield f"{original.width}x{original.height}"
    yield original.format
    if original.pages > 1:
        yield f"{original.pages} {'frames' if original.animated else 'pages'}"
    if original.alpha:
        yield "alpha"
    if original.orientation != 1:
        yield f"orientation {original.orientation}"


def _load_words(load: Load, original: ImageInfo) -> Iterator[str]:
    if load.shrink > 1:
        yield f"shrink {load.shrink}"
    if load.scans != "all":
        yield f"{load.scans} scans"
    if load.scale != 1:
        yield f"scale {load.scale:.4g}"
    if load.count < original.pages:
        yield f"{'frame' if original.animated else 'page'} {load.first + 1}"
    if original.orientation != 1:
        yield "upright" if load.upright else "as stored"


def digest_text(plan: RenderPlan) -> str:
    """Everything of the plan that decides pixels or bytes, in a form that equal plans share.

    Labels and notes are not in it, nor the facts of the original: its content hash goes into the key beside
    it. What is made of a mezzanine says so: it is another picture than the same of the original.
    """
    source = () if plan.mezzanine_of is None else (f"mezzanine {canonical(plan.original)}",)
    return "\n".join((*source, *map(canonical, (plan.load, *plan.operations, plan.save))))
