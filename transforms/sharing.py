"""Which plans of one original can share a decode, and in what order they have to be done for that.

What is shared is what would come out the same alone: pixels of one load, decoded once and held, and the
finished pixels of plans that differ only in how they are saved. Whatever is made so is byte for byte what a
render of its own makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.footprint import footprint
from transforms.formats import FORMATS
from transforms.load import Load
from transforms.plan import RenderPlan

MOST_HELD_BYTES = 160_000_000
"""Of decoded pixels that wait for the next plan: 40 megapixels."""
_CHANNELS = 4


@dataclass(frozen=True, slots=True)
class Plans:
    """Several plans of one original, in the order of `in_order`."""

    plans: tuple[RenderPlan, ...]


def in_order(plans: Sequence[RenderPlan]) -> tuple[int, ...]:
    """The places of the plans, those of one load and of one picture next to each other."""
    loads: list[Load] = []
    drawn: list[tuple[object, ...]] = []
    for plan in plans:
        if plan.load not in loads:
            loads.append(plan.load)
        if (pixels := drawn_by(plan)) not in drawn:
            drawn.append(pixels)
    places = ((loads.index(plan.load), drawn.index(drawn_by(plan)), at) for at, plan in enumerate(plans))
    return tuple(at for *_, at in sorted(places))


def shares(plan: RenderPlan, other: RenderPlan) -> bool:
    """Whether two plans of one original can share its decoded pixels, or their finished ones."""
    if plan.load != other.load or "svg" in (plan.save.format, other.save.format):
        return False
    return held_bytes(plan) <= MOST_HELD_BYTES or drawn_by(plan) == drawn_by(other)


def cheapest_first(plans: Sequence[RenderPlan], unshared: Sequence[float]) -> tuple[int, ...]:
    """The places of plans that share a decode: those of one picture next to each other, and what costs least
    besides, as `unshared` says, before what costs more, so that most of them wait as briefly as can be."""
    pictures = [drawn_by(plan) for plan in plans]
    firsts = [pictures.index(picture) for picture in pictures]
    least = {first: min(c for c, of in zip(unshared, firsts, strict=True) if of == first) for first in firsts}
    return tuple(sorted(range(len(plans)), key=lambda at: (least[firsts[at]], firsts[at], unshared[at], at)))


def drawn_by(plan: RenderPlan) -> tuple[object, ...]:
    """All that the finished pixels depend on besides the bytes: plans that agree in it differ only in how
    they are saved."""
    save = plan.save
    inks = save.space == "cmyk"
    return (plan.original, plan.load, plan.operations, stays_wide(plan), inks, save.loop, save.delay)


def stays_wide(plan: RenderPlan) -> bool:
    """Whether wide gamut stays, as Display P3: where the format can carry a profile that says so."""
    return FORMATS[plan.save.format].profile and not plan.save.strip_profile


def is_held(plan: RenderPlan, following: Sequence[RenderPlan]) -> bool:
    """Whether what a plan decodes is worth holding for those that follow, and small enough."""
    # Finished pixels are held themselves, but for those that go from the decoder straight into the file.
    again = (
        other.load == plan.load and (not plan.operations or drawn_by(other) != drawn_by(plan))
        for other in following
    )
    return held_bytes(plan) <= MOST_HELD_BYTES and any(again)


def held_bytes(plan: RenderPlan) -> int:
    """What the pixels take that a plan decodes."""
    load = plan.load
    return _CHANNELS * (2 if plan.original.bits > 8 else 1) * load.width * load.height * load.count


def footprint_of_all(plans: Sequence[RenderPlan]) -> int:
    """Bytes that a worker holds while it does these plans in turn: for the largest of them, and for what it
    holds beside it."""
    held = [held_bytes(plan) for at, plan in enumerate(plans) if is_held(plan, plans[at + 1 :])]
    return max(map(footprint, plans), default=0) + max(held, default=0)
