"""What is still to be done about one picture as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from origin.hosting.standing import Standing
from origin.metadata.store import MetadataStore
from origin.metadata.tables import outbox


async def pending(metadata: MetadataStore, kind: str, standing: Standing) -> tuple[Mapping[str, Any], ...]:
    """The payloads of jobs of that kind that are not done, and have not failed either.

    Raises MetadataUnavailable.
    """
    mine = (outbox.c.kind == kind, outbox.c.key == f"{standing.asset_id}.{standing.generation}")
    asked = select(outbox.c.payload).where(*mine, outbox.c.last_error.is_(None), outbox.c.dead_at.is_(None))
    return await metadata.run(lambda connection: tuple(connection.execute(asked).scalars()))
