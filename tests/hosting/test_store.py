"""What hosting keeps, on both databases: uploads, overwrites, names, deletions, lists."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from origin.errors import (
    AssetGone,
    AssetNotFound,
    InvalidCursor,
    InvalidKey,
    KeyUsedOtherwise,
    PublicIdTaken,
)
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.listing import Query, page_of
from origin.hosting.model import NOTHING_SEEN, AssetState, Job
from origin.hosting.transaction import Transaction
from tests.hosting.conftest import Hosting
from tests.hosting.pictures import received, summary


async def test_an_upload_is_there(hosting: Hosting) -> None:
    said = {"tags": ("b", "a", "a"), "context": {"alt": "A cat"}, "fields": {"stars": 5}}
    stored = await hosting.keep(b"cat", "cats/tom", coordinates=(1.0, 2.0, 3.0, 4.0), **said)

    assert stored.created
    assert await hosting.store.get("cats/tom") == stored.asset
    assert await hosting.store.get_by_asset_id(stored.asset.asset_id) == stored.asset
    assert stored.asset.summary == summary()
    assert (stored.asset.tags, stored.asset.generation, stored.asset.state) == (("a", "b"), 1, "live")
    assert hosting.storage._objects[stored.asset.blob.key][0] == b"cat"
    assert await hosting.jobs() == ["purge"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"tags": tuple(f"tag {n}" for n in range(1001))}, "too_many_tags"),
        ({"tags": ("t" * 256,)}, "tag_too_long"),
        ({"context": {"alt": "a" * 70_000}}, "too_much_said"),
        ({"fields": {"text": "\u00e4" * 40_000}}, "too_much_said"),
    ],
)
async def test_so_much_may_be_said_of_a_picture(hosting: Hosting, said: dict[str, Any], code: str) -> None:
    with pytest.raises(UploadMalformed) as refused:
        await hosting.keep(b"cat", "cats/tom", **said)

    assert code == refused.value.code
    assert await hosting.store.get("cats/tom") is None


async def test_as_much_as_may_be_said_is_kept(hosting: Hosting) -> None:
    tags = tuple(sorted(f"{n:0255}" for n in range(1000)))
    stored = await hosting.keep(b"cat", "cats/tom", tags=tags)

    assert tags == stored.asset.tags


async def test_a_random_id(hosting: Hosting) -> None:
    asset = await hosting.upload(b"cat")

    assert len(asset.public_id) == 20
    assert asset.public_id.isalnum()


async def test_the_same_bytes_again_are_the_same_picture(hosting: Hosting) -> None:
    first = await hosting.keep(b"cat", jobs=(Job(kind="eager"),))
    await hosting.jobs()
    second = await hosting.keep(b"cat", jobs=(Job(kind="eager"),))

    assert (second.asset, second.created) == (first.asset, False)
    assert await hosting.jobs() == []


async def test_another_id_is_another_picture_of_the_same_object(hosting: Hosting) -> None:
    one, two = await hosting.upload(b"cat", "one"), await hosting.upload(b"cat", "two")
    other = await hosting.upload(b"cat", "three", owner="bob")

    assert one.blob == two.blob == other.blob
    assert len({one.asset_id, two.asset_id, other.asset_id}) == 3
    assert len(hosting.storage._objects) == 1


async def test_owners_who_share_no_objects(hosting: Hosting) -> None:
    from origin.hosting.model import Wanted
    from origin.hosting.uploads import Uploads

    uploads = Uploads(store=hosting.store, storage=hosting.storage, shared_blobs=False)
    for owner in ("ana", "bob", "bob"):
        await uploads.keep(received(b"cat"), summary(), Wanted(owner=owner))

    assert len(hosting.storage._objects) == 2
    assert len((await hosting.store.list(Query())).items) == 2


@pytest.mark.parametrize("named", [False, True])
async def test_many_uploads_of_one_file_store_it_once(hosting: Hosting, named: bool) -> None:
    stored = await asyncio.gather(*(hosting.keep(b"cat", f"cat-{n}" if named else None) for n in range(200)))

    assert len(hosting.storage._objects) == 1
    assert len({each.asset.public_id for each in stored}) == (200 if named else 1)
    assert [each.created for each in stored].count(True) == (200 if named else 1)
    assert len((await hosting.store.list(Query(), limit=1000)).items) == (200 if named else 1)


async def test_overwriting(hosting: Hosting) -> None:
    first = await hosting.upload(b"cat", "tom", tags=("old",))
    await hosting.jobs()
    stored = await hosting.keep(b"dog", "tom", tags=("new",))
    second = stored.asset

    assert stored.overwritten
    assert (second.asset_id, second.generation) == (first.asset_id, first.generation + 1)
    assert second.version > first.version
    assert (await hosting.store.get("tom")) == second
    assert [a.public_id for a in (await hosting.store.list(Query(tag="old"))).items] == []
    assert await hosting.jobs() == ["collect_blob", "purge", "purge_again", "collect_variants"]


async def test_what_is_not_to_be_overwritten(hosting: Hosting) -> None:
    first = await hosting.upload(b"cat", "tom")
    stored = await hosting.keep(b"dog", "tom", overwrite=False)

    assert (stored.asset, stored.created) == (first, False)
    assert len(hosting.storage._objects) == 1


async def test_the_same_bytes_under_the_same_id(hosting: Hosting) -> None:
    first = await hosting.upload(b"cat", "tom", tags=("a",))
    same = await hosting.upload(b"cat", "tom", tags=("a",))
    await hosting.jobs()
    other = await hosting.keep(b"cat", "tom", tags=("b",), jobs=(Job(kind="eager"),))

    assert same == first
    assert (other.asset.tags, other.asset.generation, other.asset.version) == (("b",), 1, first.version)
    assert await hosting.jobs() == ["eager"]


async def test_the_ids_of_others_are_taken(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom")
    await hosting.deletions.delete((await hosting.upload(b"rat", "gone")).public_id)

    for public_id in ("tom", "gone", "tom.jpg"):
        with pytest.raises(PublicIdTaken):
            await hosting.upload(b"dog", public_id, owner="bob")
    assert len(hosting.storage._objects) == 2


@pytest.mark.parametrize("public_id", ["", "a//b", "../a", "a/", "line\nbreak"])
async def test_ids_that_cannot_be(hosting: Hosting, public_id: str) -> None:
    with pytest.raises(InvalidKey):
        await hosting.upload(b"cat", public_id)


async def test_an_idempotency_key(hosting: Hosting) -> None:
    asked = {"idempotency_key": "k", "fingerprint": "one"}
    first = await hosting.upload(b"cat", **asked)
    again = await hosting.keep(b"cat", **asked)

    assert (again.asset, again.created) == (first, False)
    with pytest.raises(KeyUsedOtherwise):
        await hosting.upload(b"dog", idempotency_key="k", fingerprint="two")
    await hosting.deletions.delete(first.public_id)
    with pytest.raises(AssetGone):
        await hosting.upload(b"cat", **asked)
    hosting.clock.now += 90_000
    assert (await hosting.keep(b"cat", **asked)).created


async def test_one_key_at_once_makes_one_picture(hosting: Hosting) -> None:
    asked = {"idempotency_key": "k", "fingerprint": "one"}
    stored = await asyncio.gather(*(hosting.keep(b"cat %d" % n, f"{n}", **asked) for n in range(10)))

    assert len({each.asset.asset_id for each in stored}) == 1
    assert len((await hosting.store.list(Query())).items) == 1


async def test_deleting(hosting: Hosting) -> None:
    asset = await hosting.upload(b"cat", "tom", tags=("a",))
    await hosting.jobs()
    receipt = await hosting.deletions.delete("tom", owner="ana", reason="asked")

    assert receipt is not None
    assert (receipt.kind, receipt.generation, receipt.content_hash) == ("delete", 2, asset.blob.content_hash)
    assert hosting.told == [receipt]
    assert await hosting.store.receipt(receipt.receipt_id) == receipt
    tombstone = await hosting.store.get("tom")
    assert tombstone is not None
    assert (tombstone.gone, tombstone.generation, tombstone.summary) == (True, 2, NOTHING_SEEN)
    assert await hosting.store.standing("tom") is None
    assert (await hosting.store.list(Query(tag="a"))).items == ()
    assert (await hosting.store.list(Query(state="deleted"))).items == (tombstone,)
    assert await hosting.jobs() == ["collect_blob", "purge", "purge_again", "collect_variants"]
    assert await hosting.deletions.delete("tom") is None


async def test_only_its_owner_deletes_a_picture(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom")

    assert await hosting.deletions.delete("tom", owner="bob") is None
    assert await hosting.deletions.delete("nobody") is None
    assert await hosting.deletions.delete("tom", asset_id="0" * 32) is None
    assert hosting.told == []


async def test_a_deleted_id_is_used_again(hosting: Hosting) -> None:
    first = await hosting.upload(b"cat", "tom")
    await hosting.deletions.delete("tom")
    second = await hosting.upload(b"cat", "tom")

    assert second.asset_id != first.asset_id
    assert (second.generation, second.state, second.blob) == (3, "live", first.blob)
    assert second.version > first.version


async def test_rejecting(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom", hold=True)
    receipt = await hosting.deletions.reject("tom", reason="a cat")
    found = await hosting.store.get("tom")

    assert receipt is not None
    assert found is not None
    assert (receipt.kind, receipt.reason, found.state) == ("reject", "a cat", "rejected")


async def test_a_delete_token_is_for_the_bytes_that_it_came_with(hosting: Hosting) -> None:
    first = await hosting.keep(b"cat", "tom", delete_token=True)
    second = await hosting.keep(b"dog", "tom", delete_token=True)

    assert await hosting.deletions.delete_by_token(first.delete_token or "") is None
    assert await hosting.deletions.delete_by_token(second.delete_token or "") is not None


async def test_a_delete_token(hosting: Hosting) -> None:
    stored = await hosting.keep(b"cat", "tom", delete_token=True)
    token = stored.delete_token or ""

    assert await hosting.deletions.delete_by_token(f"{token}x") is None
    assert await hosting.deletions.delete_by_token(token) is not None
    assert await hosting.deletions.delete_by_token(token) is None
    late = await hosting.store.issue_delete_token((await hosting.upload(b"dog", "rex")).asset_id)
    hosting.clock.now += 601
    assert await hosting.deletions.delete_by_token(late) is None
    assert await hosting.store.expire() == 1


async def test_deleting_many(hosting: Hosting) -> None:
    for number in range(25):
        await hosting.upload(b"%d" % number, f"old/{number}", tags=("t",))
    kept = await hosting.upload(b"kept", "new")
    query, gone = Query(owner="ana", prefix="old/"), 0
    while True:
        receipts, more = await hosting.deletions.delete_matching(query, limit=10)
        gone += len(receipts)
        if not more:
            break

    assert gone == 25
    assert (await hosting.store.list(Query())).items == (kept,)
    assert len(hosting.told) == 25


async def test_renaming(hosting: Hosting) -> None:
    before = await hosting.upload(b"cat", "tom", tags=("a",), context={"alt": "Tom"})
    await hosting.jobs()
    after = await hosting.changes.rename("tom", "cats/tom", owner="ana")
    old = await hosting.store.get("tom")

    assert (after.asset_id, after.blob, after.tags) == (before.asset_id, before.blob, ("a",))
    assert after.generation > before.generation
    assert old is not None
    assert (old.gone, old.placeholder, old.generation) == (True, True, 2)
    assert [receipt.kind for receipt in hosting.told] == ["rename"]
    assert await hosting.jobs() == ["purge", "purge_again", "collect_variants", "purge"]
    back = await hosting.changes.rename("cats/tom", "tom")
    assert back.generation > old.generation
    assert (await hosting.store.list(Query())).items == (back,)


async def test_renaming_over_another(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom")
    await hosting.upload(b"dog", "rex")
    await hosting.upload(b"rat", "bobs", owner="bob")

    for taken in ("rex", "bobs"):
        with pytest.raises(PublicIdTaken):
            await hosting.changes.rename("tom", taken)
    with pytest.raises(PublicIdTaken):
        await hosting.changes.rename("tom", "bobs", overwrite=True)
    with pytest.raises(AssetNotFound):
        await hosting.changes.rename("tom", "elsewhere", owner="bob")
    after = await hosting.changes.rename("tom", "rex", overwrite=True)
    assert (await hosting.store.get("rex")) == after
    assert [receipt.kind for receipt in hosting.told] == ["overwrite", "rename"]


async def test_two_swap_names_at_once(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom")
    await hosting.upload(b"dog", "rex")
    rename = hosting.changes.rename
    await asyncio.gather(
        rename("tom", "rex", overwrite=True),
        rename("rex", "tom", overwrite=True),
        return_exceptions=True,
    )

    assert len((await hosting.store.list(Query())).items) == 1


async def test_updating(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom", tags=("a",))
    await hosting.jobs()
    tagged = await hosting.changes.update("tom", lambda asset: {"tags": (*asset.tags, "b")})
    await asyncio.gather(
        *(hosting.changes.update("tom", lambda a, n=n: {"tags": (*a.tags, f"{n}")}) for n in range(10))
    )
    found = await hosting.store.get("tom")

    assert (tagged.tags, tagged.generation) == (("a", "b"), 1)
    assert found is not None
    assert len(found.tags) == 12
    assert await hosting.jobs() == []
    assert (await hosting.store.list(Query(owner="ana", tag="7"))).items == (found,)
    for values in ({"state": "deleted"}, {"owner": "bob"}):
        with pytest.raises(ValueError, match="Expected"):
            await hosting.changes.update("tom", lambda _, values=values: values)


async def test_showing_to_fewer_leaves_a_receipt(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "tom", hold=True)
    shown = await hosting.changes.update("tom", lambda _: {"state": "live"})
    hidden = await hosting.changes.update("tom", lambda _: {"access_mode": "authenticated"})

    assert (shown.generation, hidden.generation) == (2, 3)
    assert [receipt.kind for receipt in hosting.told] == ["restrict"]


async def test_lists_go_on_from_cursors(hosting: Hosting) -> None:
    for number in range(25):
        hosting.clock.now += number % 3
        owner = "bob" if number % 5 == 0 else "ana"
        await hosting.upload(
            b"%d" % number, f"p/{number:02}", owner=owner, tags=("even",) * (number % 2 == 0)
        )

    async def listed(query: Query, limit: int) -> list[str]:
        found, cursor = [], None
        while True:
            page = await hosting.store.list(query, limit=limit, cursor=cursor)
            found += [asset.public_id for asset in page.items]
            if (cursor := page.cursor) is None:
                return found

    everything = [f"p/{number:02}" for number in range(25)]
    anas = [name for number, name in enumerate(everything) if number % 5]
    assert sorted(await listed(Query(), 7)) == everything
    assert await listed(Query(prefix="p/"), 4) == everything
    assert await listed(Query(prefix="p/1", owner="ana"), 3) == [n for n in anas if n.startswith("p/1")]
    assert sorted(await listed(Query(owner="ana"), 6)) == anas
    assert sorted(await listed(Query(tag="even"), 5)) == everything[::2]
    assert await listed(Query(prefix="%"), 5) == []
    newest = await listed(Query(owner="ana"), 100)
    assert newest[-1] == "p/01"
    assert await listed(Query(owner="ana", newest_first=False), 4) == newest[::-1]


async def test_cursors_of_other_lists_are_refused(hosting: Hosting) -> None:
    for number in range(3):
        await hosting.upload(b"%d" % number, f"{number}")
    page = await hosting.store.list(Query(), limit=1)

    for cursor in (page.cursor or "", "", "nonsense", "AAAA", "é" * 10, "W10", "x" * 10_000):
        with pytest.raises(InvalidCursor):
            await hosting.store.list(Query(owner="ana"), limit=1, cursor=cursor)


async def test_tags_in_use(hosting: Hosting) -> None:
    await hosting.upload(b"1", "1", tags=("blue", "red"))
    await hosting.upload(b"2", "2", tags=("blue", "bright"))
    await hosting.upload(b"3", "3", tags=("green",), owner="bob")
    first = await hosting.store.tags(owner=None, limit=2)
    rest = await hosting.store.tags(owner=None, limit=2, cursor=first.cursor)

    assert (first.items, rest.items, rest.cursor) == (("blue", "bright"), ("green", "red"), None)
    assert (await hosting.store.tags(owner="ana", prefix="b")).items == ("blue", "bright")


async def test_what_looks_alike_is_found(hosting: Hosting) -> None:
    near = {0: 0, 1: 1 << 63, 3: 0b111, 7: (1 << 63) | 0x3F << 13, 11: 0x0003_0007_0007_0007, 12: 0xFFF << 20}
    base = 0xF0F0_1234_ABCD_8001
    for distance, flipped in near.items():
        await hosting.upload(b"%d" % distance, f"d{distance}", phash=base ^ flipped)

    async def found(max_distance: int) -> list[tuple[str, int]]:
        likes = await hosting.store.similar_to(base, max_distance=max_distance)
        return [(each.asset.public_id, each.distance) for each in likes]

    assert await found(0) == [("d0", 0)]
    assert await found(7) == [("d0", 0), ("d1", 1), ("d3", 3), ("d7", 7)]
    assert await found(11) == [("d0", 0), ("d1", 1), ("d3", 3), ("d7", 7), ("d11", 11)]
    assert await hosting.store.similar_to(base, owner="bob") == ()
    with pytest.raises(ValueError, match="from 0 to 11"):
        await hosting.store.similar_to(base, max_distance=12)


async def test_usage(hosting: Hosting) -> None:
    await hosting.upload(b"12345", "a")
    await hosting.upload(b"12", "b", owner="bob")
    await hosting.deletions.delete((await hosting.upload(b"gone", "c")).public_id)
    usage, ana = await hosting.store.usage(), await hosting.store.usage("ana")

    assert ((usage.pictures, usage.bytes), (ana.pictures, ana.bytes)) == ((2, 7), (1, 5))


# Only there: PostgreSQL plans by what is in the tables, and here is nothing.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(newest_first=False),
        Query(owner="ana"),
        Query(prefix="a/"),
        Query(owner="ana", prefix="a/"),
        Query(tag="a"),
        Query(owner="ana", tag="a"),
        Query(album="a"),
        Query(owner="ana", state="deleted"),
        Query(state="deleted"),
    ],
)
async def test_lists_of_a_million_pictures_follow_an_index(hosting: Hosting, query: Query) -> None:
    said = await plan_of(hosting, query)

    assert said
    assert [] == [line for line in said if "TEMP B-TREE" in line or ("SCAN" in line and "INDEX" not in line)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("owner", [None, "ana"])
@pytest.mark.parametrize("state", ["held", "rejected"])
async def test_the_few_are_not_looked_for_among_all(
    hosting: Hosting, owner: str | None, state: AssetState
) -> None:
    (said,) = await plan_of(hosting, Query(owner=owner, state=state))

    assert "USING INDEX assets_set_aside" in said


async def plan_of(hosting: Hosting, query: Query) -> list[str]:
    """How SQLite finds what is listed."""
    said: list[str] = []

    def explain(transaction: Transaction) -> None:
        connection = transaction.connection

        def before(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
                said.extend(str(row[3]) for row in plan)

        event.listen(connection, "before_cursor_execute", before)
        page_of(transaction, query, limit=10, cursor=None)
        event.remove(connection, "before_cursor_execute", before)

    await hosting.store.read(explain)
    return said
