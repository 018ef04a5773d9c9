"""Deletion and takedown: one transaction, which leaves a tombstone and all that has to follow.

The answer is a receipt. What follows (telling the other instances, purges, variants, the object itself) is in
the outbox with it, and is done again until it is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from origin.hosting import commits, rows
from origin.hosting.faultpoints import reach
from origin.hosting.listing import Query, page_of
from origin.hosting.model import AssetState, Blob, HostedAsset, Job, Receipt
from origin.hosting.outbox import post_about
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction

Published = Callable[[Sequence[Receipt]], Awaitable[None]]
"""Told of what was taken down, once that is written: tells the other instances, and tries the purge."""

Told = Callable[[str], Sequence[Job]]
"""The jobs that tell of an event: `deleted`, `rejected` or `approved`."""

MOST_AT_ONCE = 100
"""How many are deleted in one transaction, so that others come to write in between."""


async def tell_nobody(_: Sequence[Receipt]) -> None:
    """For who has no other instances."""


def told_to_nobody(_: str) -> Sequence[Job]:
    """For who has nobody to tell of events."""
    return ()


class Deletions:
    """Takes pictures down. `published` is told of every receipt before it is answered; the jobs of `told` are
    written down with what they tell of."""

    def __init__(
        self, *, store: HostingStore, published: Published = tell_nobody, told: Told = told_to_nobody
    ) -> None:
        self._store = store
        self._published = published
        self._told = told

    async def delete(
        self, public_id: str, *, owner: str | None = None, reason: str = "", asset_id: str | None = None
    ) -> Receipt | None:
        """Delete one picture; None where there is none (any more), or where it is not this owner's or no
        longer the one with that asset id. None for an owner deletes anybody's."""
        await reach("delete.begun")

        def work(transaction: Transaction) -> Receipt | None:
            before = rows.find(transaction, public_id, lock=True)
            wrong = before is None or owner not in (None, before.owner)
            if before is None or wrong or asset_id not in (None, before.asset_id) or before.gone:
                return None
            return self._take_down(transaction, before, reason)

        receipt = await self._store.write(work)
        await reach("delete.committed")
        if receipt is not None:
            await self._published([receipt])
        return receipt

    async def delete_by_token(self, token: str) -> Receipt | None:
        """Delete the picture that a delete token is for; None when the token is for none."""
        asset = await self._store.asset_of_token(token)
        if asset is None:
            return None
        return await self.delete(asset.public_id, asset_id=asset.asset_id, reason="delete token")

    async def reject(
        self, public_id: str, *, reason: str, asset_id: str | None = None, blob: Blob | None = None
    ) -> Receipt | None:
        """Take down what moderation, a virus scan or the law rejects; None where there is nothing to, or
        where it no longer shows the bytes of `blob`."""
        await reach("delete.begun")

        def work(transaction: Transaction) -> Receipt | None:
            before = rows.find(transaction, public_id, lock=True)
            if before is None or before.gone or asset_id not in (None, before.asset_id):
                return None
            if blob not in (None, before.blob):
                return None
            return self._take_down(transaction, before, reason, kind="reject", state="rejected")

        receipt = await self._store.write(work)
        await reach("delete.committed")
        if receipt is not None:
            await self._published([receipt])
        return receipt

    async def delete_matching(
        self, query: Query, *, limit: int = MOST_AT_ONCE, reason: str = ""
    ) -> tuple[tuple[Receipt, ...], bool]:
        """Delete some of the pictures that a query means: receipts, and whether there are more.

        Called until there are no more, and again after a crash, it deletes all of them.
        """
        limit = max(1, min(limit, MOST_AT_ONCE))

        def work(transaction: Transaction) -> tuple[tuple[Receipt, ...], bool]:
            page = page_of(transaction, query, limit=limit, cursor=None)
            # In one order, so that two who delete the same do not wait for each other.
            ids = sorted(asset.public_id for asset in page.items)
            found = [rows.find(transaction, public_id, lock=True) for public_id in ids]
            gone = [
                self._take_down(transaction, asset, reason)
                for asset in found
                if asset is not None and not asset.gone and query.owner in (None, asset.owner)
            ]
            return tuple(gone), page.cursor is not None

        await reach("delete.begun")
        receipts, more = await self._store.write(work)
        await reach("delete.page_done")
        if receipts:
            await self._published(receipts)
        return receipts, more

    def _take_down(
        self,
        transaction: Transaction,
        before: HostedAsset,
        reason: str,
        *,
        kind: str = "delete",
        state: AssetState = "deleted",
    ) -> Receipt:
        receipt = commits.take_down(
            transaction, before, self._store.times, kind=kind, state=state, reason=reason
        )
        tell(transaction, before, receipt, self._told(state))
        return receipt


def tell(transaction: Transaction, gone: HostedAsset, receipt: Receipt, jobs: Sequence[Job]) -> None:
    """Write down the jobs that tell of a picture that is gone. All that is told is in them: the id may be
    another picture's when they are done."""
    for job in jobs:
        told = replace(job, payload={**job.payload, "gone": _told_of(gone, receipt)})
        post_about(transaction, replace(gone, generation=receipt.generation), told)


def _told_of(gone: HostedAsset, receipt: Receipt) -> dict[str, Any]:
    """What is told of a picture that is gone: no more than who has its id could know, and why."""
    return {
        "version": gone.version,
        "access_mode": gone.access_mode,
        "bytes": gone.blob.size,
        "etag": gone.md5,
        "created_at": gone.created_at,
        "deleted_at": receipt.at,
        "receipt_id": receipt.receipt_id,
        "reason": receipt.reason,
    }
