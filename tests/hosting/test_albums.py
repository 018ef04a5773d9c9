"""Albums on both databases: made, named, ordered, covered, listed, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from origin.errors import (
    AlbumFull,
    AlbumGone,
    AlbumNameTaken,
    AlbumNotFound,
    AssetNotFound,
    InvalidAlbum,
    InvalidCursor,
)
from origin.hosting import album_order, album_pictures, album_rows, albums
from origin.hosting.album import Album, check_album
from origin.hosting.album_pictures import AlbumPictures, Beside
from origin.hosting.albums import Albums
from origin.hosting.listing import Query
from tests.hosting.conftest import Hosting

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Of tests whose statements others hold on both."""


class Shelf:
    """Albums over one store, and who was told of what."""

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting
        self.told: list[str] = []
        self.albums = Albums(store=hosting.store, deletions=hosting.deletions, told=self._tell)
        self.pictures = AlbumPictures(store=hosting.store, told=self._tell)

    async def _tell(self, album_ids: Sequence[str]) -> None:
        self.told += album_ids

    async def upload(self, *names: str, owner: str = "ana") -> None:
        for name in names:
            await self.hosting.upload(name.encode(), name, owner=owner)

    async def filled(self, *names: str, **said: str) -> Album:
        """An album of new pictures of those names, in that order."""
        album = await self.albums.create(**{"owner": "ana", "title": "Cats", **said})  # type: ignore[arg-type]
        await self.upload(*names)
        await self.pictures.add(album.album_id, names)
        return album

    async def order(self, album: Album, *, shown: bool = False, limit: int = 1000) -> str:
        """The names of all pictures, as pages of that many tell them."""
        found, cursor = [], None
        while True:
            now = await self.albums.get(album.album_id)
            page = (await self.pictures.page(now, shown=shown, limit=limit, cursor=cursor)).pictures
            found += [asset.public_id for asset in page.items]
            if (cursor := page.cursor) is None:
                return " ".join(found)


@pytest.fixture
def shelf(hosting: Hosting) -> Shelf:
    return Shelf(hosting)


async def test_an_album_is_made_and_changed(shelf: Shelf) -> None:
    said = {"title": "Cats", "description": "All of them"}
    made = await shelf.albums.create(owner="ana", visibility="private", name="cats", **said)
    shelf.hosting.clock.now += 5
    changed = await shelf.albums.update("cats", {"title": "Dogs", "name": "dogs"}, owner="ana")

    assert (len(made.album_id), made.visibility, made.called) == (20, "private", "cats")
    assert (changed.title, changed.description, changed.called) == ("Dogs", "All of them", "dogs")
    assert changed.updated_at == made.updated_at + 5
    for wanted in (made.album_id, "dogs", "cats"):
        assert await shelf.albums.get(wanted) == changed
    with pytest.raises(AlbumNotFound):
        await shelf.albums.get("dogs", owner="bob")
    with pytest.raises(AlbumNotFound):
        await shelf.albums.update("dogs", {"title": "Mine"}, owner="bob")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("description", "x" * 5001),
        ("name", "Cats"),
        ("name", "a--b"),
        ("name", "x" * 61),
        ("name", "a\n"),
        ("visibility", "secret"),
    ],
)
def test_what_no_album_can_be(field: str, value: str) -> None:
    with pytest.raises(InvalidAlbum, match=field) as refused:
        check_album({"title": "Cats", "visibility": "public", field: value})

    assert field == refused.value.parameter


@on_one_database
async def test_unlisted_albums_have_no_name(shelf: Shelf) -> None:
    album = await shelf.albums.create(owner="ana", title="Cats", visibility="public", name="cats")
    with pytest.raises(InvalidAlbum, match="name"):
        await shelf.albums.create(owner="ana", title="Cats", name="other")
    with pytest.raises(InvalidAlbum, match="name"):
        await shelf.albums.update("cats", {"visibility": "unlisted"})
    hidden = await shelf.albums.update("cats", {"visibility": "unlisted", "name": None})

    assert (album.album_id, "unlisted") == (hidden.called, hidden.visibility)


