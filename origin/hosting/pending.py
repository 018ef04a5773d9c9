"""What is still to be done about one picture as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from origin.hosting.outbox import KINDS
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


@dataclass(frozen=True, slots=True)
class Due:
    """A job that is not done."""

    kind: str
    payload: Mapping[str, Any]
    dead: bool
    """It failed for the last time, and is not tried again by itself."""


async def due_about(metadata: MetadataStore, standing: Standing) -> tuple[Due, ...]:
    """All jobs about a picture as it is now that are not done, the oldest first.

    Raises MetadataUnavailable.
    """
    asked = select(outbox.c.kind, outbox.c.payload, outbox.c.dead_at).order_by(outbox.c.id)
    asked = asked.where(outbox.c.key == f"{standing.asset_id}.{standing.generation}")
    # The index begins with the kind.
    asked = asked.where(outbox.c.kind.in_(KINDS))
    return await metadata.run(
        lambda connection: tuple(
            Due(row.kind, row.payload, row.dead_at is not None) for row in connection.execute(asked)
        )
    )
