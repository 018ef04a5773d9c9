"""Pictures over the REST API: uploaded in every way, listed, looked at, deleted."""

from __future__ import annotations

import base64
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from tests.proxy.rest.conftest import Site, basic, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

SAMPLES = Path(__file__).parents[3] / "origin" / "samples"


async def test_an_upload_is_answered_and_delivered(site: Site) -> None:
    form = FormData(quote_fields=False)
    form.add_field("public_id", "pets/cat")
    form.add_field("tags", "a, b")
    form.add_field("context", '{"alt": "a cat"}')
    form.add_field("file", data := picture(1), filename="My cat.png")
    reply = await site.call("POST", "/images", data=form)
    body = reply.body

    assert (201, "/api/v1/images/pets/cat") == (reply.status, reply.headers["Location"])
    assert ("pets/cat", "ana", 32, 24, "png", len(data)) == tuple(
        body[name] for name in ("public_id", "owner", "width", "height", "format", "bytes")
    )
    assert (["a", "b"], {"alt": "a cat"}, "My cat.png") == (
        body["tags"],
        body["context"],
        body["original_filename"],
    )
    assert sha256(data).hexdigest() == body["content_hash"]
    assert body["delete_token"] and body["placeholders"]["blurhash"]
    async with site.client.get(body["url"].partition("//")[2].partition("/")[2].join(("/", ""))) as answer:
        assert (200, data) == (answer.status, await answer.read())


@pytest.mark.parametrize("way", ["raw", "base64", "data", "json", "form"])
async def test_every_way_to_send_it(site: Site, way: str) -> None:
    data = picture(10 + len(way))
    text = base64.b64encode(data).decode()
    uri = f"data:image/png;base64,{text}"
    sent: dict[str, dict[str, Any]] = {
        "raw": {"data": data, "headers": {"Content-Type": "image/png"}, "params": {"public_id": "ways/raw"}},
        "base64": {"json": {"file": text, "public_id": "ways/base64"}},
        "data": {"json": {"file": uri, "public_id": "ways/data"}},
        "json": {"json": {"file": uri, "public_id": "ways/json", "tags": ["x"], "metadata": {"n": 1}}},
        "form": {"data": {"file": uri, "public_id": "ways/form"}},
    }
    reply = await site.call("POST", "/images", **sent[way])

    assert (201, f"ways/{way}", sha256(data).hexdigest()) == (
        reply.status,
        reply.body["public_id"],
        reply.body["content_hash"],
    )


async def test_parts_of_an_upload(site: Site) -> None:
    data = picture(20)
    replies = []
    for start, end in ((0, 49), (50, len(data) - 1)):
        headers = {
            "Content-Range": f"bytes {start}-{end}/{len(data)}",
            "X-Unique-Upload-Id": "one",
            "Content-Type": "image/png",
        }
        replies.append(await site.call("POST", "/images", data=data[start : end + 1], headers=headers))

    assert [202, 201] == [reply.status for reply in replies]
    assert {"done": False, "received_bytes": 50} == replies[0].body
    assert sha256(data).hexdigest() == replies[1].body["content_hash"]


async def test_the_same_bytes_are_the_same_picture(site: Site) -> None:
    first = await site.call("POST", "/images", data=picture(30), headers={"Content-Type": "image/png"})
    again = await site.call("POST", "/images", data=picture(30), headers={"Content-Type": "image/png"})

    assert (201, 200, True) == (first.status, again.status, again.body["existing"])
    assert first.body["public_id"] == again.body["public_id"]


async def test_uploads_by_an_unsigned_preset(site: Site) -> None:
    file = base64.b64encode(picture(40)).decode()
    sent = {"file": file, "upload_preset": "open", "public_id": "me"}
    reply = await site.call("POST", "/images", None, json=sent)
    nobody = await site.call("POST", "/images", None, json={"file": file})
    more = await site.call("POST", "/images", None, json={**sent, "eager": ["w_10"]})

    assert (201, "crowd/me", "ana") == (reply.status, reply.body["public_id"], reply.body["owner"])
    assert (401, "unauthenticated") == (nobody.status, nobody.body["code"])
    assert "WWW-Authenticate" in nobody.headers
    assert (400, "not_allowed_unsigned", "eager") == (
        more.status,
        more.body["code"],
        more.body["parameter"],
    )


async def test_lists_go_on_from_page_to_page(site: Site) -> None:
    for number in range(5):
        await site.upload(
            picture(50 + number), "bob", public_id=f"list/{number}", tags=["odd"] * (number % 2)
        )
    seen, cursor, links = [], None, []
    for _ in range(3):
        params = {"limit": "2", "prefix": "list/"} | ({"cursor": cursor} if cursor else {})
        page = await site.call("GET", "/images", "bob", params=params)
        seen += [each["public_id"] for each in page.body["items"]]
        links.append(page.headers.get("Link", ""))
        cursor = page.body["next_cursor"]
    tagged = await site.call("GET", "/images?tag=odd&order=oldest", "bob")
    other = await site.call("GET", "/images?prefix=list/", "ana")
    boss = await site.call("GET", "/images?prefix=list/&owner=bob", "boss")

    assert ([f"list/{number}" for number in range(5)], None) == (seen, cursor)
    assert [True, True, False] == [link.endswith('>; rel="next"') for link in links]
    assert ["list/1", "list/3"] == [each["public_id"] for each in tagged.body["items"]]
    assert ([], 5) == (other.body["items"], len(boss.body["items"]))


