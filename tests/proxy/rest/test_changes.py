"""Pictures changed, renamed and taken down over the REST API, and the receipts of it."""

from __future__ import annotations

import pytest

from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


async def test_a_patch_merges_what_is_said(site: Site) -> None:
    await site.upload(
        picture(1), public_id="said", tags=["old"], context={"alt": "a", "by": "b"}, metadata={"n": 1}
    )
    patch = {
        "tags": ["new", "tags"],
        "context": {"alt": None, "caption": "c"},
        "metadata": {"ok": True, "x": 1.5},
        "coordinates": [1, 2, 3, 4],
    }
    reply = await site.call("PATCH", "/images/said", json=patch)
    emptied = await site.call(
        "PATCH", "/images/said", json={"tags": None, "context": None, "coordinates": None}
    )
    nothing = await site.call("PATCH", "/images/said", json={})

    assert (["new", "tags"], {"by": "b", "caption": "c"}) == (reply.body["tags"], reply.body["context"])
    assert {"n": 1, "ok": True, "x": 1.5} == reply.body["metadata"]
    assert [1, 2, 3, 4] == reply.body["coordinates"]
    assert ([], {}, None) == tuple(emptied.body[name] for name in ("tags", "context", "coordinates"))
    assert emptied.body == nothing.body


async def test_all_that_is_wrong_is_told_at_once(site: Site) -> None:
    await site.upload(picture(2), public_id="wrong")
    patch = {"tag": ["a"], "access_mode": "secret", "context": {"n": 5}, "coordinates": [1, 2, 3]}
    reply = await site.call("PATCH", "/images/wrong", json=patch)
    text = await site.call("PATCH", "/images/wrong", data=b"{", headers={"Content-Type": "application/json"})
    media = await site.call("PATCH", "/images/wrong", data=b"{}", headers={"Content-Type": "text/plain"})
    query = await site.call("GET", "/images?limt=5&limit=0")
    errors = {each["parameter"]: each for each in reply.body["errors"]}

    assert (400, "invalid_parameters") == (reply.status, reply.body["code"])
    assert {"tag", "access_mode", "context.n", "coordinates.3"} >= set(errors) >= {"tag", "access_mode"}
    assert ("unknown_field", True) == (
        errors["tag"]["code"],
        "did you mean tags?" in errors["tag"]["detail"],
    )
    assert "'public' or 'authenticated'" == errors["access_mode"]["expected"]
    assert (400, "invalid_json") == (text.status, text.body["code"])
    assert (415, "unsupported_media_type") == (media.status, media.body["code"])
    assert {"limt": "unknown_parameter", "limit": "invalid_parameter"} == {
        each["parameter"]: each["code"] for each in query.body["errors"]
    }


async def test_a_rename_leaves_the_old_id_gone(site: Site) -> None:
    made = await site.upload(picture(3), public_id="before")
    await site.upload(picture(4), public_id="taken")
    await site.upload(picture(5), "bob", public_id="of/bob")
    taken = await site.call("PATCH", "/images/before", json={"public_id": "taken", "tags": ["no"]})
    bobs = await site.call("PATCH", "/images/before", json={"public_id": "of/bob", "overwrite": True})
    bad = await site.call("PATCH", "/images/before", json={"public_id": "a//../b"})
    done = await site.call("PATCH", "/images/before", json={"public_id": "after/it", "tags": ["yes"]})
    over = await site.call("PATCH", "/images/after/it", json={"public_id": "taken", "overwrite": True})
    old = await site.call("GET", "/images/before")

    assert (409, 409, "public_id_taken") == (taken.status, bobs.status, taken.body["code"])
    assert (400, "invalid_public_id") == (bad.status, bad.body["code"])
    assert ("after/it", ["yes"], made["asset_id"]) == (
        done.body["public_id"],
        done.body["tags"],
        done.body["asset_id"],
    )
    assert "/api/v1/images/after/it" == done.headers["Location"]
    assert (200, "taken", 410) == (over.status, over.body["public_id"], old.status)


async def test_who_may_change_what(site: Site) -> None:
    await site.upload(picture(6), public_id="mine")
    replies = [
        await site.call("PATCH", "/images/mine", who, json={"tags": ["x"]})
        for who in ("bob", "reader", None, "boss")
    ]

    assert [404, 403, 401, 200] == [reply.status for reply in replies]


async def test_what_is_held_is_approved_or_rejected(site: Site) -> None:
    for number in range(2):
        await site.upload(picture(7 + number), public_id=f"held/{number}", moderation="manual")
    async with site.client.get("/held/0") as answer:
        held = answer.status
    approved = await site.call("PATCH", "/images/held/0", json={"state": "live"})
    async with site.client.get("/held/0") as answer:
        live = answer.status
    status = await site.call("GET", "/images/held/0")
    rejected = await site.call("PATCH", "/images/held/1", json={"state": "rejected"})
    both = await site.call("PATCH", "/images/held/0", json={"state": "rejected", "tags": []})
    receipts = await site.call("GET", "/receipts?public_id=held/1")

    assert (404, 200, "live", "rejected") == (held, live, approved.body["state"], rejected.body["state"])
    assert {"kind": "manual", "status": "approved"} == approved.body["findings"]["moderation"]
    assert ["eager"] == status.body["pending"]
    assert (400, "state") == (both.status, both.body["parameter"])
    assert ["reject"] == [each["kind"] for each in receipts.body["items"]]


