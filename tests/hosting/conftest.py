"""A store on each of the two databases, with a storage in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from origin.hosting.changes import Changes
from origin.hosting.deletions import Deletions
from origin.hosting.model import HostedAsset, Receipt, Stored, Wanted
from origin.hosting.outbox import Outbox
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.metadata.store import MetadataStore
from origin.storage.memory import MemoryStorage
from tests.hosting.pictures import received, summary
from tests.origin.house import Clock


@dataclass
class Hosting:
    """All of hosting but HTTP, on one database and a storage in memory."""

    store: HostingStore
    clock: Clock
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    told: list[Receipt] = field(default_factory=list)

    async def _published(self, receipts: Sequence[Receipt]) -> None:
        self.told += receipts

    @property
    def uploads(self) -> Uploads:
        return Uploads(store=self.store, storage=self.storage, published=self._published)

    @property
    def deletions(self) -> Deletions:
        return Deletions(store=self.store, published=self._published)

    @property
    def changes(self) -> Changes:
        return Changes(store=self.store, published=self._published)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.store.metadata, clock=self.clock)

    async def upload(self, data: bytes, public_id: str | None = None, **wanted: object) -> HostedAsset:
        return (await self.keep(data, public_id, **wanted)).asset

    async def keep(self, data: bytes, public_id: str | None = None, **wanted: object) -> Stored:
        phash = wanted.pop("phash", 0)
        assert isinstance(phash, int)
        asked = Wanted(**{"owner": "ana", "public_id": public_id, **wanted})  # type: ignore[arg-type]
        return await self.uploads.keep(received(data), summary(phash), asked)

    async def jobs(self) -> list[str]:
        """The kinds of all jobs, due or not, in the order they were written."""
        self.clock.now += 1_000_000
        taken = await self.outbox.lease(limit=1000, seconds=60)
        await self.outbox.done(*taken)
        self.clock.now -= 1_000_000
        return [entry.kind for entry in sorted(taken, key=lambda entry: entry.id)]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/facts.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def hosting(database_url: str) -> AsyncIterator[Hosting]:
    metadata = MetadataStore(database_url, timeout_seconds=15, write_seconds=60)
    await metadata.open()
    await metadata.migrate()
    clock = Clock()
    yield Hosting(HostingStore(metadata, clock=clock), clock)
    await metadata.close()
