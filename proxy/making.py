"""What it takes to make a variant of a settled request, and what comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from origin.library import Library
from proxy.cache.tiers import Tiers
from proxy.research import Research
from proxy.settling import Settled
from proxy.variant import Variant
from transforms.formats import FORMATS
from transforms.rendition import Notes


class MezzanineLost(Exception):
    """The copy that a variant is made of is not there any more: the original is."""


async def source_of(settled: Settled, library: Library, tiers: Tiers) -> tuple[bytes, str]:
    """The bytes that a settled request is made of, those of its original or of a mezzanine, and their name.

    Raises MezzanineLost, and what `Library.read` raises.
    """
    if settled.mezzanine is None:
        return await library.read(settled.asset), settled.asset.content_hash
    found = await tiers.get(settled.mezzanine.key, settled.standings)
    if found is None:
        raise MezzanineLost(settled.mezzanine.key)
    body = found[0].body
    return body if isinstance(body, bytes) else await asyncio.to_thread(body.read), settled.mezzanine.key


async def layers_of(settled: Settled, research: Research) -> Mapping[str, bytes]:
    """The bytes of what the plan's layers show, by content hash. Raises OriginChanged when one of them was
    replaced meanwhile."""
    if settled.plan is None or settled.findings is None:
        return {}
    return await research.read(settled.plan.hashes(), settled.findings)


def variant_of(
    settled: Settled, body: bytes, width: int, height: int, pages: int, notes: Notes = ()
) -> Variant:
    """The variant that was settled, with its bytes."""
    return Variant(
        key=settled.key,
        body=body,
        content_type=FORMATS[settled.format].mime,
        format=settled.format,
        width=width,
        height=height,
        pages=pages,
        made_at=time.time(),
        modified_at=settled.modified_at,
        tags=settled.tags,
        notes=notes,
        made_of=settled.made_of,
    )
