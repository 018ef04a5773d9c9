"""Requests to the REST API that nobody means well with: answered 4xx, and never 500."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]
JSON = {"Content-Type": "application/json"}
BODIES = {
    "nul": rb'{"tags": ["a\u0000b"]}',
    "nul in a key": rb'{"context": {"a\u0000": "b"}}',
    "half a character": rb'{"tags": ["\ud800"]}',
    "no number": b'{"metadata": {"n": NaN}}',
    "infinite": b'{"metadata": {"n": 1e999}}',
    "number as text": b'{"coordinates": ["1", "2", "3", "4"]}',
    "negative": b'{"coordinates": [-1, 2, 3, 4]}',
    "empty": b'{"coordinates": [1, 2, 0, 4]}',
    "deep": b'{"context": ' + b"[" * 100_000,
    "a list": b"[]",
    "text": b'"tags"',
    "null": b"null",
    "not UTF-8": b'{"tags": ["\xff"]}',
    "many tags": b'{"tags": [' + b",".join(b'"%d"' % n for n in range(1000)) + b"]}",
    "long tag": b'{"tags": ["' + b"x" * 300 + b'"]}',
    "null for what cannot be": b'{"access_mode": null}',
    "an empty id": b'{"public_id": ""}',
    "an id of ours": b'{"public_id": "api/v1"}',
}


@pytest.mark.parametrize("name", BODIES)
async def test_bodies(site: Site, name: str) -> None:
    await site.upload(picture(1), public_id="hostile")
    reply = await site.call("PATCH", "/images/hostile", data=BODIES[name], headers=JSON)

    assert 400 == reply.status, reply.body


@pytest.mark.parametrize(
    "path",
    [
        "/images/%00",
        "/images/a%00b",
        "/receipts/%00",
        "/images?cursor=%00",
        "/images?tag=%00",
        "/images?limit=1_0",
        "/images?limit=%D9%A5",
        "/images?limit=501",
        "/images?limit=-1",
        "/images?limit=5&limit=6",
        "/images?distance=12&similar_to=a",
        "/images?state=gone",
        "/images?prefix=",
        "/images?owner=" + "x" * 300,
        "/images?cursor=" + "x" * 3000,
        "/images?" + "&".join(f"p{n}=1" for n in range(200)),
    ],
)
async def test_paths_and_queries(site: Site, path: str) -> None:
    reply = await site.call("GET", path, "boss")

    assert 400 == reply.status, reply.body
    assert len(reply.body["detail"]) < 20_000


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": "{"},
        {"metadata": '{"n": NaN}'},
        {"context": "[]"},
        {"context": '{"a": "\\u0000"}'},
        {"coordinates": "1,2,3"},
        {"coordinates": "nan,2,3,4"},
        {"eager": ["w_none"]},
        {"transformation": "w_none"},
        {"format": "exe"},
        {"allowed_formats": ["gif"]},
        {"notification_url": "javascript:alert(1)"},
        {"public_id": "../../etc/passwd"},
        {"folder": "a/../b"},
        {"upload_preset": "none"},
        {"tags": "[" * 50_000},
        {"api_key": "1"},
    ],
)
async def test_fields_of_uploads(site: Site, fields: dict[str, Any]) -> None:
    file = base64.b64encode(picture(2)).decode()
    reply = await site.call("POST", "/images", json={"file": file, **fields})

    assert reply.status in (400, 415), reply.body
    assert reply.status == 415 or next(iter(fields)) in reply.body["parameter"]


@pytest.mark.parametrize("kind", ["no picture", "nothing", "two files", "no boundary", "wrong base64"])
async def test_files_of_uploads(site: Site, kind: str) -> None:
    sent: dict[str, dict[str, Any]] = {
        "no picture": {"data": b"GIF", "headers": {"Content-Type": "image/gif"}},
        "nothing": {"json": {}},
        "two files": {"json": {"file": "AAAA", "url": "http://127.0.0.1/"}},
        "no boundary": {"data": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
        "wrong base64": {"json": {"file": "data:image/png;base64,!!!!"}},
    }
    reply = await site.call("POST", "/images", **sent[kind])

    assert reply.status in (400, 415, 422), reply.body


async def test_a_body_that_is_too_large(site: Site) -> None:
    body = b'{"tags": ["' + b"x" * 3_000_000 + b'"]}'
    reply = await site.call("PATCH", "/images/hostile", data=io.BytesIO(body), headers=JSON)

    assert (413, "upload_too_large") == (reply.status, reply.body["code"])


async def test_an_address_where_nothing_is_fetched(site: Site) -> None:
    replies = [
        await site.call("POST", "/images", json={name: "http://169.254.169.254/latest"})
        for name in ("file", "url")
    ]

    assert [(403, "fetch_disabled")] * 2 == [(reply.status, reply.body["code"]) for reply in replies]
