"""Takedowns over the REST API: many pictures by one call, one by its token, and the receipts of all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from origin.errors import AssetNotFound
from origin.hosting.deletions import MOST_AT_ONCE, Deletions
from origin.hosting.listing import Query as Listing
from origin.hosting.model import Receipt
from origin.hosting.store import HostingStore
from proxy.rest.asking import DeletionAsked, ReceiptsAsked, TokenAsked
from proxy.rest.finding import find_album, next_link
from proxy.rest.models import Deleted, ReceiptList, receipt_answer
from proxy.rest.operation import Answered, Call
from proxy.rest.problems import Invalid, Violation, wrong
from proxy.rest.shapes import Query
from transforms.errors import printable

_REASON = "REST API"
_AT_ONCE = 8
_WAYS = ("public_ids", "prefix", "tag", "album", "all")
"""How it is said what is to be deleted: in one of these ways."""


class Deleting:
    """Answers those calls."""

    def __init__(self, *, store: HostingStore, deletions: Deletions) -> None:
        self._store = store
        self._deletions = deletions

    async def many(self, call: Call[Query, DeletionAsked]) -> Answered:
        """Delete what the body means, a hundred at a time; `more` says to send it again."""
        asked = call.body
        _check_ways(asked)
        reason = asked.reason or _REASON
        if asked.public_ids is not None:
            return Answered(await self._named(call, asked.public_ids, reason))
        query = Listing(
            owner=call.owner,
            prefix=asked.prefix or "",
            tag=asked.tag,
            album=await find_album(self._store, call, asked.album),
            newest_first=False,
        )
        receipts, more = await self._deletions.delete_matching(query, limit=MOST_AT_ONCE, reason=reason)
        return Answered(Deleted(deleted=tuple(map(receipt_answer, receipts)), not_found=(), more=more))

    async def by_token(self, call: Call[Query, TokenAsked]) -> Answered:
        """Delete the picture that a token of its upload is for."""
        receipt = await self._deletions.delete_by_token(call.body.token)
        if receipt is None:
            raise AssetNotFound("token: it is wrong, used or too old")
        return Answered(receipt_answer(await as_it_is(self._store, receipt)))

    async def receipts(self, call: Call[ReceiptsAsked, None]) -> Answered:
        """A page of receipts."""
        page = await self._store.list_receipts(
            owner=call.owner,
            public_id=call.query.public_id,
            limit=call.query.limit,
            cursor=call.query.cursor,
        )
        answer = ReceiptList(items=tuple(map(receipt_answer, page.items)), next_cursor=page.cursor)
        return Answered(answer, headers=next_link(call, page.cursor))

    async def receipt(self, call: Call[Query, None]) -> Answered:
        """One receipt, and what was done since."""
        receipt_id = call.path["receipt_id"]
        receipt = await self._store.receipt(receipt_id)
        if receipt is None or call.owner not in (None, receipt.owner):
            raise AssetNotFound(f"{printable(receipt_id)}: there is no such receipt")
        return Answered(receipt_answer(receipt))

    async def _named(
        self, call: Call[Query, DeletionAsked], public_ids: Sequence[str], reason: str
    ) -> Deleted:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(public_id: str) -> Receipt | None:
            async with turns:
                return await self._deletions.delete(public_id, owner=call.owner, reason=reason)

        # In one order, so that two who delete the same do not wait for each other.
        names = sorted(set(public_ids))
        done = dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))
        return Deleted(
            deleted=tuple(receipt_answer(receipt) for receipt in done.values() if receipt is not None),
            not_found=tuple(name for name, receipt in done.items() if receipt is None),
            more=False,
        )


async def as_it_is(store: HostingStore, receipt: Receipt) -> Receipt:
    """A receipt with the steps that were done since it was written."""
    return await store.receipt(receipt.receipt_id) or receipt


def _check_ways(asked: DeletionAsked) -> None:
    """Raise Invalid unless it is said in one way what is to be deleted."""
    given = [name for name in _WAYS if getattr(asked, name) is not None]
    expected = f"one of {', '.join(_WAYS)}"
    if not given:
        raise wrong("body", f"it does not say what to delete: {expected}", expected=expected)
    if len(given) > 1:
        raise Invalid(
            [
                Violation(parameter=name, detail="one alone", code="exclusive_parameters", expected=expected)
                for name in given
            ]
        )
