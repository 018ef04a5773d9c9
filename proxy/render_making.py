"""Makes the jobs of render workers: what is sent, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.render_lanes import Kind
from proxy.render_queue import Job, SeriesJob
from proxy.render_terms import RenderTerms
from proxy.render_traits import draws, is_short, memory_of, should_be_short
from proxy.renderer_errors import DrawingTooSlow, RenderTimeout
from proxy.wire import Sourced, encode_request
from transforms.cost import Cost, cost
from transforms.plan import RenderPlan
from transforms.sharing import Plans


def make_job(
    kind: Kind,
    argument: object,
    data: bytes,
    sources: Mapping[str, bytes],
    *,
    content_hash: str,
    terms: RenderTerms,
    deadline_seconds: float | None = None,
) -> Job:
    """One question about an original, and about what its layers show."""
    packed, body = Sourced.packed(argument, data, sources)
    drawing = draws(argument, data)
    plan = argument if isinstance(argument, RenderPlan) else None
    foreseen = cost(plan) if plan is not None else Cost(0, 0)
    return Job(
        kind,
        encode_request(kind, packed),
        body,
        deadline_seconds=terms.deadline(deadline_seconds, drawing=drawing),
        address_space_bytes=terms.memory(drawing=drawing),
        suspects=(content_hash, *sources),
        memory_bytes=memory_of(argument, body),
        short=is_short(foreseen) if plan is not None else should_be_short(argument),
        plan=plan,
        layers=packed.layers if isinstance(packed, Sourced) else (),
        seconds=foreseen.seconds,
        decoding_seconds=foreseen.decoding_seconds,
        long=terms.is_long(foreseen.seconds),
        long_decoded=terms.is_long(foreseen.seconds - foreseen.decoding_seconds),
    )


def make_series(
    plans: tuple[RenderPlan, ...],
    data: bytes,
    sources: Mapping[str, bytes],
    *,
    content_hash: str,
    terms: RenderTerms,
) -> SeriesJob:
    """Renders of one original, whose bytes are sent once."""
    packed, body = Sourced.packed(Plans(plans), data, sources)
    suspects = (content_hash, *sources)
    costs = [cost(plan) for plan in plans]
    items = tuple(
        Job(
            "render",
            encode_request("next", place) if place else encode_request("series", packed),
            b"" if place else body,
            deadline_seconds=terms.deadline(None, drawing=draws(plan, data)),
            address_space_bytes=terms.memory(drawing=draws(plan, data)),
            suspects=suspects,
            short=is_short(foreseen),
            long=terms.is_long(foreseen.seconds),
        )
        for place, (plan, foreseen) in enumerate(zip(plans, costs, strict=True))
    )
    return SeriesJob(
        "series",
        b"",
        b"",
        deadline_seconds=sum(item.deadline_seconds for item in items),
        address_space_bytes=None,
        memory_bytes=memory_of(Plans(plans), body),
        long=any(item.long for item in items),
        items=items,
    )


def told_of(outcome: Any, argument: object, data: bytes) -> Any:
    """What is told of an outcome: a drawing that takes too long asks for too much."""
    if isinstance(outcome, RenderTimeout) and draws(argument, data) and should_be_short(argument):
        return DrawingTooSlow(outcome.deadline_seconds)
    return outcome
