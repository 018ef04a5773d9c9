"""`Idempotency-Key`: one effect, however often a request is sent."""

from __future__ import annotations

import asyncio
import base64

import pytest

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
