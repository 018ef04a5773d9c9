"""Uploads against deletions of the same bytes, truly at once, on both databases and a real folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from origin.hosting.audit import Audit
from origin.hosting.collector import Collector
from origin.hosting.commits import Times
from origin.hosting.deletions import Deletions
from origin.hosting.model import Wanted
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.storage.filesystem import FilesystemStorage
from tests.hosting.conftest import Hosting
from tests.hosting.pictures import received, summary

ROUNDS = int(os.environ.get("CALOTYPE_TEST_ROUNDS", "80"))
"""On each database; `make histories` has ten thousand."""


async def test_nothing_acknowledged_is_lost(hosting: Hosting, tmp_path: Path) -> None:
    # Nothing is kept for a while: an object goes as soon as nothing refers to it.
    store = HostingStore(hosting.store.metadata, times=Times(keep_blob_seconds=0.0))
    storage = FilesystemStorage(path=tmp_path / "objects", create=True)
    uploads = Uploads(store=store, storage=storage)
    deletions = Deletions(store=store)
    collector = Collector(store=store, storage=storage, young_seconds=-10.0)
    data, lost = b"the same bytes", []

    async def upload(public_id: str) -> None:
        await uploads.keep(received(data), summary(), Wanted(owner="ana", public_id=public_id))

    async def collect() -> None:
        for blob in await collector.due():
            await collector.collect(blob)

    await upload("0")
    for number in range(1, ROUNDS):
        await asyncio.gather(
            upload(f"{number}"), deletions.delete(f"{number - 1}"), collect(), collector.sweep()
        )
        asset = await store.get(f"{number}")
        assert asset is not None
        stat = await storage.stat(asset.blob.key)
        if asset.gone or stat is None or stat.size != len(data):
            lost.append(number)
    await deletions.delete(f"{ROUNDS - 1}")
    await collector.sweep()
    audit = Audit(store=store, storage=storage, collector=collector, sample=1)

    assert lost == []
    assert [fault async for fault in audit.faults()] == []
    assert await storage.list("o/", limit=10) == []
    await storage.close()
