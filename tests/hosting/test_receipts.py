"""Receipts in pages, and what is still to be done about a picture, on both databases."""

from __future__ import annotations

import pytest

from origin.errors import InvalidCursor
from origin.hosting.pending import due_about
from tests.hosting.conftest import Hosting


async def test_receipts_come_page_by_page(hosting: Hosting) -> None:
    for number in range(5):
        owner = "bob" if number == 2 else "ana"
        await hosting.upload(b"%d" % number, f"p/{number}", owner=owner)
        hosting.clock.now += number % 2
        await hosting.deletions.delete(f"p/{number}")
    first = await hosting.store.list_receipts(owner="ana", limit=3)
    second = await hosting.store.list_receipts(owner="ana", limit=3, cursor=first.cursor)
    one = await hosting.store.list_receipts(owner=None, public_id="p/2")
    with pytest.raises(InvalidCursor):
        await hosting.store.list_receipts(owner="bob", limit=3, cursor=first.cursor)
    seen = [receipt.public_id for receipt in (*first.items, *second.items)]

    assert (3, {"p/0", "p/1", "p/3", "p/4"}, None) == (len(first.items), set(seen), second.cursor)
    assert ["bob"] == [receipt.owner for receipt in one.items]
    assert seen[0] in ("p/3", "p/4")


async def test_what_is_to_be_done_about_a_picture(hosting: Hosting) -> None:
    asset = await hosting.upload(b"x", "x")
    await hosting.upload(b"y", "y")
    due = await due_about(hosting.store.metadata, asset.standing)
    taken = await hosting.outbox.lease(limit=10, seconds=60)
    for entry in taken:
        await hosting.outbox.failed(entry, "no", retry=False)
    dead = await due_about(hosting.store.metadata, asset.standing)

    assert [("purge", False)] == [(each.kind, each.dead) for each in due]
    assert [("purge", True)] == [(each.kind, each.dead) for each in dead]
