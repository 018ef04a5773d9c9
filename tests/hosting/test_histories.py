"""The protocol of hosting holds in every history that was drawn, and each broken variant of it is caught."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import update

from origin.hosting import blobs, commits
from origin.hosting.faultpoints import hooked
from origin.hosting.model import Blob, Stored, Summary, Wanted
from origin.hosting.received import Received
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.hosting.uploads import Uploads
from origin.metadata.store import MetadataStore
from origin.metadata.tables import metadata as tables
from tests.hosting.histories import (
    ACTORS,
    House,
    Known,
    Parts,
    Wrong,
    delete,
    history,
    settle_down,
    sweep,
    times,
    upload,
    view,
    view_through_cdn,
    wait,
    work,
)
from tests.hosting.in_this_thread import InThisThread
from tests.hosting.pictures import received, summary
from tests.origin.house import Clock

HISTORIES = int(os.environ.get("CALOTYPE_TEST_HISTORIES", "60"))
"""`make histories` draws ten thousand."""
UNTIL_CAUGHT = 400
COLLECTING = ((upload, 6), (delete, 5), (work, 5), (sweep, 2), (wait, 5))
VIEWING = ((upload, 4), (delete, 4), (view, 6), (view_through_cdn, 3), (work, 3), (wait, 1))


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Callable[[int, Parts], House]]:
    """Makes houses on one database, one after the other."""
    metadata = MetadataStore(f"sqlite:///{tmp_path}/never.db")
    await metadata.close()
    metadata._database = InThisThread()
    clock = Clock()
    store = HostingStore(metadata, times=times(), clock=clock)
    yield lambda seed, parts: House(store, clock, f"h{seed}", parts)
    await metadata.close()


async def forget(house: House) -> None:
    """Empty the tables for the next history."""

    def empty(transaction: Transaction) -> None:
        for table in tables.sorted_tables:
            transaction.connection.execute(table.delete())

    await house.store.write(empty)


async def test_the_protocol_holds(make: Callable[[int, Parts], House]) -> None:
    for seed in range(HISTORIES):
        house = make(seed, Parts())
        await history(house, seed, actors=(ACTORS, COLLECTING, VIEWING)[seed % 3], deaths=0.02 * (seed % 4))
        await forget(house)


class CountedUploads(Uploads):
    """Counts references instead of writing them: once a picture is there, and so not in its transaction."""

    counts: ClassVar[Counter[str]] = Counter()

    async def keep(self, received: Received, summary: Summary, wanted: Wanted) -> Stored:
        stored = await super().keep(received, summary, wanted)
        if stored.created:
            self.counts[stored.asset.blob.key] += 1
        return stored


def counted(patch: pytest.MonkeyPatch) -> Parts:
    release, counts = blobs.release, CountedUploads.counts

    def count_down(transaction: Transaction, blob: Blob, asset_id: str) -> bool:
        counts[blob.key] -= 1
        return release(transaction, blob, asset_id)

    counts.clear()
    patch.setattr(blobs, "release", count_down)
    patch.setattr(blobs, "is_referred", lambda _, blob: counts[blob.key] > 0)
    return Parts(uploads=CountedUploads)


def without_epochs(patch: pytest.MonkeyPatch) -> Parts:
    def aim(row: blobs.BlobRow | None, *, content_hash: str, scope: str, size: int) -> Blob:
        return Blob(content_hash=content_hash, scope=scope, epoch=1, size=size)

    patch.setattr(blobs, "aim", aim)
    return Parts()


def without_looking_whether_it_is_as_read(patch: pytest.MonkeyPatch) -> Parts:
    patch.setattr(blobs, "as_read", lambda row, read: True)
    return Parts()


def without_claiming_orphans(patch: pytest.MonkeyPatch) -> Parts:
    patch.setattr(blobs, "claim_orphan", lambda _, blob: True)
    return Parts()


def deleting_before_it_is_written(patch: pytest.MonkeyPatch) -> Parts:
    def only_look(transaction: Transaction, blob: Blob, *, unused_before: float) -> blobs.Verdict:
        row = blobs.read_row(transaction, blob.content_hash, blob.scope)
        unused = row is not None and row.zero_since is not None and row.zero_since <= unused_before
        mine = row is not None and row.epoch == blob.epoch and row.state == "live"
        return "deleting" if mine and unused and not blobs.is_referred(transaction, blob) else "too_early"

    def gone_at_last(transaction: Transaction, blob: Blob) -> None:
        mine = (tables.tables["blobs"].c.content_hash == blob.content_hash,)
        gone = update(tables.tables["blobs"]).where(*mine).values(state="gone", zero_since=None)
        transaction.connection.execute(gone)

    patch.setattr(blobs, "mark_deleting", only_look)
    patch.setattr(blobs, "mark_gone", gone_at_last)
    return Parts()


def without_writing_purges_down(patch: pytest.MonkeyPatch) -> Parts:
    patch.setattr(commits, "post_purges", lambda *_: None)
    return Parts()


def without_looking_at_the_generation(patch: pytest.MonkeyPatch) -> Parts:
    return Parts(checks_generation=False)


BROKEN = {
    counted: COLLECTING,
    without_epochs: COLLECTING,
    without_looking_whether_it_is_as_read: COLLECTING,
    without_claiming_orphans: COLLECTING,
    deleting_before_it_is_written: COLLECTING,
    without_writing_purges_down: VIEWING,
    without_looking_at_the_generation: VIEWING,
}
"""What each broken variant leaves out, and who has to be there for it to be noticed."""


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
async def test_broken_variants_are_caught(
    make: Callable[[int, Parts], House], broken: Callable[[pytest.MonkeyPatch], Parts]
) -> None:
    caught = None
    with pytest.MonkeyPatch.context() as patch:
        parts = broken(patch)
        for seed in range(UNTIL_CAUGHT):
            house = make(seed, parts)
            try:
                await history(house, seed, actors=BROKEN[broken], steps=24, deaths=0.03)
            except Wrong:
                caught = seed
                break
            await forget(house)

    assert caught is not None


@pytest.mark.parametrize("purges_again", [True, False])
async def test_only_the_second_purge_reaches_what_was_on_its_way(
    make: Callable[[int, Parts], House], purges_again: bool
) -> None:
    house = make(1, Parts(purges_again=purges_again))
    wanted = Wanted(owner=house.name, public_id="tom")
    await house.uploads.keep(received(b"cat"), summary(), wanted)
    sent, arrives = asyncio.Event(), asyncio.Event()

    async def on_its_way(point: str) -> None:
        if point == "job.read":
            sent.set()
            await arrives.wait()

    with hooked(on_its_way):
        answer = asyncio.create_task(house.through_cdn("tom"))
        await sent.wait()
        await house.deletions.delete("tom")
        await work(house, random.Random(), Known())
        arrives.set()
        await answer
    await settle_down(house)

    assert (None if purges_again else b"cat") == await house.through_cdn("tom")
