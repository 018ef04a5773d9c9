"""Collects objects that nothing refers to, and finds those that a crash left without a row.

Everything here may be done twice, at the same time, late, or by halves: what is deleted is of an epoch that
is past by then, and nobody adopts that any more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, delete, or_, select

from origin.hosting import blobs
from origin.hosting.blobs import Verdict, blob_of_key
from origin.hosting.faultpoints import reach
from origin.hosting.model import OBJECTS, Blob
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.tables import blobs as blob_table
from origin.metadata.tables import intents
from origin.storage.base import Stat, Storage

_LISTED = 10_000
"""Objects that are listed at once; where there are more, longer prefixes are listed."""
_LOOKED_UP = 500
_HEX = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Orphan:
    """An object in the storage that no picture can ever refer to."""

    blob: Blob
    modified_at: float
    ahead: bool = False
    """Its epoch has not come yet for a row that is live: the database is older than the storage, as one is
    that was restored. Nothing removes such an object."""


class Collector:
    """Deletes objects. `keep_seconds` is how long those are kept that lost their last reference."""

    def __init__(
        self,
        *,
        store: HostingStore,
        storage: Storage,
        keep_seconds: float | None = None,
        young_seconds: float = 3600.0,
    ) -> None:
        self._store = store
        self._storage = storage
        self._keep_seconds = store.times.keep_blob_seconds if keep_seconds is None else keep_seconds
        self._young_seconds = young_seconds

    async def collect(self, blob: Blob) -> Verdict:
        """Delete an object, if nothing has referred to it for long enough; says what came of it."""
        await reach("collect.begun")
        # A breath of grace: the job is due in the very second that the object's time is over.
        before = self._store.clock() - self._keep_seconds + 1.0
        verdict = await self._store.write(lambda t: blobs.mark_deleting(t, blob, unused_before=before))
        await reach("collect.marked")
        if verdict in ("deleting", "past"):
            await self._storage.delete(blob.key)
            await reach("collect.deleted")
            await self._store.write(lambda t: blobs.mark_gone(t, blob))
            await reach("collect.done")
        return verdict

    async def due(self, *, limit: int = 1000) -> tuple[Blob, ...]:
        """Objects to collect: unused for long enough, or half collected when somebody died."""
        before = self._store.clock() - self._keep_seconds
        unused = and_(blob_table.c.state == "live", blob_table.c.zero_since <= before)
        asked = select(blob_table).where(or_(unused, blob_table.c.state == "deleting")).limit(limit)

        def read(transaction: Transaction) -> tuple[Blob, ...]:
            return tuple(
                Blob(content_hash=row.content_hash, scope=row.scope, epoch=row.epoch, size=row.size)
                for row in transaction.connection.execute(asked)
            )

        return await self._store.read(read)

    async def orphans(self) -> AsyncIterator[Orphan]:
        """Objects without a living row that are not young, and that no upload under way intends."""
        async for page in listed(self._storage, OBJECTS):
            for start in range(0, len(page), _LOOKED_UP):
                for orphan in await self._without_row(page[start : start + _LOOKED_UP]):
                    yield orphan

    async def remove(self, orphan: Orphan) -> bool:
        """Delete an orphan, unless somebody has adopted it meanwhile."""
        await reach("sweep.listed")
        claimed = await self._store.write(lambda t: blobs.claim_orphan(t, orphan.blob))
        await reach("sweep.claimed")
        if claimed:
            await self._storage.delete(orphan.blob.key)
            await reach("sweep.deleted")
            await self._store.write(lambda t: blobs.mark_gone(t, orphan.blob))
        return claimed

    async def sweep(self) -> int:
        """Collect what is due, remove orphans, forget old intents; how many objects went."""
        gone = 0
        while due := await self.due():
            verdicts = [await self.collect(blob) for blob in due]
            gone += len([verdict for verdict in verdicts if verdict == "deleting"])
            if not {"deleting", "past"} & set(verdicts):
                break
        async for orphan in self.orphans():
            gone += await self.remove(orphan)
        await self.expire_intents()
        return gone

    async def expire_intents(self) -> int:
        """Forget the intents of uploads that never came to an end; how many."""
        now = self._store.clock()
        past = delete(intents).where(intents.c.expires_at <= now)
        return await self._store.write(lambda t: t.connection.execute(past).rowcount)

    async def _without_row(self, objects: Sequence[Stat]) -> list[Orphan]:
        oldest = self._store.clock() - self._young_seconds
        found = [Orphan(blob, each.modified_at) for each in objects if (blob := _blob_of(each))]
        old = [orphan for orphan in found if orphan.modified_at <= oldest]
        living, intended = await self._known(orphan.blob.content_hash for orphan in old)
        return [
            replace(orphan, ahead=living.get(_whose(orphan.blob), orphan.blob.epoch) < orphan.blob.epoch)
            for orphan in old
            if living.get(_whose(orphan.blob)) != orphan.blob.epoch
            and orphan.blob.content_hash not in intended
        ]

    async def _known(self, hashes: Iterable[str]) -> tuple[dict[tuple[str, str], int], set[str]]:
        """The epochs of living objects of these bytes, and of which bytes there are intents."""
        wanted, now = list(set(hashes)), self._store.clock()
        living = select(blob_table).where(blob_table.c.content_hash.in_(wanted), blob_table.c.state == "live")
        meant = select(intents.c.content_hash).where(
            intents.c.content_hash.in_(wanted), intents.c.expires_at > now
        )

        def read(transaction: Transaction) -> tuple[dict[tuple[str, str], int], set[str]]:
            rows = transaction.connection.execute(living).all()
            epochs = {(row.content_hash, row.scope): int(row.epoch) for row in rows}
            return epochs, set(transaction.connection.execute(meant).scalars())

        return await self._store.read(read)


async def listed(storage: Storage, prefix: str) -> AsyncIterator[list[Stat]]:
    """All objects of hosting under a prefix, in pages; their keys go on with hex digits."""
    page = await storage.list(prefix, limit=_LISTED)
    if len(page) < _LISTED:
        yield page
        return
    inner = prefix[len(OBJECTS) :]
    # `o/` is followed by two digits and a folder of that name, and the hash repeats the two.
    following = f"{inner}/{inner}" if len(inner) == 2 else inner
    for digit in _HEX:
        async for pages in listed(storage, f"{OBJECTS}{following}{digit}"):
            yield pages


def _whose(blob: Blob) -> tuple[str, str]:
    return blob.content_hash, blob.scope


def _blob_of(stat: Stat) -> Blob | None:
    return blob_of_key(stat.key, stat.size)
