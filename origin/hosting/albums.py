"""Albums: made, changed, listed, deleted. What lies in them is for `album_pictures.py`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select, tuple_

from origin.errors import AssetNotFound
from origin.hosting import album_order, album_rows, rows
from origin.hosting.album import Album, Look, Visibility, check_album, new_album_id
from origin.hosting.album_pictures import add_to, by_public_id
from origin.hosting.album_rows import Told, mine, shown_in, tell_nobody
from origin.hosting.cursors import read_cursor, write_cursor
from origin.hosting.deletions import Deletions
from origin.hosting.listing import MOST_LISTED, Query
from origin.hosting.model import HostedAsset, Job, Page
from origin.hosting.outbox import NORMAL, post
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.tables import album_items, albums, assets

CHANGEABLE = ("title", "description", "visibility", "name", "cover")
"""What `update` takes; a cover by the public id of a picture in the album, or None."""
_DELETING_SECONDS = 2.0
"""How long whoever deletes an album waits for its pictures; the job does the rest."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many pictures of a deleted album were deleted with it, and whether there are more to be."""

    pictures: int
    more: bool


class Albums:
    """Keeps albums. `told` hears of every one that strangers may see otherwise than before.

    An album is named by its id or by its name. Methods that take an `owner` raise AlbumNotFound for an album
    of somebody else; None stands for anybody. AlbumGone is raised for one that was deleted.
    """

    def __init__(self, *, store: HostingStore, deletions: Deletions, told: Told = tell_nobody) -> None:
        self._store = store
        self._deletions = deletions
        self._told = told

    async def create(
        self,
        *,
        owner: str,
        title: str,
        description: str = "",
        visibility: Visibility = "unlisted",
        name: str | None = None,
        public_ids: Sequence[str] = (),
        album_id: str | None = None,
    ) -> Album:
        """A new album, of these pictures in this order; `album_id` is the one that it had where it was
        exported, and nobody has here.

        Raises InvalidAlbum, AlbumNameTaken, AssetNotFound for a picture that is not the owner's, and
        AlbumFull for too many of them or for who has too many albums.
        """
        values = {"title": title, "description": description, "visibility": visibility, "name": name}
        check_album(values)
        new_id = album_id or new_album_id()

        def work(transaction: Transaction) -> Album:
            now = transaction.now
            album = Album(
                album_id=new_id,
                owner=owner,
                created_at=now,
                updated_at=now,
                **values,  # type: ignore[arg-type]
            )
            by_public_id(transaction, public_ids, lock=True)
            album_rows.refuse_more(transaction, owner)
            if name is not None:
                album_rows.take_name(transaction, album, name)
            album_rows.write(transaction, album, None)
            return add_to(transaction, album, public_ids)[0] if public_ids else album

        return await self._store.write(work)

    async def find(self, wanted: str) -> Album | None:
        """The album or tombstone of that id, or of a name that it has or had."""
        return await self._store.read(lambda transaction: album_rows.find(transaction, wanted))

    async def get(self, wanted: str, *, owner: str | None = None) -> Album:
        """The album of that id or name."""
        return await self._store.read(lambda transaction: mine(transaction, wanted, owner))

    async def look(self, album: Album, *, shown: bool = False) -> Look:
        """The album with its cover; as strangers see it if `shown`."""
        return (await self.looks([album], shown=shown))[0]

    async def looks(self, found: Sequence[Album], *, shown: bool = False) -> tuple[Look, ...]:
        """Albums with their covers; as strangers see them if `shown`."""
        return await self._store.read(lambda transaction: _looks(transaction, found, shown))

    async def list(
        self,
        *,
        owner: str | None = None,
        visibility: Visibility | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Album]:
        """Some albums, the newest first. Raises InvalidCursor."""
        return await self._store.read(
            lambda transaction: _page(transaction, owner, visibility, limit=limit, cursor=cursor)
        )

    async def update(self, wanted: str, values: Mapping[str, Any], *, owner: str | None = None) -> Album:
        """The album with new values by the names in CHANGEABLE.

        Raises InvalidAlbum, AlbumNameTaken, AlbumFull, and AssetNotFound for a cover that is not in it.
        """
        if unknown := set(values) - set(CHANGEABLE):
            raise ValueError(f"{', '.join(sorted(unknown))}: Expected some of {', '.join(CHANGEABLE)}")

        def work(transaction: Transaction) -> tuple[Album, bool]:
            before = mine(transaction, wanted, owner, lock=True)
            new = dict(values)
            if new.get("cover") is not None:
                new["cover"] = _picture_in(transaction, before, new["cover"])
            check_album({"visibility": before.visibility, "name": before.name, **new})
            after = replace(before, **new)
            if after == before:
                return before, False
            after = replace(after, updated_at=transaction.now)
            if after.name is not None and after.name != before.name:
                album_rows.take_name(transaction, after, after.name)
            album_rows.write(transaction, after, before)
            self._post(transaction, before, after)
            return after, before.visibility != "private"

        album, seen = await self._store.write(work)
        if seen:
            await self._told([album.album_id])
        return album

    async def delete(self, wanted: str, *, owner: str | None = None, pictures: bool = False) -> Emptied:
        """Delete an album; and its pictures, if so said, by the way that every picture is deleted.

        The album is gone at once. Of its pictures as many are deleted as can be in two seconds; a job that
        was written down with it deletes the rest.
        """

        def work(transaction: Transaction) -> Album:
            before = mine(transaction, wanted, owner, lock=True)
            gone = replace(
                before,
                title="",
                description="",
                cover=None,
                updated_at=transaction.now,
                deleted_at=transaction.now,
            )
            album_rows.write(transaction, gone, before)
            self._post(transaction, before, gone)
            if not pictures:
                album_order.clear(transaction, gone.album_id)
                return gone
            about = {"album_id": gone.album_id, "owner": gone.owner}
            post(transaction, Job(kind="empty_album", payload=about, priority=NORMAL), key=gone.album_id)
            return gone

        gone = await self._store.write(work)
        if gone.visibility != "private":
            await self._told([gone.album_id])
        if not pictures:
            return Emptied(0, more=False)
        return await self.empty(gone.album_id, gone.owner, within_seconds=_DELETING_SECONDS)

    async def empty(self, album_id: str, owner: str, *, within_seconds: float | None = None) -> Emptied:
        """Delete the pictures of a deleted album, as many as time allows; done again, it goes on."""
        deleted, more, query = 0, True, Query(album=album_id, owner=owner)
        until = None if within_seconds is None else time.monotonic() + within_seconds
        while more and (until is None or time.monotonic() < until):
            receipts, more = await self._deletions.delete_matching(query, reason="album")
            deleted += len(receipts)
        if not more:
            await self._store.write(lambda transaction: album_order.clear(transaction, album_id))
        return Emptied(deleted, more)

    def _post(self, transaction: Transaction, before: Album, after: Album) -> None:
        """Write down the purges that follow from a change; twice where fewer may see it than before: an
        answer may be on its way to a CDN."""
        if before.visibility == "private":
            return
        album_rows.post_purge(transaction, before.album_id)
        if after.gone or after.visibility == "private":
            delay_seconds = self._store.times.purge_again_seconds
            album_rows.post_purge(transaction, before.album_id, delay_seconds=delay_seconds)


