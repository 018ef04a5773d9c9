"""Looks whether everything that should be there is, and nothing else. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select

from origin.errors import AssetNotFound, OriginalTooManyBytes
from origin.hosting.collector import Collector
from origin.hosting.model import Blob
from origin.hosting.store import HostingStore
from origin.metadata.tables import assets, blob_refs, blobs
from origin.storage.base import Storage

FAULTS = {
    "asset_without_reference": "a picture whose object could be collected",
    "reference_without_asset": "a reference of a picture that is not there, which keeps an object for ever",
    "reference_without_object": "a reference to an object whose row does not say that it is live",
    "object_missing": "a row of an object that is not in the storage",
    "object_of_another_size": "an object that is not as large as its row says",
    "object_of_other_bytes": "an object whose SHA-256 is not the one in its key",
    "object_without_row": "an object that no picture refers to; `calotype gc` removes it",
    "object_ahead": "an object newer than its row: the database was restored from before; it is left alone",
}
"""Every kind of fault by its name, and what it means. The last two only take room."""

_PAGE = 500
_AT_ONCE = 16
"""Objects that are looked at."""
_MOST_NAMED = 3
_MOST = 10_000
"""How many faults of a kind are told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be: one of FAULTS, and where. Of an object that is missing or
    damaged also some of the pictures that it is the original of."""

    kind: str
    where: str
    pictures: tuple[str, ...] = ()


class Audit:
    """Finds faults. Of the objects one in `sample` is read and hashed; 0 reads none, 1 all of them."""

    def __init__(
        self,
        *,
        store: HostingStore,
        storage: Storage,
        collector: Collector,
        sample: int = 100,
        max_bytes: int = 1_000_000_000,
        looked_at: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._storage = storage
        self._collector = collector
        self._sample = sample
        self._max_bytes = max_bytes
        self._looked_at = looked_at

    async def objects(self) -> int:
        """How many objects there should be."""
        (row,) = await self._ask(select(func.count()).where(blobs.c.state == "live"))
        return int(row[0])

    async def faults(self) -> AsyncIterator[Fault]:
        """All there are, as they are found. While uploads and deletions go on, some of them may be over by
        the time they are told."""
        for kind, asked in _QUESTIONS.items():
            for row in await self._ask(asked.limit(_MOST)):
                yield Fault(kind, row[0])
        async for page in self._live():
            for start in range(0, len(page), _AT_ONCE):
                some = page[start : start + _AT_ONCE]
                found = await asyncio.gather(*(self._look(blob) for blob in some))
                for blob, wrong in zip(some, found, strict=True):
                    if wrong is not None:
                        yield Fault(wrong, blob.key, await self._shown_by(blob))
                self._looked_at(len(some))
        async for orphan in self._collector.orphans():
            yield Fault("object_ahead" if orphan.ahead else "object_without_row", orphan.blob.key)

    async def _ask(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        return await self._store.read(lambda transaction: transaction.connection.execute(asked).all())

    async def _shown_by(self, blob: Blob) -> tuple[str, ...]:
        asked = select(assets.c.public_id).where(
            assets.c.content_hash == blob.content_hash,
            assets.c.scope == blob.scope,
            assets.c.epoch == blob.epoch,
            assets.c.deleted_at.is_(None),
        )
        found = await self._ask(asked.order_by(assets.c.public_id).limit(_MOST_NAMED))
        return tuple(row.public_id for row in found)

    async def _live(self) -> AsyncIterator[tuple[Blob, ...]]:
        after = ("", "")
        while True:
            asked = select(blobs).where(
                blobs.c.state == "live",
                (blobs.c.content_hash > after[0])
                | and_(blobs.c.content_hash == after[0], blobs.c.scope > after[1]),
            )
            asked = asked.order_by(blobs.c.content_hash, blobs.c.scope).limit(_PAGE)
            page = await self._ask(asked)
            yield tuple(
                Blob(content_hash=row.content_hash, scope=row.scope, epoch=row.epoch, size=row.size)
                for row in page
            )
            if len(page) < _PAGE:
                return
            after = (page[-1].content_hash, page[-1].scope)

    async def _look(self, blob: Blob) -> str | None:
        stat = await self._storage.stat(blob.key)
        if stat is None:
            return "object_missing"
        if stat.size != blob.size:
            return "object_of_another_size"
        # By the hash, so that every audit reads the same ones only if it is told the same sample.
        if not self._sample or int(blob.content_hash[-8:], 16) % self._sample:
            return None
        try:
            data, _ = await self._storage.read(blob.key, max_bytes=self._max_bytes)
        except (AssetNotFound, OriginalTooManyBytes):
            return "object_missing"
        return (
            None if await asyncio.to_thread(_hash_of, data) == blob.content_hash else "object_of_other_bytes"
        )


def _hash_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def _same_object(left: Any, right: Any) -> Any:
    return and_(
        left.c.content_hash == right.c.content_hash,
        left.c.scope == right.c.scope,
        left.c.epoch == right.c.epoch,
    )


_QUESTIONS: dict[str, Select[Any]] = {
    "asset_without_reference": select(assets.c.public_id).where(
        assets.c.deleted_at.is_(None),
        ~exists().where(blob_refs.c.asset_id == assets.c.asset_id, _same_object(blob_refs, assets)),
    ),
    "reference_without_asset": select(blob_refs.c.asset_id).where(
        ~exists().where(
            assets.c.asset_id == blob_refs.c.asset_id,
            assets.c.deleted_at.is_(None),
            _same_object(assets, blob_refs),
        )
    ),
    "reference_without_object": select(blob_refs.c.asset_id).where(
        ~exists().where(_same_object(blobs, blob_refs), blobs.c.state == "live")
    ),
}
