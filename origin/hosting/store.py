"""The pictures that are hosted, as the database has them: looked up, listed, counted, changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from origin.hosting import claims, receipts, rows
from origin.hosting.commits import Times
from origin.hosting.listing import Query, page_of, tags_of
from origin.hosting.model import HostedAsset, Page, Receipt
from origin.hosting.similar import Likeness, similar_to
from origin.hosting.standing import Standing
from origin.hosting.transaction import Transaction
from origin.metadata.store import MetadataStore
from origin.metadata.tables import assets
from origin.metadata.tables import receipts as receipt_table

T = TypeVar("T")

_BY_PUBLIC_ID = select(assets).where(assets.c.public_id.in_(bindparam("public_ids", expanding=True)))
"""Asked of every picture that is seen for the first time; to build it takes longer than to run it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has: pictures, and bytes of originals (those of one object counted for each picture)."""

    pictures: int
    bytes: int


class HostingStore:
    """Every method raises MetadataUnavailable when the database does not answer.

    Tombstones are answered too where they are not said to be left out: look at `gone`.
    """

    def __init__(
        self,
        metadata: MetadataStore,
        *,
        times: Times | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.metadata = metadata
        self.times = times or Times()
        self.clock = clock

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """What `work` answers, which only reads."""
        return await self.metadata.run(self._with_transaction(work))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """What `work` answers, in one transaction that lasts; it may be run several times."""
        return await self.metadata.write(self._with_transaction(work))

    async def get(self, public_id: str) -> HostedAsset | None:
        """The picture or tombstone of that public id."""
        return await self.read(lambda transaction: rows.find(transaction, public_id))

    async def get_by_asset_id(self, asset_id: str) -> HostedAsset | None:
        """The picture or tombstone of that asset id."""
        return await self.read(lambda transaction: rows.find_by_asset_id(transaction, asset_id))

    async def get_many(self, public_ids: Iterable[str]) -> Mapping[str, HostedAsset]:
        """Those of these public ids that there are or were, by public id; a thousand at the most."""
        asked = {"public_ids": list(public_ids)[:1000]}
        found = await self.metadata.run(
            lambda c: [rows.asset_of(row) for row in c.execute(_BY_PUBLIC_ID, asked)]
        )
        return {asset.public_id: asset for asset in found}

    async def get_many_by_asset_id(self, asset_ids: Iterable[str]) -> Mapping[str, HostedAsset]:
        """Those of these asset ids that there are or were, by asset id; a thousand at the most."""
        asked = select(assets).where(assets.c.asset_id.in_(list(asset_ids)[:1000]))
        found = await self.metadata.run(lambda c: [rows.asset_of(row) for row in c.execute(asked)])
        return {asset.asset_id: asset for asset in found}

    async def standing(self, public_id: str) -> Standing | None:
        """What is made of that public id now is made of this; None where nothing is shown under it."""
        asked = select(assets.c.asset_id, assets.c.generation).where(
            assets.c.public_id == public_id, assets.c.state == "live"
        )
        row = await self.metadata.run(lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else Standing(row.asset_id, row.generation)

    async def generations(self, asset_ids: Collection[str]) -> Mapping[str, int]:
        """The generation of each of these pictures that there are or were, by asset id."""
        asked = select(assets.c.asset_id, assets.c.generation).where(assets.c.asset_id.in_(list(asset_ids)))
        found = await self.metadata.run(lambda connection: connection.execute(asked).all())
        return {row.asset_id: row.generation for row in found}

    async def list(self, query: Query, *, limit: int = 50, cursor: str | None = None) -> Page[HostedAsset]:
        """Some of the pictures that the query means. Raises InvalidCursor."""
        return await self.read(lambda transaction: page_of(transaction, query, limit=limit, cursor=cursor))

    async def tags(
        self, *, owner: str | None, prefix: str = "", limit: int = 100, cursor: str | None = None
    ) -> Page[str]:
        """The tags in use, in their order. Raises InvalidCursor."""
        return await self.read(
            lambda transaction: tags_of(transaction, owner=owner, prefix=prefix, limit=limit, cursor=cursor)
        )

    async def similar_to(
        self, phash: int, *, owner: str | None = None, max_distance: int = 7, limit: int = 50
    ) -> tuple[Likeness, ...]:
        """Pictures that look like the one with that perceptual hash, the likest first. `max_distance` is in
        bits, 0 to 11."""
        return await self.read(
            lambda t: similar_to(t, phash, owner=owner, max_distance=max_distance, limit=limit)
        )

    async def usage(self, owner: str | None = None) -> Usage:
        """What an owner has, or all of them."""
        asked = select(func.count(), func.coalesce(func.sum(assets.c.size), 0))
        asked = asked.where(assets.c.deleted_at.is_(None))
        if owner is not None:
            asked = asked.where(assets.c.owner == owner)
        row = await self.metadata.run(lambda connection: connection.execute(asked).one())
        return Usage(int(row[0]), int(row[1]))

    async def issue_delete_token(self, asset_id: str) -> str:
        """A token that deletes the picture, for as long as `Times` says."""
        seconds = self.times.delete_token_seconds
        return await self.write(lambda t: claims.issue_token(t, asset_id, seconds=seconds))

    async def asset_of_token(self, token: str) -> HostedAsset | None:
        """The picture that a delete token is for; None when it is wrong, too old, or the picture is gone."""

        def find(transaction: Transaction) -> HostedAsset | None:
            asset_id = claims.asset_of_token(transaction, token)
            asset = None if asset_id is None else rows.find_by_asset_id(transaction, asset_id)
            return None if asset is None or asset.gone else asset

        return await self.read(find)

    async def receipt(self, receipt_id: str) -> Receipt | None:
        """The receipt of that id."""
        return await self.read(lambda transaction: receipts.find(transaction, receipt_id))

    async def receipts_of(self, public_id: str) -> tuple[Receipt, ...]:
        """The receipts of that public id, the latest first; at most a hundred."""
        asked = select(receipt_table).where(receipt_table.c.public_id == public_id)
        asked = asked.order_by(receipt_table.c.at.desc()).limit(100)
        return await self.metadata.run(
            lambda connection: tuple(receipts.receipt_of(row) for row in connection.execute(asked))
        )

    async def list_receipts(
        self, *, owner: str | None, public_id: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Receipt]:
        """Receipts, the latest first; those of one owner, or of one public id. Raises InvalidCursor."""
        return await self.read(
            lambda t: receipts.page_of(t, owner=owner, public_id=public_id, limit=limit, cursor=cursor)
        )

    async def mark_receipt(self, receipt_id: str, step: str) -> None:
        """Write down that a step of `receipts.STEPS` was done; the first time counts."""
        await self.write(lambda transaction: receipts.mark(transaction, receipt_id, step))

    async def expire(self) -> int:
        """Forget idempotency keys and delete tokens that are past their time; how many."""
        return await self.write(claims.expire)

    async def expired(self) -> int:
        """How many of those there are."""
        return await self.read(claims.expired)

    def _with_transaction(self, work: Callable[[Transaction], T]) -> Callable[[Connection], T]:
        upsert: Any = self.metadata.upsert
        return lambda connection: work(Transaction(connection, upsert, self.clock()))
