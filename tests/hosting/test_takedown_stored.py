"""Deletions of the real store, felt on every instance that delivers from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from origin.hosting.deletions import Deletions
from origin.hosting.model import HostedAsset, Wanted
from origin.hosting.mounted import hosted_mount
from origin.hosting.outbox import Outbox
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.metadata.store import MetadataStore
from origin.storage.memory import MemoryStorage
from proxy.takedown_jobs import TakedownJobs
from tests.hosting import test_takedown as whole
from tests.hosting.instances import CAT, DOG, Instance, Place, Slow, until
from tests.hosting.pictures import received, summary

pytestmark = whole.pytestmark
PATH = "/w_20/cat.png"


@dataclass
class Site:
    """Two instances over one store."""

    place: Place
    store: HostingStore
    one: Instance
    other: Instance
    storage: MemoryStorage

    @property
    def takedowns(self) -> TakedownJobs:
        assert self.one.services.takedowns is not None
        return self.one.services.takedowns

    async def upload(self, data: bytes, public_id: str) -> HostedAsset:
        uploads = Uploads(store=self.store, storage=self.storage, published=self.takedowns.published)
        wanted = Wanted(owner="ana", public_id=public_id)
        return (await uploads.keep(received(data), summary(0), wanted)).asset

    @property
    def deletions(self) -> Deletions:
        return Deletions(store=self.store, published=self.takedowns.published)

    async def heard(self, before: HostedAsset) -> None:
        await until(lambda: self.other.gone.outdated([before.standing]))

    async def answers(self, path: str = PATH) -> list[tuple[int, bytes]]:
        found = [await instance.get(path) for instance in (self.one, self.other)]
        return [(status, body if status == 200 else b"") for status, body in found]


@pytest_asyncio.fixture
async def site(tmp_path: Path, valkey: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    metadata, storage = MetadataStore(f"sqlite:///{tmp_path}/calotype.db"), MemoryStorage()
    await metadata.open()
    await metadata.migrate()
    store, place = HostingStore(metadata), Place(tmp_path, valkey, Slow())
    place.stored = True
    monkeypatch.setattr(place, "_mount", lambda: hosted_mount(store, storage))
    one, other = [await place.instance(monkeypatch) for _ in range(2)]
    yield Site(place, store, one, other, storage)
    await place.close()
    await metadata.close()


async def test_a_deletion_is_felt_everywhere(site: Site) -> None:
    cat = await site.upload(CAT, "cat")
    before = await site.answers()
    receipt = await site.deletions.delete("cat")
    assert receipt is not None
    await site.heard(cat)
    told = await site.store.receipt(receipt.receipt_id)
    assert told is not None

    assert ([(200, CAT)] * 2, [(410, b"")] * 2) == (before, await site.answers())
    assert ["published", "purged"] == list(told.steps)


async def test_an_overwrite_is_felt_everywhere(site: Site) -> None:
    cat = await site.upload(CAT, "cat")
    await site.answers()
    await site.upload(DOG, "cat")
    await site.heard(cat)

    assert [(200, DOG)] * 2 == await site.answers()


async def test_what_is_uploaded_again_is_shown(site: Site) -> None:
    cat = await site.upload(CAT, "cat")
    await site.answers()
    await site.deletions.delete("cat")
    await site.heard(cat)
    gone = await site.answers()
    await site.upload(CAT, "cat")

    assert ([(410, b"")] * 2, [(200, CAT)] * 2) == (gone, await site.answers())


async def test_an_answer_says_whose_picture_it_is(site: Site) -> None:
    await site.upload(CAT, "cat")

    assert "asset-cat owner-ana" == (await site.one.headers(PATH))["Surrogate-Key"]


async def test_the_database_alone_stops_a_render_under_way(site: Site) -> None:
    """The process that deleted died before it could tell anyone."""
    await site.upload(CAT, "cat")
    site.other.pool.rendering.shut()
    asked = asyncio.create_task(site.other.get(PATH))
    await site.other.pool.rendering.reached.wait()
    await Deletions(store=site.store).delete("cat")
    site.other.pool.rendering.open()
    status, _ = await asked
    done = [entry.kind for entry in await Outbox(site.store.metadata).lease(limit=9, seconds=60)]

    assert (410, 0) == (status, await site.place.in_derived(CAT))
    assert "purge" in done


async def test_the_jobs_drop_what_was_kept_before_anyone_was_told(site: Site) -> None:
    await site.upload(CAT, "cat")
    await site.answers()
    await whole.written(site.place)
    await Deletions(store=site.store).delete("cat")
    entries = await Outbox(site.store.metadata).lease(limit=9, seconds=60, kinds=["purge"])
    for entry in entries:
        await site.takedowns.handlers[entry.kind]([entry.payload])

    assert [0, 0] == [await site.one.in_memory(CAT), await site.place.in_derived(CAT)]