def _picture_in(transaction: Transaction, album: Album, public_id: str) -> str:
    asset = rows.find(transaction, public_id)
    if asset is None or asset.asset_id not in album_order.positions(transaction, album, [asset.asset_id]):
        raise AssetNotFound(f"{public_id[:80]!r}: no such picture in this album")
    return asset.asset_id


def _page(
    transaction: Transaction,
    owner: str | None,
    visibility: Visibility | None,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Album]:
    listed, limit = ("albums", owner, visibility), max(1, min(limit, MOST_LISTED))
    asked, order = (
        select(albums).where(albums.c.deleted_at.is_(None)),
        (albums.c.created_at, albums.c.album_id),
    )
    if owner is not None:
        asked = asked.where(albums.c.owner == owner)
    if visibility is not None:
        asked = asked.where(albums.c.visibility == visibility)
    if cursor is not None:
        asked = asked.where(tuple_(*order) < tuple_(*read_cursor(listed, cursor, (float, str))))
    asked = asked.order_by(*(column.desc() for column in order)).limit(limit + 1)
    found = [album_rows.album_of(row) for row in transaction.connection.execute(asked)]
    items, more = found[:limit], len(found) > limit
    leads_on = write_cursor(listed, (items[-1].created_at, items[-1].album_id)) if more else None
    return Page(tuple(items), leads_on)


def _looks(transaction: Transaction, found: Sequence[Album], shown: bool) -> tuple[Look, ...]:
    of = albums.c.album_id
    asked = select(of, _number(shown).label("number"), _cover(shown).label("cover"))
    asked = asked.where(of.in_([album.album_id for album in found]))
    by_id = {row.album_id: row for row in transaction.connection.execute(asked)}
    covers = _covers(transaction, [row.cover for row in by_id.values() if row.cover is not None])
    each = ((album, by_id[album.album_id]) for album in found)
    return tuple(Look(album=album, pictures=row.number, cover=covers.get(row.cover)) for album, row in each)


def _lying(asked: Select[Any], shown: bool) -> Select[Any]:
    """Of pictures those that lie in the album at hand."""
    asked = asked.join(album_items, album_items.c.asset_id == assets.c.asset_id)
    asked = asked.where(album_items.c.album_id == albums.c.album_id, assets.c.deleted_at.is_(None))
    return (shown_in(asked) if shown else asked).correlate(albums)


def _number(shown: bool) -> ScalarSelect[Any]:
    if not shown:
        # What is deleted is in no album: counting needs no look at each picture.
        inside = select(func.count()).select_from(album_items)
        return inside.where(album_items.c.album_id == albums.c.album_id).correlate(albums).scalar_subquery()
    return _lying(select(func.count()).select_from(assets), shown).scalar_subquery()


def _cover(shown: bool) -> Any:
    chosen = _lying(select(assets.c.asset_id), shown).where(assets.c.asset_id == albums.c.cover)
    first = _lying(select(assets.c.asset_id), shown).order_by(album_items.c.position).limit(1)
    return func.coalesce(chosen.scalar_subquery(), first.scalar_subquery())


def _covers(transaction: Transaction, asset_ids: Sequence[str]) -> Mapping[str, HostedAsset]:
    asked = select(assets).where(assets.c.asset_id.in_(asset_ids))
    return {row.asset_id: rows.asset_of(row) for row in transaction.connection.execute(asked)}
