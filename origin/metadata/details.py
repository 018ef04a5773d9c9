"""What people have said about originals: tags, context, structured metadata, the part to keep."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, delete, select

from origin.metadata.store import MetadataStore
from origin.metadata.tables import details
from transforms.knowledge import Details


class DetailsStore:
    """Details by public id. Every method raises MetadataUnavailable when the database does not answer."""

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    async def get(self, public_id: str) -> Details:
        """What was said about the original of that public id; nothing, where nobody said anything."""

        def read(connection: Connection) -> Details:
            row = connection.execute(select(details).where(details.c.public_id == public_id)).one_or_none()
            return Details() if row is None else _details(row)

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
        """Forget what was said about it."""

        def write(connection: Connection) -> None:
            connection.execute(delete(details).where(details.c.public_id == public_id))

        await self._metadata.run(write)


def _details(row: Any) -> Details:
    return Details(
        tags=tuple(row.tags),
        context=tuple(sorted(row.context.items())),
        metadata=tuple(sorted(row.fields.items())),
        coordinates=tuple(row.coordinates) if row.coordinates else None,
    )