async def test_names_stay_their_owners(shelf: Shelf) -> None:
    first = await shelf.albums.create(owner="ana", title="One", visibility="public", name="cats")
    await shelf.albums.update("cats", {"name": "felines"})
    for name in ("cats", "felines"):
        with pytest.raises(AlbumNameTaken, match="another owner"):
            await shelf.albums.create(owner="bob", title="Bob's", visibility="public", name=name)
    with pytest.raises(AlbumNameTaken, match="of yours"):
        await shelf.albums.create(owner="ana", title="Two", visibility="public", name="felines")
    second = await shelf.albums.create(owner="ana", title="Two", visibility="public", name="cats")
    await shelf.albums.delete("felines")
    third = await shelf.albums.create(owner="ana", title="Three", visibility="public", name="felines")

    assert (second, third) == (await shelf.albums.get("cats"), await shelf.albums.get("felines"))
    with pytest.raises(AlbumGone):
        await shelf.albums.get(first.album_id)


async def test_one_name_for_many_at_once(shelf: Shelf) -> None:
    made = await asyncio.gather(
        *(
            shelf.albums.create(owner=f"{n}", title="Cats", visibility="public", name="cats")
            for n in range(5)
        ),
        return_exceptions=True,
    )

    assert [Album, *[AlbumNameTaken] * 4] == sorted(map(type, made), key=lambda kind: kind is not Album)


