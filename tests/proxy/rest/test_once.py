"""`Idempotency-Key`: one effect, however often a request is sent."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from origin.errors import MetadataUnavailable
from origin.hosting.replays import Replays
from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


def sent(shade: int, **fields: object) -> dict[str, object]:
    return {"file": base64.b64encode(picture(shade)).decode(), **fields}


async def test_an_upload_that_comes_again_is_answered_again(site: Site) -> None:
    headers = {"Idempotency-Key": "upload-1"}
    first = await site.call("POST", "/images", json=sent(1, public_id="once"), headers=headers)
    again = await site.call("POST", "/images", json=sent(1, public_id="once"), headers=headers)
    another = await site.call("POST", "/images", json=sent(2, public_id="once"), headers=headers)
    bob = await site.call("POST", "/images", "bob", json=sent(3), headers=headers)

    assert (201, 201) == (first.status, again.status)
    assert first.body == again.body
    assert (None, "true") == (
        first.headers.get("Idempotency-Replayed"),
        again.headers["Idempotency-Replayed"],
    )
    assert first.headers["Location"] == again.headers["Location"]
    assert (422, "idempotency_key_used", "Idempotency-Key") == (
        another.status,
        another.body["code"],
        another.body["parameter"],
    )
    assert 201 == bob.status


async def test_uploads_at_once_make_one_picture(site: Site) -> None:
    headers = {"Idempotency-Key": "upload-2"}
    calls = [site.call("POST", "/images", json=sent(10), headers=headers) for _ in range(5)]
    replies = await asyncio.gather(*calls)

    assert 1 == len({reply.body["asset_id"] for reply in replies})
    assert {200, 201} >= {reply.status for reply in replies}


async def test_a_request_that_failed_may_be_mended(site: Site) -> None:
    headers = {"Idempotency-Key": "upload-3"}
    wrong = await site.call("POST", "/images", json=sent(20, public_id="a//../b"), headers=headers)
    right = await site.call("POST", "/images", json=sent(20, public_id="mended"), headers=headers)

    assert (400, 201) == (wrong.status, right.status)


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü"])
async def test_keys_that_are_none(site: Site, key: str) -> None:
    reply = await site.call("POST", "/images", json=sent(30), headers={"Idempotency-Key": key})

    assert (400, "invalid_idempotency_key") == (reply.status, reply.body["code"])


async def test_strangers_share_no_keys(site: Site) -> None:
    body = sent(40, upload_preset="open")
    reply = await site.call("POST", "/images", None, json=body, headers={"Idempotency-Key": "k"})

    assert (400, "not_allowed_unsigned") == (reply.status, reply.body["code"])


async def test_a_deletion_that_comes_again_deletes_nothing_more(site: Site) -> None:
    await site.upload(picture(50), public_id="del/1")
    headers, body = {"Idempotency-Key": "delete-1"}, {"prefix": "del/"}
    first = await site.call("POST", "/images/delete", json=body, headers=headers)
    await site.upload(picture(51), public_id="del/2")
    again = await site.call("POST", "/images/delete", json=body, headers=headers)
    other = await site.call("POST", "/images/delete", json={"prefix": "d"}, headers=headers)
    there = await site.call("GET", "/images/del/2")

    assert ["del/1"] == [each["public_id"] for each in first.body["deleted"]]
    assert (first.body, "true") == (again.body, again.headers["Idempotency-Replayed"])
    assert (422, 200) == (other.status, there.status)


async def test_the_second_of_two_at_once_hears_that_one_is_under_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    deletions = site.services.hosting.deletions if site.services.hosting else None
    assert deletions is not None
    real = deletions.delete_matching

    async def slow(*arguments: Any, **options: Any) -> Any:
        entered.set()
        await leave.wait()
        return await real(*arguments, **options)

    monkeypatch.setattr(deletions, "delete_matching", slow)
    headers, body = {"Idempotency-Key": "delete-2"}, {"tag": "none"}
    first = asyncio.create_task(site.call("POST", "/images/delete", json=body, headers=headers))
    await entered.wait()
    second = await site.call("POST", "/images/delete", json=body, headers=headers)
    leave.set()

    assert (409, "idempotency_key_busy", True) == (
        second.status,
        second.body["code"],
        "Retry-After" in second.headers,
    )
    assert 200 == (await first).status


async def test_a_fault_leaves_the_key_free(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.services.hosting is not None
    headers, body = {"Idempotency-Key": "delete-3"}, {"tag": "none"}

    async def fail(*_: Any, **__: Any) -> Any:
        raise MetadataUnavailable("gone for a moment")

    with monkeypatch.context() as patched:
        patched.setattr(site.services.hosting.deletions, "delete_matching", fail)
        failed = await site.call("POST", "/images/delete", json=body, headers=headers)
    again = await site.call("POST", "/images/delete", json=body, headers=headers)

    assert (503, "metadata_unavailable", True) == (
        failed.status,
        failed.body["code"],
        "Retry-After" in failed.headers,
    )
    assert (200, None) == (again.status, again.headers.get("Idempotency-Replayed"))


async def test_who_heard_no_answer_does_not_bring_back_what_was_deleted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture is kept, its answer is not; somebody deletes it; then its sender tries again."""
    headers, body = {"Idempotency-Key": "upload-9"}, sent(60, public_id="lost")

    async def die(*_: Any, **__: Any) -> None:
        raise MetadataUnavailable("died")

    with monkeypatch.context() as patched:
        patched.setattr(Replays, "keep", die)
        lost = await site.call("POST", "/images", json=body, headers=headers)
    kept = await site.call("GET", "/images/lost")
    await site.call("DELETE", "/images/lost")
    again = await site.call("POST", "/images", json=body, headers=headers)
    anew = await site.call("POST", "/images", json=body)

    assert (503, 200, 410, 201) == (lost.status, kept.status, again.status, anew.status)
