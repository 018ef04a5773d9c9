"""Albums over the REST API: made, filled, ordered, listed, deleted; and who may do it."""

from __future__ import annotations

from typing import Any

import pytest

from origin.hosting import albums as domain
from proxy.app_jobs import make_handlers
from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


async def filled(site: Site, folder: str, names: str, **said: Any) -> Any:
    """An album of new pictures `<folder>/<name>`."""
    ids = [f"{folder}/{name}" for name in names.split()]
    for n, public_id in enumerate(ids):
        await site.upload(picture(n + sum(folder.encode())), public_id=public_id)
    body = {"title": folder, "public_ids": ids, **said}
    made = await site.call("POST", "/albums", json=body)
    assert made.status == 201, made.body
    return made.body


async def order(site: Site, album_id: str, limit: int = 2) -> str:
    """The last parts of the ids of its pictures, as pages of that many tell them."""
    found, path = [], f"/albums/{album_id}/images?limit={limit}"
    while True:
        reply = await site.call("GET", path)
        found += [item["public_id"].rpartition("/")[2] for item in reply.body["items"]]
        if reply.body["next_cursor"] is None:
            return " ".join(found)
        link = reply.headers["Link"]
        assert link.endswith('>; rel="next"')
        path = link[1:].partition(">")[0].removeprefix("/api/v1")


async def test_an_album_is_made_and_looked_at(site: Site) -> None:
    await site.upload(picture(1), public_id="made/a")
    body = {"title": "Summer", "visibility": "public", "name": "summer", "public_ids": ["made/a"]}
    made = await site.call("POST", "/albums", json=body)
    album = made.body

    assert (201, f"/api/v1/albums/{album['album_id']}") == (made.status, made.headers["Location"])
    assert ("Summer", "", "public", "summer", "ana", 1, "made/a") == tuple(
        album[name] for name in ("title", "description", "visibility", "name", "owner", "images", "cover")
    )
    assert album["url"].endswith("/a/summer")
    assert album["cover_url"].endswith("/made/a.png")
    for wanted in ("summer", album["album_id"]):
        assert album == (await site.call("GET", f"/albums/{wanted}", "reader")).body


async def test_an_album_is_changed(site: Site) -> None:
    album = await filled(site, "edit", "a b")
    path = f"/albums/{album['album_id']}"
    edited = await site.call(
        "PATCH",
        path,
        json={"title": "New", "visibility": "public", "name": "edited", "cover": "edit/b"},
    )
    back = await site.call("PATCH", path, json={"visibility": "unlisted", "name": None, "cover": None})

    assert ("New", "edited", "edit/b") == tuple(edited.body[name] for name in ("title", "name", "cover"))
    assert ("New", None, "edit/a", "unlisted") == tuple(
        back.body[name] for name in ("title", "name", "cover", "visibility")
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "parameter"),
    [
        ("POST", "", {}, 400, "missing_parameter", "title"),
        ("POST", "", {"title": ""}, 400, "invalid_parameter", "title"),
        ("POST", "", {"title": "  "}, 400, "invalid_album", "title"),
        ("POST", "", {"title": "x" * 201}, 400, "invalid_parameter", "title"),
        ("POST", "", {"title": "x", "visibility": "hidden"}, 400, "invalid_parameter", "visibility"),
        ("POST", "", {"title": "x", "name": "No"}, 400, "invalid_parameter", "name"),
        ("POST", "", {"title": "x", "name": "guess"}, 400, "invalid_album", "name"),
        ("POST", "", {"title": "x", "public_ids": ["nothing"]}, 404, "not_found", None),
        ("POST", "", {"titel": "x", "title": "x"}, 400, "unknown_field", "titel"),
        ("PATCH", "/{album}", {}, 400, "invalid_parameter", "body"),
        ("PATCH", "/{album}", {"title": None}, 400, "invalid_parameter", "title"),
        ("PATCH", "/{album}", {"cover": "nothing"}, 404, "not_found", None),
        ("POST", "/{album}/images", {"public_ids": []}, 400, "invalid_parameter", "public_ids"),
        ("POST", "/{album}/images", {"public_ids": ["nothing"]}, 404, "not_found", None),
        (
            "POST",
            "/{album}/images",
            {"public_ids": ["x"], "before": "a", "after": "b"},
            400,
            "exclusive_parameters",
            "after",
        ),
        ("POST", "/{album}/move", {"public_id": "x"}, 400, "missing_parameter", "position"),
        ("PUT", "/{album}/order", {"public_ids": ["nothing"]}, 404, "not_found", None),
        ("DELETE", "/{album}/images/nothing", None, 404, "not_found", None),
        ("DELETE", "/{album}?images=burn", None, 400, "invalid_parameter", "images"),
        ("GET", "?everyone=true&visibility=private", None, 400, "invalid_parameter", "visibility"),
        ("GET", "?cursor=x", None, 400, "invalid_cursor", None),
        ("GET", "/nothing", None, 404, "not_found", None),
    ],
)
async def test_what_is_refused_is_told(
    site: Site, method: str, path: str, body: Any, status: int, code: str, parameter: str | None
) -> None:
    made = await site.call("POST", "/albums", json={"title": "Refusing"})
    reply = await site.call(method, "/albums" + path.replace("{album}", made.body["album_id"]), json=body)

    assert (status, code, parameter) == (reply.status, reply.body["code"], reply.body.get("parameter"))