async def test_a_page_is_where_its_link_says(site: Site) -> None:
    page = await site.call("GET", "/images?limit=2&prefix=list/", "bob")
    path = page.headers["Link"].partition("</api/v1")[2].partition(">")[0]
    following = await site.call("GET", path, "bob")

    assert ["list/2", "list/3"] == [each["public_id"] for each in following.body["items"]]


async def test_filters_that_do_not_go_together(site: Site) -> None:
    both = await site.call("GET", "/images?tag=a&prefix=b")
    alone = await site.call("GET", "/images?distance=3")
    others = await site.call("GET", "/images?owner=bob")
    cursor = await site.call("GET", "/images?cursor=bm90aGluZw")

    assert (400, {"tag", "prefix"}) == (both.status, {each["parameter"] for each in both.body["errors"]})
    assert (400, "distance") == (alone.status, alone.body["parameter"])
    assert (403, "scope_missing") == (others.status, others.body["code"])
    assert (400, "invalid_cursor") == (cursor.status, cursor.body["code"])


async def test_pictures_that_look_alike(site: Site) -> None:
    await site.upload(picture(60), public_id="like/one", tags=["like"])
    await site.upload(picture(61), public_id="like/two")
    found = await site.call("GET", "/images?similar_to=like/one&distance=4&limit=500")
    missing = await site.call("GET", "/images?similar_to=like/none")

    assert "like/two" in {each["public_id"] for each in found.body["items"]}
    assert "like/one" not in {each["public_id"] for each in found.body["items"]}
    assert sorted(each["distance"] for each in found.body["items"]) == [
        each["distance"] for each in found.body["items"]
    ]
    assert 404 == missing.status


async def test_a_deleted_picture_is_gone(site: Site) -> None:
    made = await site.upload(picture(70), public_id="to/go")
    stranger = await site.call("DELETE", "/images/to/go", "bob")
    reader = await site.call("DELETE", "/images/to/go", "reader")
    receipt = await site.call("DELETE", "/images/to%2Fgo")
    after = [await site.call("GET", "/images/to/go", who) for who in ("ana", "bob", "boss")]
    async with site.client.get("/to/go") as answer:
        delivered = answer.status

    assert (404, 403, 200) == (stranger.status, reader.status, receipt.status)
    assert ("delete", made["asset_id"]) == (receipt.body["kind"], receipt.body["asset_id"])
    assert [410, 404, 410] == [reply.status for reply in after]
    assert 410 == delivered


async def test_heads_options_and_what_is_not_there(site: Site) -> None:
    await site.upload(picture(80), public_id="there")
    head = await site.call("HEAD", "/images/there")
    options = await site.call("OPTIONS", "/images/there", None)
    wrong = await site.call("PUT", "/images/there")
    nowhere = await site.call("GET", "/pictures")
    media = await site.client.post("/api/v1/images", data=b"x", headers=basic("ana"))

    assert (200, b"") == (head.status, head.body)
    assert (204, True) == (options.status, "DELETE" in options.headers["Access-Control-Allow-Methods"])
    assert (405, wrong.body["status"]) == (wrong.status, 405)
    assert {"DELETE", "GET", "HEAD", "OPTIONS"} <= set(wrong.headers["Allow"].split(", "))
    assert (404, "no_such_path") == (nowhere.status, nowhere.body["code"])
    assert "application/problem+json" == nowhere.headers["Content-Type"]
    assert 415 == media.status


async def test_copies_of_a_photograph_look_alike(site: Site) -> None:
    photograph = Image.open(SAMPLES / "portrait.jpg").convert("RGB")
    photograph.thumbnail((600, 600))
    await site.upload(encoded(photograph), public_id="photo/one")
    await site.upload(encoded(photograph.resize((222, 300)), quality=40), public_id="photo/small")
    other = Image.open(SAMPLES / "fig.jpg").convert("RGB")
    other.thumbnail((300, 300))
    await site.upload(encoded(other), public_id="photo/other")
    found = await site.call("GET", "/images?similar_to=photo/one")

    assert "photo/small" == found.body["items"][0]["public_id"]
    assert "photo/other" not in {each["public_id"] for each in found.body["items"]}


async def test_what_an_owner_has(site: Site) -> None:
    before = (await site.call("GET", "/usage", "bob")).body
    await site.upload(data := picture(90), "bob", public_id="counted", tags=["counted/1", "counted/2"])
    after = (await site.call("GET", "/usage", "bob")).body
    first = await site.call("GET", "/tags?prefix=counted/&limit=1", "bob")
    rest = await site.call("GET", f"/tags?prefix=counted/&cursor={first.body['next_cursor']}", "bob")
    others = [await site.call("GET", path, "bob") for path in ("/usage?owner=ana", "/tags?owner=ana")]
    everybody = (await site.call("GET", "/usage", "boss")).body

    assert ("bob", ["read", "upload", "delete"], "bob") == (after["owner"], after["scopes"], after["of"])
    assert (1, len(data)) == (after["pictures"] - before["pictures"], after["bytes"] - before["bytes"])
    assert (["counted/1"], ["counted/2"]) == (first.body["items"], rest.body["items"])
    assert [403, 403] == [reply.status for reply in others]
    assert (None, ["admin"]) == (everybody["of"], everybody["scopes"])


def encoded(image: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