async def test_who_may_see_it(site: Site) -> None:
    await site.upload(picture(9), public_id="shut")
    reply = await site.call("PATCH", "/images/shut", json={"access_mode": "authenticated"})
    async with site.client.get("/shut") as answer:
        status = answer.status

    assert ("authenticated", True) == (reply.body["access_mode"], status in (401, 404, 410))


async def test_many_are_deleted_page_by_page(site: Site) -> None:
    for number in range(3):
        await site.upload(picture(20 + number), public_id=f"bulk/{number}", tags=["bulk"])
    await site.upload(picture(23), "bob", public_id="bulk/bob", tags=["bulk"])
    tagged = await site.call("POST", "/images/delete", json={"tag": "bulk", "reason": "spring"})
    named = {"public_ids": ["bulk/0", "bulk/bob", "none", "none"]}
    again = await site.call("POST", "/images/delete", json=named)
    boss = await site.call("POST", "/images/delete", "boss", json={"prefix": "bulk/"})

    assert [f"bulk/{number}" for number in range(3)] == [each["public_id"] for each in tagged.body["deleted"]]
    assert ({"spring"}, False) == ({each["reason"] for each in tagged.body["deleted"]}, tagged.body["more"])
    assert ([], ["bulk/0", "bulk/bob", "none"]) == (again.body["deleted"], again.body["not_found"])
    assert ["bulk/bob"] == [each["public_id"] for each in boss.body["deleted"]]


async def test_deletions_that_do_not_say_what(site: Site) -> None:
    replies = [
        await site.call("POST", "/images/delete", json=body)
        for body in ({}, {"prefix": ""}, {"tag": "a", "prefix": "b"}, {"all": False}, {"public_ids": []})
    ]

    assert [400] * 5 == [reply.status for reply in replies]
    assert 403 == (await site.call("POST", "/images/delete", "reader", json={"all": True})).status


async def test_a_token_deletes_once(site: Site) -> None:
    made = await site.upload(picture(30), public_id="by/token")
    body = {"token": made["delete_token"]}
    first = await site.call("POST", "/images/delete-by-token", None, json=body)
    second = await site.call("POST", "/images/delete-by-token", None, json=body)

    assert (200, "by/token", 404) == (first.status, first.body["public_id"], second.status)


async def test_receipts_are_their_owners(site: Site) -> None:
    await site.upload(picture(31), public_id="receipt")
    made = (await site.call("DELETE", "/images/receipt")).body
    path = f"/receipts/{made['receipt_id']}"
    seen = [await site.call("GET", path, who) for who in ("ana", "bob", "boss", "reader")]
    first = await site.call("GET", "/receipts?limit=1")
    following = await site.call("GET", f"/receipts?limit=1&cursor={first.body['next_cursor']}")
    of_bob = await site.call("GET", "/receipts?public_id=receipt", "bob")

    assert [200, 404, 200, 200] == [reply.status for reply in seen]
    assert {"purged_again", "variants_collected"} <= set(seen[0].body["pending"])
    assert made["receipt_id"] == first.body["items"][0]["receipt_id"]
    assert following.body["items"][0]["receipt_id"] != made["receipt_id"]
    assert [] == of_bob.body["items"]


async def test_renditions_are_listed_and_ordered(site: Site) -> None:
    await site.upload(picture(40), public_id="sizes", eager=["w_11/webp"])
    ordered = await site.call("POST", "/renditions/sizes", json={"transformations": ["c_fill,h_5,w_6"]})
    listed = await site.call("GET", "/renditions/sizes")
    bad = await site.call("POST", "/renditions/sizes", json={"transformations": ["w_none"]})
    stranger = await site.call("GET", "/renditions/sizes", "bob")
    async with site.client.get(
        ordered.body["items"][0]["url"].replace("http://127.0.0.1:8080", "")
    ) as answer:
        delivered = answer.status
    known = {(each["transformation"], each["format"]): each["status"] for each in listed.body["items"]}

    assert (202, [("c_fill,h_5,w_6", "png", "pending")]) == (
        ordered.status,
        [(each["transformation"], each["format"], each["status"]) for each in ordered.body["items"]],
    )
    assert ("pending", "pending") == (known["w_11", "webp"], known["c_fill,h_5,w_6", "png"])
    assert (400, "transformations", 404) == (bad.status, bad.body["parameter"], stranger.status)
    assert 200 == delivered


async def test_who_comes_second_hears_of_it(site: Site) -> None:
    await site.upload(picture(50), public_id="both")
    read = await site.call("GET", "/images/both")
    match = {"If-Match": read.headers["ETag"]}
    same = await site.call("GET", "/images/both", headers={"If-None-Match": read.headers["ETag"]})
    first = await site.call("PATCH", "/images/both", json={"tags": ["first"]}, headers=match)
    second = await site.call("PATCH", "/images/both", json={"tags": ["second"]}, headers=match)
    again = await site.call(
        "PATCH", "/images/both", json={"tags": ["third"]}, headers={"If-Match": first.headers["ETag"]}
    )
    other = await site.call("GET", "/images/both", headers={"If-None-Match": read.headers["ETag"]})

    assert (304, 200, 412, "precondition_failed") == (
        same.status,
        first.status,
        second.status,
        second.body["code"],
    )
    assert (200, ["third"]) == (again.status, again.body["tags"])
    assert (200, again.headers["ETag"].strip('"')) == (
        other.status,
        other.headers["ETag"].strip('"').partition("-")[0],
    )