async def test_pictures_come_and_go_and_change_places(site: Site) -> None:
    album = await filled(site, "places", "a b c d")
    path, orders = f"/albums/{album['album_id']}", []
    await site.upload(picture(900), public_id="places/e")
    for method, called, body in (
        ("POST", "/images", {"public_ids": ["places/e", "places/a"], "position": "first"}),
        ("POST", "/move", {"public_id": "places/d", "before": "places/a"}),
        ("POST", "/move", {"public_id": "places/e", "position": "last"}),
        ("PUT", "/order", {"public_ids": ["places/c", "places/b"]}),
        ("POST", "/remove", {"public_ids": ["places/a", "nothing"]}),
        ("DELETE", "/images/places/d", None),
    ):
        reply = await site.call(method, path + called, json=body)
        assert reply.status == 200, reply.body
        orders.append((await order(site, album["album_id"]), reply.body.get("changed")))

    assert [
        ("e a b c d", 1),
        ("e d a b c", None),
        ("d a b c e", None),
        ("c b d a e", None),
        ("c b d e", 1),
        ("c b e", 1),
    ] == orders


async def test_lists_of_albums(site: Site) -> None:
    for who, title, visibility in (
        ("ana", "list 1", "public"),
        ("ana", "list 2", "private"),
        ("bob", "list 3", "public"),
        ("bob", "list 4", "unlisted"),
    ):
        await site.call("POST", "/albums", who, json={"title": title, "visibility": visibility})

    async def listed(who: str, query: str) -> list[str]:
        reply = await site.call("GET", f"/albums?limit=500&{query}", who)
        titles = [item["title"] for item in reply.body["items"]]
        return [title.removeprefix("list ") for title in titles if title.startswith("list ")]

    assert ["2", "1"] == await listed("reader", "")
    assert ["2"] == await listed("ana", "visibility=private")
    assert ["3", "1"] == await listed("ana", "everyone=true")
    assert ["3"] == await listed("ana", "everyone=true&owner=bob")
    assert ["4", "3", "2", "1"] == await listed("boss", "")
    assert ["4", "3"] == await listed("boss", "owner=bob")
    assert 403 == (await site.call("GET", "/albums?owner=bob")).status


async def test_who_may_what(site: Site) -> None:
    album = await filled(site, "mine", "a")
    path = f"/albums/{album['album_id']}"
    calls: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", path, {"title": "Theirs"}),
        ("POST", path + "/images", {"public_ids": ["mine/a"]}),
        ("PUT", path + "/order", {"public_ids": ["mine/a"]}),
        ("DELETE", path, None),
    )

    for who, status in (("bob", 404), ("reader", 403), (None, 401)):
        for method, called, body in calls:
            assert status == (await site.call(method, called, who, json=body)).status
    assert 404 == (await site.call("GET", path, "bob")).status
    assert 200 == (await site.call("PATCH", path, "boss", json={"title": "Seen to"})).status


@pytest.mark.parametrize("images", ["keep", "delete"])
async def test_deleting_an_album(site: Site, images: str) -> None:
    album = await filled(site, f"gone-{images}", "a b")
    path = f"/albums/{album['album_id']}"
    deleted = await site.call("DELETE", f"{path}?images={images}")
    left = await site.call("GET", f"/images?prefix=gone-{images}/")

    number = 2 if images == "delete" else 0
    assert {"album_id": album["album_id"], "images_deleted": number, "images_pending": False} == deleted.body
    assert 2 - number == len(left.body["items"])
    assert [410, 410] == [(await site.call(method, path)).status for method in ("GET", "DELETE")]


async def test_the_rest_of_a_large_album_is_deleted_by_a_job(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = await filled(site, "large", "a b")
    monkeypatch.setattr(domain, "_DELETING_SECONDS", 0.0)
    deleted = await site.call("DELETE", f"/albums/{album['album_id']}?images=delete")
    before = (await site.call("GET", "/images/large/a")).status
    hosting = site.services.hosting
    assert hosting is not None
    work = make_handlers(site.settings, site.services, hosting)["empty_album"]
    for entry in await hosting.outbox.lease(limit=10, seconds=5, kinds=["empty_album"]):
        await work(entry.payload)

    assert (True, 200) == (deleted.body["images_pending"], before)
    assert [410, 410] == [(await site.call("GET", f"/images/large/{name}")).status for name in "ab"]


async def test_pictures_are_listed_and_deleted_by_album(site: Site) -> None:
    await filled(site, "by", "b a", visibility="public", name="by-name")
    listed = await site.call("GET", "/images?album=by-name")
    deleted = await site.call("POST", "/images/delete", json={"album": "by-name"})
    left = await site.call("GET", "/albums/by-name")

    assert ["by/b", "by/a"] == [item["public_id"] for item in listed.body["items"]]
    assert (2, 0) == (len(deleted.body["deleted"]), left.body["images"])
    for who, wanted in (("ana", "nothing"), ("bob", "by-name")):
        assert 404 == (await site.call("GET", f"/images?album={wanted}", who)).status
        assert 404 == (await site.call("POST", "/images/delete", who, json={"album": wanted})).status


async def test_a_request_that_comes_again_makes_one_album(site: Site) -> None:
    sent = {"json": {"title": "Once"}, "headers": {"Idempotency-Key": "albums-once"}}
    first, second = await site.call("POST", "/albums", **sent), await site.call("POST", "/albums", **sent)

    assert first.body == second.body
