"""What people have said about originals: tags, context, structured metadata, the part to keep."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from origin.metadata.store import MetadataStore
from origin.metadata.tables import details
from transforms.knowledge import Details


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about an original, and when last; epoch seconds, 0 where nobody said anything."""

    details: Details = field(default_factory=Details)
    at: float = 0.0


class DetailsStore:
    """Details by public id. Every method raises MetadataUnavailable when the database does not answer."""

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    async def get(self, public_id: str) -> Said:
        """What was said about the original of that public id."""
        asked = select(details).where(details.c.public_id == public_id)

        def read(connection: Connection) -> Said:
            row = connection.execute(asked).one_or_none()
            return Said() if row is None else Said(_details(row), row.updated_at)

        return await self._metadata.run(read)

    async def put(self, public_id: str, said: Details) -> None:
        """Write all that is said of it now, in place of what was said before."""
        values: dict[str, Any] = {
            "tags": sorted(said.tags),
            "context": dict(said.context),
            "fields": dict(said.metadata),
            "coordinates": list(said.coordinates) if said.coordinates else None,
            "updated_at": time.time(),
        }

        def write(connection: Connection) -> None:
            connection.execute(self._metadata.upsert(details, {"public_id": public_id, **values}))

        await self._metadata.run(write)

    async def drop(self, public_id: str) -> None:
        """Forget what was said about it; that it was forgotten, and when, stays written.

        Pictures tell their caches when they changed, and that must not move back.
        """
        if (await self.get(public_id)).at:
            await self.put(public_id, Details())


def _details(row: Row[Any]) -> Details:
    return Details(
        tags=tuple(row.tags),
        context=tuple(sorted(row.context.items())),
        metadata=tuple(sorted(row.fields.items())),
        coordinates=tuple(row.coordinates) if row.coordinates else None,
    )
