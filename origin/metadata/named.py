"""Named transformations that people stored, beside those of the settings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from origin.metadata.store import MetadataStore
from origin.metadata.tables import named_transformations as named

MOST_NAMED = 10_000
"""How many are read: all of them are kept in memory."""


@dataclass(frozen=True, slots=True)
class Named:
    """One named transformation; `version` counts its changes from 1, `updated_at` is epoch seconds."""

    name: str
    text: str
    version: int
    updated_at: float


class NamedStore:
    """Every method raises MetadataUnavailable when the database does not answer."""

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    async def stamp(self) -> tuple[int, int, float]:
        """Moves on whenever anything changes: how many there are, and the sums of versions and times.

        The last time alone would not do: of two machines that write, one clock may go behind.
        """
        asked = select(func.count(), func.sum(named.c.version), func.sum(named.c.updated_at))

        def read(connection: Connection) -> tuple[int, int, float]:
            count, versions, times = connection.execute(asked).one()
            return count, int(versions or 0), float(times or 0.0)

        return await self._metadata.run(read)

    async def all(self) -> Mapping[str, Named]:
        """Those there are, by name; at most `MOST_NAMED`."""
        asked = select(named).order_by(named.c.name).limit(MOST_NAMED)

        def read(connection: Connection) -> Mapping[str, Named]:
            rows = connection.execute(asked)
            return {row.name: Named(row.name, row.text, row.version, row.updated_at) for row in rows}

        return await self._metadata.run(read)

    async def put(self, name: str, text: str) -> int:
        """Store `text` under `name`; answers the version it has now."""
        values = {"name": name, "text": text, "version": 1, "updated_at": time.time()}

        def write(connection: Connection) -> int:
            version: int = connection.execute(self._metadata.statements.put_named, values).scalar_one()
            return version

        return await self._metadata.run(write)

    async def drop(self, name: str) -> bool:
        """Forget it; whether there was one."""

        def write(connection: Connection) -> bool:
            return bool(connection.execute(delete(named).where(named.c.name == name)).rowcount)

        return await self._metadata.run(write)
