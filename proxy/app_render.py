"""The part of the composition root that makes the render pool from the settings."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from proxy import metrics
from proxy.config import Settings
from proxy.poison import Poison
from proxy.render_terms import RenderTerms
from proxy.renderer import RenderPool

if TYPE_CHECKING:
    from transforms.fontbook import FontBook

MAX_QUEUE_SECONDS = 10.0
"""How long a render waits for a worker before its client is told to come back."""

_LEAST_PRIORITY = 19
"""The niceness of what gets time only where nobody else wants it."""


def build_pool(
    settings: Settings, *, processes: int, fonts: FontBook | None = None, poison: Poison | None = None
) -> RenderPool:
    """The render workers of one of `processes`: its share of `render.workers`. They may read `fonts`."""
    terms = render_terms(settings)
    return RenderPool(
        workers=max(1, settings.render.worker_count // processes),
        queue=settings.render.queue_length,
        queue_timeout_seconds=MAX_QUEUE_SECONDS,
        reading=settings.origin.fetch_concurrency,
        memory_bytes=settings.render.memory_budget // processes,
        strict=settings.render.sandbox == "required",
        poison=poison,
        foreseen=metrics.compare_render_cost,
        **{field.name: getattr(terms, field.name) for field in fields(terms)},
        readable=(str(font_folder(settings).absolute()), *(fonts.files if fonts is not None else ())),
    )


def build_behind(
    settings: Settings, terms: RenderTerms, *, fonts: FontBook | None = None, poison: Poison | None = None
) -> RenderPool:
    """One worker for what nobody waits for, under the `terms` of the others but for time. It yields to every
    other process."""
    terms = replace(terms, deadline_seconds=settings.render.second_encode.deadline_seconds)
    return RenderPool(
        workers=1,
        queue=1,
        niceness=_LEAST_PRIORITY,
        strict=settings.render.sandbox == "required",
        poison=poison,
        **{field.name: getattr(terms, field.name) for field in fields(terms)},
        readable=(str(font_folder(settings).absolute()), *(fonts.files if fonts is not None else ())),
    )


def render_terms(settings: Settings) -> RenderTerms:
    """What render workers may take, as far as that can change while they work."""
    render = settings.render
    return RenderTerms(
        deadline_seconds=render.deadline_seconds,
        recycle_after=render.recycle_after,
        max_memory_bytes=render.max_memory_bytes,
        address_space_bytes=render.address_space_bytes,
        svg_deadline_seconds=render.svg_deadline_seconds,
        svg_address_space_bytes=render.svg_address_space_bytes,
        long_seconds=render.long_seconds,
        blocked=frozenset(render.block_loaders),
        limits=render.limits,
    )


def font_folder(settings: Settings) -> Path:
    """Where fonts that lie in mounts are laid for render workers. It is there before they are: what a worker
    may read is settled when it starts."""
    folder = settings.data_dir / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
