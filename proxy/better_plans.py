"""What is made behind the answers, and what is answered until then: values made of a settled request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from proxy.variant import variant_key
from transforms import rates
from transforms.plan import RenderPlan, digest_text
from transforms.second import second_save

if TYPE_CHECKING:
    from proxy.settled import Settled


def second_of(settled: Settled) -> Settled:
    """The same, encoded with time, under the key that this makes. Only for what can have a second encode."""
    assert settled.plan is not None
    save = second_save(settled.plan.save, settled.recipe)
    assert save is not None
    plan = replace(settled.plan, save=save)
    key = variant_key(digest_text(plan), settled.asset.content_hash)
    return replace(settled, plan=plan, key=key, otherwise=settled, claim=None)


def saving_seconds(plan: RenderPlan) -> float:
    """What writing the result is foreseen to take."""
    aim, format, pixels = plan.save.aim, plan.save.format, plan.result.pixels
    if aim is None:
        return rates.encoding(format, pixels) / 1000
    return rates.searching(format, aim.kind, pixels) / 1000


def until_made(settled: Settled, others: Sequence[Settled], seconds: float) -> Settled:
    """`settled`, with another answered until it has been made: the first of `others`, the best before the
    rest, that is written in so many seconds, or the one that is quickest."""
    assert settled.plan is not None
    times = [_seconds(other) for other in others]
    place = next((at for at, time in enumerate(times) if time <= seconds), times.index(min(times)))
    quick = others[place]
    note = f"made behind: {quick.format} is answered until it is there"
    plan = replace(settled.plan, notes=(*settled.plan.notes, note))
    return replace(settled, plan=plan, otherwise=replace(quick, provisional=True))


def _seconds(settled: Settled) -> float:
    return saving_seconds(settled.plan) if settled.plan is not None else 0.0


def for_now(settled: Settled) -> Settled:
    """What is answered as long as `settled` is not there; it rests on the same."""
    other = settled.otherwise
    assert other is not None
    if not other.provisional:
        return other
    return replace(
        settled,
        recipe=other.recipe,
        plan=other.plan,
        key=other.key,
        format=other.format,
        otherwise=None,
        provisional=True,
    )
