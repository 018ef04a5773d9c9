"""What a server keeps, looked at behind its back: the database, the storages, Redis."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from redis import Redis
from sqlalchemy import Connection, Row, func, select, update

from origin.hosting.model import OBJECTS
from origin.metadata.store import MetadataStore
from origin.metadata.tables import blobs, intents, outbox, receipts
from origin.storage.base import Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from proxy.cache.made_of import PREFIX
from proxy.cache.redis import KEY_PREFIX

T = TypeVar("T")
_MOST = 10_000
_SOON_SECONDS = 30.0


@dataclass(frozen=True)
class Places:
    """Where a server keeps what: a data folder, and what is not in it."""

    folder: Path
    postgres: str = ""
    s3: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of an `S3Settings`, and the `bucket`."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings that say so."""
        found = {"CALOTYPE_METADATA__URL": self.postgres} if self.postgres else {}
        if self.s3:
            stored = json.dumps({"kind": "s3", **self.s3})
            found["CALOTYPE_HOSTING__STORAGE"] = stored
            found["CALOTYPE_CACHE__DERIVED__STORAGE"] = stored
        return found

    def in_database(self, work: Callable[[Connection], T]) -> T:
        """What one transaction of ours answers."""

        async def run() -> T:
            url = self.postgres.replace("postgresql://", "postgresql+asyncpg://")
            store = MetadataStore(url or f"sqlite:///{self.folder}/calotype.db")
            try:
                return await store.write(work)
            finally:
                await store.close()

        return asyncio.run(run())

    def a_day_goes_by(self) -> None:
        """Whatever waits for its time is due, and no intent counts any longer."""

        def work(connection: Connection) -> None:
            connection.execute(update(outbox).values(not_before=0.0, lease_until=None))
            connection.execute(update(intents).values(expires_at=0.0))
            connection.execute(update(blobs).where(blobs.c.zero_since.is_not(None)).values(zero_since=0.0))

        self.in_database(work)

    def jobs_left(self) -> Sequence[str]:
        """Rows of the outbox, dead letters included."""
        rows = self.in_database(lambda connection: connection.execute(select(outbox)).all())
        return [_told(row) for row in rows]

    def jobs_due(self) -> int:
        """Rows of the outbox that nobody has reason to wait with."""
        soon = outbox.c.not_before <= time.time() + _SOON_SECONDS
        asked = select(func.count()).select_from(outbox).where(soon)
        return self.in_database(lambda connection: int(connection.execute(asked).scalar_one()))

    def unfinished(self) -> Sequence[str]:
        """What is not written in receipts that should be, of each the id and the step."""
        asked = select(receipts.c.public_id, receipts.c.steps)
        rows = self.in_database(lambda connection: list(connection.execute(asked)))
        steps = ("published", "purged", "purged_again", "variants_collected")
        return [f"{row.public_id}: {step}" for row in rows for step in steps if step not in row.steps]

    def objects(self) -> Sequence[str]:
        """The keys of all stored originals."""
        return self._in_storage("hosted", lambda storage: _keys(storage, OBJECTS))

    def put_object(self, key: str, data: bytes) -> None:
        """Store an object that no row knows."""
        self._in_storage("hosted", lambda storage: storage.write(key, data))

    def variants(self) -> Sequence[str]:
        """The keys of all that was made of pictures, in the derived store and in Redis."""
        found = list(self._in_storage("derived", lambda storage: _keys(storage, "v/")))
        for socket in self.folder.glob("valkey/*.sock"):
            with Redis(unix_socket_path=str(socket), decode_responses=True) as client:
                for prefix in (KEY_PREFIX, PREFIX):
                    found += client.scan_iter(match=f"{prefix}*", count=_MOST)
        return found

    def staged(self) -> Sequence[str]:
        """Files of uploads on their way."""
        return [path.name for path in (self.folder / "staging").rglob("*") if path.is_file()]

    def _in_storage(self, folder: str, work: Callable[[Storage], Awaitable[T]]) -> T:
        async def run() -> T:
            storage = self._storage(folder)
            try:
                return await work(storage)
            finally:
                await storage.close()

        return asyncio.run(run())

    def _storage(self, folder: str) -> Storage:
        if not self.s3:
            return FilesystemStorage(path=self.folder / folder, create=True)
        settings = {name: value for name, value in self.s3.items() if name != "bucket"}
        return S3Storage(client=S3Client(S3Settings(**settings)), bucket=self.s3["bucket"])


def _told(row: Row[Any]) -> str:
    wait = max(row.not_before, row.lease_until or 0.0) - time.time()
    state = "dead" if row.dead_at else "leased" if row.lease_until else "waits"
    return f"job {row.kind} of {row.key}: {row.attempts} attempts, {state}, in {wait:.0f} s: {row.last_error}"


async def _keys(storage: Storage, prefix: str) -> Sequence[str]:
    return [stat.key for stat in await storage.list(prefix, limit=_MOST)]