@on_one_database
async def test_how_many_there_may_be(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(album_rows, "MOST_ALBUMS", 2)
    monkeypatch.setattr(album_rows, "MOST_NAMES", 2)
    monkeypatch.setattr(album_pictures, "MOST_PICTURES", 3)
    album = await shelf.filled("a", "b", visibility="private")
    await shelf.albums.create(owner="ana", title="Second")
    await shelf.upload("c", "d")
    for change in (
        shelf.albums.create(owner="ana", title="Third"),
        shelf.pictures.add(album.album_id, ["c", "d"]),
    ):
        with pytest.raises(AlbumFull):
            await change
    for name in ("one", "two", "one"):
        await shelf.albums.update(album.album_id, {"name": name})
    with pytest.raises(AlbumFull):
        await shelf.albums.update(album.album_id, {"name": "three"})

    assert 1 == await shelf.pictures.add(album.album_id, ["c", "a"])


async def test_pictures_are_added_where_one_says(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c")
    await shelf.upload("d", "e", "f", "g", "h", "i")
    add = shelf.pictures.add
    assert 2 == await add(album.album_id, ["d", "e"], Beside(before="b"))
    assert 1 == await add(album.album_id, ["f"], Beside(after="c"))
    assert 1 == await add(album.album_id, ["g", "g"], Beside(first=True))
    assert 1 == await add(album.album_id, ["a", "h"], Beside(after="a"))
    assert 1 == await add(album.album_id, ["i"])

    assert "g a h d e b c f i" == await shelf.order(album)


@on_one_database
async def test_only_pictures_of_its_owner_lie_in_an_album(shelf: Shelf) -> None:
    album = await shelf.filled("a")
    await shelf.upload("bobs", owner="bob")
    await shelf.upload("gone")
    await shelf.hosting.deletions.delete("gone")
    for name in ("bobs", "gone", "nothing"):
        with pytest.raises(AssetNotFound, match=name):
            await shelf.pictures.add(album.album_id, ["a", name])
    with pytest.raises(AssetNotFound, match="bobs"):
        await shelf.pictures.add(album.album_id, ["a"], Beside(after="bobs"))

    assert "a" == await shelf.order(album)


@on_one_database
async def test_moving_one(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c", "d")
    orders = []
    for name, place in (
        ("d", Beside(before="b")),
        ("a", Beside(after="c")),
        ("b", Beside(first=True)),
        ("d", Beside()),
        ("c", Beside(before="c")),
    ):
        await shelf.pictures.move(album.album_id, name, place)
        orders.append(await shelf.order(album))
    with pytest.raises(AssetNotFound, match="x"):
        await shelf.pictures.move(album.album_id, "x", Beside(first=True))
    with pytest.raises(AssetNotFound, match="x"):
        await shelf.pictures.move(album.album_id, "a", Beside(after="x"))

    assert ["a d b c", "d b c a", "b d c a", "b c a d", "b c a d"] == orders


async def test_there_is_always_room_between_two(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c")
    for n in range(70):
        await shelf.pictures.move(album.album_id, "bc"[n % 2], Beside(after="a"))

    assert "a c b" == await shelf.order(album)
    assert 1 == (await shelf.albums.get(album.album_id)).numbering


async def test_all_in_another_order(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c", "d")
    assert 4 == await shelf.pictures.order(album.album_id, ["d", "b"])
    with pytest.raises(AssetNotFound, match="x"):
        await shelf.pictures.order(album.album_id, ["x", "a"])

    assert "d b a c" == await shelf.order(album)


async def test_many_who_change_an_album_at_once(shelf: Shelf) -> None:
    names = [f"p{n:02}" for n in range(30)]
    album = await shelf.filled(*names[:20])
    await shelf.upload(*names[20:])
    await shelf.albums.update(album.album_id, {"cover": "p03"})
    await asyncio.gather(
        shelf.pictures.order(album.album_id, names[:20][::-1]),
        shelf.pictures.add(album.album_id, names[20:25]),
        *(shelf.pictures.move(album.album_id, name, Beside(first=True)) for name in names[:8]),
        shelf.pictures.order(album.album_id, names[5:20]),
        shelf.pictures.add(album.album_id, names[25:], Beside(before="p10")),
        shelf.pictures.remove(album.album_id, names[:2]),
        *(shelf.hosting.deletions.delete(name) for name in names[2:5]),
        return_exceptions=True,
    )
    after = await shelf.albums.look(await shelf.albums.get(album.album_id))

    # Who came to order or move what was gone by then was told so, and changed nothing.
    assert names[5:] == sorted((await shelf.order(album)).split())
    assert (25, None) == (after.pictures, after.album.cover)


@on_one_database
async def test_removing(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c")
    await shelf.albums.update(album.album_id, {"cover": "b"})
    assert 2 == await shelf.pictures.remove(album.album_id, ["b", "c", "x"])
    assert 0 == await shelf.pictures.remove(album.album_id, ["b"])

    assert "a" == await shelf.order(album)
    assert (await shelf.albums.get(album.album_id)).cover is None
    assert await shelf.hosting.store.standing("b") is not None


async def test_pages_go_on_where_they_were(shelf: Shelf) -> None:
    names = [f"p{n:02}" for n in range(12)]
    album = await shelf.filled(*names)
    first = await shelf.pictures.page(album, limit=5)
    await shelf.pictures.remove(album.album_id, ["p04"])
    await shelf.upload("new")
    await shelf.pictures.add(album.album_id, ["new"], Beside(first=True))
    await shelf.pictures.move(album.album_id, "p11", Beside(before="p08"))
    second = await shelf.pictures.page(album, limit=5, cursor=first.pictures.cursor)

    assert names[:5] == [asset.public_id for asset in first.pictures.items]
    assert ["p05", "p06", "p07", "p11", "p08"] == [asset.public_id for asset in second.pictures.items]
    assert (0, 5) == (first.before, second.before)
    for shown, cursor in ((True, first.pictures.cursor), (False, "x")):
        with pytest.raises(InvalidCursor):
            await shelf.pictures.page(album, shown=shown, cursor=cursor)


@on_one_database
async def test_pages_go_on_in_another_order(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", "c", "d", "e")
    cursor = (await shelf.pictures.page(album, limit=2)).pictures.cursor
    await shelf.pictures.order(album.album_id, ["e", "b"])
    now = await shelf.albums.get(album.album_id)
    page = await shelf.pictures.page(now, limit=2, cursor=cursor)
    await shelf.pictures.remove(album.album_id, ["b"])

    assert ["a", "c"] == [asset.public_id for asset in page.pictures.items]
    with pytest.raises(InvalidCursor, match="another order"):
        await shelf.pictures.page(now, limit=2, cursor=cursor)


async def test_strangers_see_what_is_shown(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b")
    await shelf.hosting.upload(b"held", "held", hold=True)
    await shelf.hosting.upload(b"signed", "signed", access_mode="authenticated")
    await shelf.pictures.add(album.album_id, ["held", "signed"], Beside(first=True))
    mine, theirs = await shelf.albums.look(album), await shelf.albums.look(album, shown=True)

    assert ("held signed a b", "a b") == (await shelf.order(album), await shelf.order(album, shown=True))
    assert (4, 2) == (mine.pictures, theirs.pictures)
    assert ("held", "a") == (mine.cover and mine.cover.public_id, theirs.cover and theirs.cover.public_id)


async def test_a_picture_that_is_deleted_is_in_no_album(shelf: Shelf) -> None:
    one = await shelf.filled("a", "b")
    two = await shelf.albums.create(owner="ana", title="Two")
    await shelf.pictures.add(two.album_id, ["b", "a"])
    for album in (one, two):
        await shelf.albums.update(album.album_id, {"cover": "b"})
    chosen = await shelf.albums.look(await shelf.albums.get(one.album_id))
    await shelf.hosting.deletions.delete("b")
    looks = await shelf.albums.looks([await shelf.albums.get(each.album_id) for each in (one, two)])

    assert chosen.cover is not None
    assert "b" == chosen.cover.public_id
    assert [("a", 1, None)] * 2 == [
        (look.cover and look.cover.public_id, look.pictures, look.album.cover) for look in looks
    ]


@on_one_database
async def test_covers_are_pictures_of_the_album(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b")
    await shelf.upload("c")
    for name in ("c", "nothing"):
        with pytest.raises(AssetNotFound, match=name):
            await shelf.albums.update(album.album_id, {"cover": name})
    await shelf.albums.update(album.album_id, {"cover": "b"})
    await shelf.hosting.changes.rename("b", "bee")
    renamed = await shelf.albums.look(await shelf.albums.get(album.album_id))
    first = await shelf.albums.look(await shelf.albums.update(album.album_id, {"cover": None}))

    assert ("bee", "a") == (renamed.cover and renamed.cover.public_id, first.cover and first.cover.public_id)


async def test_lists_of_albums(shelf: Shelf) -> None:
    made = []
    for n in range(7):
        shelf.hosting.clock.now += n % 2
        visibility = ("public", "unlisted", "private")[n % 3]
        owner = "bob" if n == 6 else "ana"
        made.append(
            await shelf.albums.create(owner=owner, title=f"{n}", visibility=visibility)  # type: ignore[arg-type]
        )
    await shelf.albums.delete(made[3].album_id)

    async def listed(**query: str) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = await shelf.albums.list(**query, limit=2, cursor=cursor)  # type: ignore[arg-type]
            found += [album.title for album in page.items]
            if (cursor := page.cursor) is None:
                return found

    assert ["0", "1", "2", "4", "5"] == sorted(await listed(owner="ana"))
    assert ["6", "0"] == await listed(visibility="public")
    assert ["1", "4"] == sorted(await listed(owner="ana", visibility="unlisted"))
    assert [] == await listed(owner="nobody")


@on_one_database
async def test_deleting_an_album_keeps_its_pictures(shelf: Shelf) -> None:
    album = await shelf.filled("a", "b", visibility="public", name="cats")
    emptied = await shelf.albums.delete("cats", owner="ana")
    tombstone = await shelf.albums.find("cats")

    assert (0, False) == (emptied.pictures, emptied.more)
    assert tombstone is not None
    assert (True, "", "public") == (tombstone.gone, tombstone.title, tombstone.visibility)
    assert 2 == len((await shelf.hosting.store.list(Query())).items)
    for change in (
        shelf.albums.delete(album.album_id),
        shelf.albums.update(album.album_id, {"title": "Back"}),
        shelf.pictures.add(album.album_id, ["a"]),
    ):
        with pytest.raises(AlbumGone):
            await change


async def test_deleting_an_album_with_its_pictures(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    album = await shelf.filled("a", "b", "c")
    other = await shelf.albums.create(owner="ana", title="Other")
    await shelf.upload("d")
    await shelf.pictures.add(other.album_id, ["c", "d"])
    await shelf.hosting.jobs()
    # As if the server died before the first of them was deleted.
    monkeypatch.setattr(albums, "_DELETING_SECONDS", 0.0)
    first = await shelf.albums.delete(album.album_id, owner="ana", pictures=True)
    job = await shelf.hosting.outbox.lease(limit=10, seconds=5, kinds=["empty_album"])
    second = await shelf.albums.empty(**job[0].payload)  # type: ignore[arg-type]
    again = await shelf.albums.empty(**job[0].payload)  # type: ignore[arg-type]

    assert [(0, True), (3, False), (0, False)] == [(e.pictures, e.more) for e in (first, second, again)]
    assert ["a", "b", "c"] == sorted(receipt.public_id for receipt in shelf.hosting.told)
    assert ["delete"] * 3 == [receipt.kind for receipt in shelf.hosting.told]
    assert "d" == await shelf.order(other)


@on_one_database
async def test_pages_are_purged_when_they_change(shelf: Shelf) -> None:
    await shelf.upload("a", "b")
    album = await shelf.albums.create(owner="ana", title="Cats", visibility="unlisted")
    hidden = await shelf.albums.create(owner="ana", title="Mine", visibility="private")
    await shelf.hosting.jobs()
    for each in (album, hidden):
        await shelf.pictures.add(each.album_id, ["a", "b"])
        await shelf.pictures.order(each.album_id, ["b"])
        await shelf.albums.update(each.album_id, {"title": "All"})
        await shelf.albums.update(each.album_id, {"title": "All"})

    assert [album.album_id] * 3 == shelf.told
    assert ["purge_album"] * 3 == await shelf.hosting.jobs()
    await shelf.albums.update(album.album_id, {"visibility": "private"})
    assert ["purge_album"] * 2 == await shelf.hosting.jobs()
    assert [album.album_id] * 4 == shelf.told


@on_one_database
async def test_what_comes_to_be_shown_purges_pages(shelf: Shelf) -> None:
    album = await shelf.filled()
    await shelf.hosting.upload(b"held", "held", hold=True)
    await shelf.pictures.add(album.album_id, ["held"])
    await shelf.hosting.jobs()
    await shelf.hosting.changes.update("held", lambda _: {"state": "live"})
    await shelf.hosting.changes.update("held", lambda _: {"context": {"alt": "A cat"}})
    await shelf.hosting.changes.update("held", lambda _: {"tags": ("cat",)})

    assert ["purge", "purge_album", "purge_album"] == await shelf.hosting.jobs()


@pytest.mark.parametrize(
    ("low", "high", "count"), [(None, None, 3), (1024.0, None, 2), (None, 5.0, 2), (1.0, 2.0, 5000)]
)
def test_positions_are_in_their_order(low: float | None, high: float | None, count: int) -> None:
    found = album_order.between(low, high, count)

    assert found is not None
    around = ([] if low is None else [low]) + [*found] + ([] if high is None else [high])
    assert sorted(set(around)) == around


def test_there_are_only_so_many_numbers() -> None:
    assert album_order.between(1.0, 1.0 + 2**-52, 1) is None
