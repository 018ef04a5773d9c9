"""What it takes to make a variant of a settled request, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from proxy.research import Research
from proxy.settling import Settled
from proxy.variant import Variant
from transforms.formats import FORMATS
from transforms.rendition import Notes


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
