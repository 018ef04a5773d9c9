"""Makes the jobs of render workers: what is sent, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.render_queue import Job, Kind, SeriesJob
from proxy.render_terms import RenderTerms
from proxy.render_traits import draws, memory_of, should_be_short
from proxy.renderer_errors import DrawingTooSlow, RenderTimeout
from proxy.wire import Sourced, encode_request
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
    return Job(
        kind,
        encode_request(kind, packed),
        body,
        deadline_seconds=terms.deadline(deadline_seconds, drawing=drawing),
        address_space_bytes=terms.memory(drawing=drawing),
        suspects=(content_hash, *sources),
        memory_bytes=memory_of(argument, body),
        short=should_be_short(argument),
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
    items = tuple(
        Job(
            "render",
            encode_request("next", place) if place else encode_request("series", packed),
            b"" if place else body,
            deadline_seconds=terms.deadline(None, drawing=draws(plan, data)),
            address_space_bytes=terms.memory(drawing=draws(plan, data)),
            suspects=suspects,
            short=should_be_short(plan),
        )
        for place, plan in enumerate(plans)
    )
    return SeriesJob(
        "series",
        b"",
        b"",
        deadline_seconds=sum(item.deadline_seconds for item in items),
        address_space_bytes=None,
        memory_bytes=memory_of(Plans(plans), body),
        items=items,
    )


def told_of(outcome: Any, argument: object, data: bytes) -> Any:
    """What is told of an outcome: a drawing that takes too long asks for too much."""
    if isinstance(outcome, RenderTimeout) and draws(argument, data) and should_be_short(argument):
        return DrawingTooSlow(outcome.deadline_seconds)
    return outcome
