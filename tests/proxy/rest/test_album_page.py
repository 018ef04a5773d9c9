"""`/a/…`: the page of an album and the same as JSON; who sees it, what it says, how it may be kept."""

from __future__ import annotations

import asyncio
import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from origin.errors import MetadataUnavailable
from origin.hosting import albums as domain
from origin.hosting.cursors import write_cursor
from tests.proxy.rest.conftest import Site, basic, picture
from tests.proxy.rest.test_albums import filled

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]


class Page:
    """One answer."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def elements(self) -> Elements:
        return Elements(self.body.decode())


async def get(site: Site, path: str, headers: dict[str, str] | None = None) -> Page:
    async with site.client.get(path, headers=headers or BROWSER, allow_redirects=False) as answer:
        return Page(answer.status, answer.headers, await answer.read())


async def json_of(site: Site, path: str, **headers: str) -> Any:
    async with site.client.get(path, headers=headers) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_the_page_of_a_public_album(site: Site) -> None:
    for n, size in enumerate([(400, 300), (90, 60)]):
        await site.upload(picture(n, *size), public_id=f"page/{n}", context={"alt": f"Cat {n}"})
    said = {"title": "Cats", "description": "All of them", "visibility": "public", "name": "cats"}
    made = await site.call("POST", "/albums", json={**said, "public_ids": ["page/0", "page/1"]})
    page = await get(site, "/a/cats")
    elements = page.elements
    large, small = elements.named("img")
    properties = {each.get("property"): each.get("content") for each in elements.named("meta")}
    links = {each["rel"]: each["href"] for each in elements.named("link")}

    assert (200, "text/html; charset=utf-8") == (page.status, page.headers["Content-Type"])
    assert "X-Robots-Tag" not in page.headers and b"noindex" not in page.body
    assert ("Cat 0", "400", "300") == (large["alt"], large["width"], large["height"])
    # Nothing is made larger than it is, and no size stands there twice.
    assert ["320w", "400w"] == re.findall(r"\d+w(?=,|$)", large["srcset"] or "")
    assert ["90w"] == re.findall(r"\d+w(?=,|$)", small["srcset"] or "")
    assert ("Cats", "All of them") == (properties["og:title"], properties["og:description"])
    assert (properties["og:image"] or "").endswith("/page/0.png")
    assert (made.body["url"], made.body["url"] + ".json") == (links["canonical"], links["alternate"])
    for address in re.findall(r'(?:src|srcset|href)="https?://[^/]+(/[^" ]+)', page.body.decode()):
        assert 200 == (await get(site, address)).status


async def test_the_style_is_the_only_one_that_may_be(site: Site) -> None:
    album = await filled(site, "style", "a b")
    page = await get(site, f"/a/{album['album_id']}")
    style = re.search(r"<style>(.*?)</style>", page.body.decode(), re.DOTALL)
    policy = page.headers["Content-Security-Policy"]

    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src 'self' data: http") and "unsafe" not in policy
    assert [] == page.elements.named("script")
    assert [] == [each for _, each in page.elements.found if "style" in each or "onload" in each]


async def test_what_people_said_is_text(site: Site) -> None:
    evil = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x01\u202e&amp;"
    await site.upload(picture(77), public_id="evil", context={"alt": evil, "caption": evil})
    body = {"title": evil, "description": evil, "public_ids": ["evil"]}
    made = await site.call("POST", "/albums", json=body)
    page = await get(site, f"/a/{made.body['album_id']}")
    elements = page.elements
    shown = evil.replace("\x01", " ")

    assert [] == elements.named("script")
    assert 1 == len(elements.named("img")) and 1 == len(elements.named("style"))
    assert shown == elements.named("img")[0]["alt"]
    assert 4 == elements.text.count(shown)
    assert evil == (await json_of(site, f"/a/{made.body['album_id']}.json"))["title"]


async def test_it_goes_on_page_by_page(site: Site) -> None:
    album = await filled(site, "many", "a b c d e")
    path = f"/a/{album['album_id']}"
    first = await get(site, f"{path}?limit=2")
    following = [each["href"] for each in first.elements.named("a") if each.get("rel") == "next"]
    second = await get(site, f"{following[0]}&limit=2")
    told = await json_of(site, f"{path}.json?limit=2")
    last = await json_of(site, f"{path}.json?limit=3&cursor={told['next_cursor']}")

    assert any("1–2 of 5 pictures" in text for text in first.elements.text)
    assert any("3–4 of 5 pictures" in text for text in second.elements.text)
    assert ["Picture 3", "Picture 4"] == [each["alt"] for each in second.elements.named("img")]
    assert (["many/c", "many/d", "many/e"], None) == (
        [item["public_id"] for item in last["items"]],
        last["next_cursor"],
    )
    listed = ("album", album["album_id"], True)
    forged = [write_cursor(listed, (0, 1.0, text)) for text in ("\0", "\ud800")]
    for query in ("limit=0", "limit=91", "limit=x", "cursor=x", *(f"cursor={each}" for each in forged)):
        assert 400 == (await get(site, f"{path}?{query}")).status


async def test_an_empty_album(site: Site) -> None:
    made = await site.call("POST", "/albums", json={"title": "Empty"})
    page = await get(site, f"/a/{made.body['album_id']}")

    assert 200 == page.status
    assert any("no pictures here yet" in text for text in page.elements.text)


async def test_programs_get_json(site: Site) -> None:
    album = await filled(site, "programs", "a")
    path = f"/a/{album['album_id']}"
    told = await json_of(site, path, **JSON)
    item = told["items"][0]

    assert told == await json_of(site, f"{path}.json") == await json_of(site, f"{path}.json", **BROWSER)
    assert ("programs", 1, "programs/a") == (told["title"], told["images"], told["cover"]["public_id"])
    assert (32, 24, "png") == (item["width"], item["height"], item["format"])
    assert {"image/png", "image/webp"} == {size["type"] for size in item["sizes"]}
    # What its owner did not say to show.
    assert not {"owner", "original_filename", "tags", "content_hash", "metadata"} & {*told, *item}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/json, text/plain, */*", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=x", "text/html"),
    ],
)
async def test_which_of_the_two_a_client_gets(site: Site, accept: str, kind: str) -> None:
    made = await site.call("POST", "/albums", json={"title": "Either"})
    page = await get(site, f"/a/{made.body['album_id']}", {"Accept": accept})

    assert (kind, "Accept") == (page.headers["Content-Type"].partition(";")[0], page.headers["Vary"])


async def test_unlisted_and_private_albums(site: Site) -> None:
    unlisted = await filled(site, "unlisted", "a")
    private = await filled(site, "private", "a", visibility="private", name="hidden")
    page = await get(site, f"/a/{unlisted['album_id']}")

    assert (200, "noindex") == (page.status, page.headers["X-Robots-Tag"])
    assert [{"name": "robots", "content": "noindex"}] == [
        each for each in page.elements.named("meta") if each.get("name") == "robots"
    ]
    for path in (f"/a/{private['album_id']}", "/a/hidden", "/a/hidden.json", "/a/nothing"):
        for who in (None, "bob"):
            refused = await get(site, path, {**BROWSER, **basic(who)})
            assert (404, "no-store") == (refused.status, refused.headers["Cache-Control"])
    for who in ("ana", "reader", "boss"):
        seen = await get(site, "/a/hidden", {**BROWSER, **basic(who)})
        assert (200, "private, no-store") == (seen.status, seen.headers["Cache-Control"])


async def test_who_has_no_key_cannot_tell_a_private_album_from_none(site: Site) -> None:
    await filled(site, "telling", "a", visibility="private", name="telling")
    there, nothing = await get(site, "/a/telling"), await get(site, "/a/tellins")
    wrong = {**BROWSER, "Authorization": "Bearer nobody"}
    ignored = {"x-request-id", "date"}

    assert [404, 404] == [(await get(site, f"/a/{name}", wrong)).status for name in ("telling", "tellins")]
    assert there.body == nothing.body
    assert {n: v for n, v in there.headers.items() if n.lower() not in ignored} == {
        n: v for n, v in nothing.headers.items() if n.lower() not in ignored
    }


async def test_only_what_is_shown_is_on_the_page(site: Site) -> None:
    album = await filled(site, "some", "a b c d")
    path, hosting = f"/a/{album['album_id']}", site.services.hosting
    assert hosting is not None
    await hosting.changes.update("some/b", lambda _: {"state": "held"})
    await hosting.changes.update("some/c", lambda _: {"access_mode": "authenticated"})
    await site.call("PATCH", f"/albums/{album['album_id']}", json={"cover": "some/d"})
    before = await json_of(site, f"{path}.json")
    await site.call("DELETE", "/images/some/d")
    await asyncio.sleep(0.6)
    after = await json_of(site, f"{path}.json")

    assert ["some/a", "some/d"] == [item["public_id"] for item in before["items"]]
    assert ("some/d", "some/a") == (before["cover"]["public_id"], after["cover"]["public_id"])
    assert (["some/a"], 1) == ([item["public_id"] for item in after["items"]], after["images"])


async def test_how_it_may_be_kept(site: Site) -> None:
    album = await filled(site, "kept", "a b")
    path = f"/a/{album['album_id']}"
    page = await get(site, path)
    again = await get(site, path, {**BROWSER, "If-None-Match": page.headers["ETag"]})
    await site.call("PATCH", f"/albums/{album['album_id']}", json={"title": "New"})
    changed = await get(site, path, {**BROWSER, "If-None-Match": page.headers["ETag"]})
    tags = page.headers["Surrogate-Key"].split()

    assert (200, 304, 200) == (page.status, again.status, changed.status)
    assert b"" == again.body and again.headers["ETag"] == page.headers["ETag"]
    assert "public, max-age=0, s-maxage=300" == page.headers["Cache-Control"]
    assert (3, "album-") == (len(tags), tags[0][:6])


async def test_names_lead_on(site: Site) -> None:
    album = await filled(site, "names", "a", visibility="public", name="first-name")
    path = f"/albums/{album['album_id']}"
    await site.call("PATCH", path, json={"name": "second-name"})
    led = [await get(site, f"/a/first-name{suffix}") for suffix in ("", ".json")]
    by_id = await get(site, f"/a/{album['album_id']}")
    await site.call("PATCH", path, json={"name": None, "visibility": "unlisted"})

    assert [(302, "/a/second-name"), (302, "/a/second-name.json")] == [
        (each.status, each.headers["Location"]) for each in led
    ]
    assert 200 == by_id.status
    # Its names are guessed: they would tell its id.
    assert [404, 404] == [(await get(site, f"/a/{name}")).status for name in ("first-name", "second-name")]


async def test_a_deleted_album_is_gone(site: Site) -> None:
    album = await filled(site, "ended", "a", visibility="public", name="ended")
    hidden = await filled(site, "hidden-ended", "a", visibility="private")
    for each in (album, hidden):
        await site.call("DELETE", f"/albums/{each['album_id']}")
    paths = ("/a/ended", f"/a/{album['album_id']}", "/a/ended.json", f"/a/{hidden['album_id']}")
    pages = [await get(site, path) for path in paths]
    told = await get(site, "/a/ended", JSON)

    assert [410, 410, 410, 404] == [page.status for page in pages]
    assert {"no-store"} == {page.headers["Cache-Control"] for page in (*pages, told)}
    assert (410, b'"code": "gone"') == (told.status, told.body[11:25])


async def test_pictures_that_begin_so_are_delivered(site: Site) -> None:
    data = picture(4242)
    for public_id in ("a/cat", "a/b/cat"):
        await site.upload(data, public_id=public_id)

    for path in ("/a/cat", "/a/cat.png", "/a/b/cat"):
        assert (200, data) == ((page := await get(site, path)).status, page.body)
    assert 405 == (await site.client.post("/a/cat")).status
    assert (200, b"") == ((head := await site.client.head("/a/cat")).status, await head.read())


async def test_a_database_that_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(4343)
    await site.upload(data, public_id="a/dog")

    async def find(*_: object) -> None:
        raise MetadataUnavailable("away")

    monkeypatch.setattr(domain.Albums, "find", find)
    there, nothing = await get(site, "/a/dog"), await get(site, "/a/cats")

    assert (200, data, 503) == (there.status, there.body, nothing.status)


async def test_a_crowd_is_answered_by_one_look(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    album = await filled(site, "crowd", "a")
    look, looked = domain.Albums.look, []

    async def counted(self: domain.Albums, *given: Any, **named: Any) -> Any:
        looked.append(given)
        return await look(self, *given, **named)

    monkeypatch.setattr(domain.Albums, "look", counted)
    pages = await asyncio.gather(*(get(site, f"/a/{album['album_id']}") for _ in range(20)))

    assert (1, {200}) == (len(looked), {page.status for page in pages})
