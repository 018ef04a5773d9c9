"""An album as rows of the database: found, written, counted, called by names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update

from origin.errors import AlbumFull, AlbumGone, AlbumNameTaken, AlbumNotFound
from origin.hosting.album import MOST_ALBUMS, MOST_NAMES, Album
from origin.hosting.model import Job
from origin.hosting.outbox import URGENT, post
from origin.hosting.transaction import Transaction
from origin.metadata.tables import album_items, album_names, albums, assets

Told = Callable[[Sequence[str]], Awaitable[None]]
"""Told the ids of albums whose pages are no longer what they were, once that is written: purges them."""


async def tell_nobody(_: Sequence[str]) -> None:
    """For who has no pages."""


def find(transaction: Transaction, wanted: str, *, lock: bool = False) -> Album | None:
    """The album or tombstone of that id, or of that name, which it may have had once."""
    named = select(album_names.c.album_id).where(album_names.c.name == wanted).scalar_subquery()
    asked = select(albums).where(or_(albums.c.album_id == wanted, albums.c.album_id == named))
    row = transaction.connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    return None if row is None else album_of(row)


def mine(transaction: Transaction, wanted: str, owner: str | None, *, lock: bool = False) -> Album:
    """The album of that id or name that there is. Raises AlbumNotFound and AlbumGone."""
    album = find(transaction, wanted, lock=lock)
    if album is None or owner not in (None, album.owner):
        raise AlbumNotFound(f"{wanted[:80]!r}: no such album")
    if album.gone:
        raise AlbumGone(f"{wanted[:80]!r}: this album was deleted")
    return album


def shown_in(asked: Select[Any]) -> Select[Any]:
    """Of pictures in albums those that strangers are shown."""
    return asked.where(assets.c.state == "live", assets.c.access_mode == "public")


def write(transaction: Transaction, album: Album, before: Album | None) -> None:
    """Write an album, over the row of `before` where there is one."""
    values = asdict(album)
    if before is None:
        transaction.connection.execute(insert(albums).values(values))
    else:
        mine = albums.c.album_id == before.album_id
        transaction.connection.execute(update(albums).where(mine).values(values))


def refuse_more(transaction: Transaction, owner: str) -> None:
    """Raise AlbumFull for who has as many albums as anybody may."""
    asked = select(func.count()).where(albums.c.owner == owner, albums.c.deleted_at.is_(None))
    if int(transaction.connection.execute(asked).scalar_one()) >= MOST_ALBUMS:
        raise AlbumFull(f"{owner}: nobody has more than {MOST_ALBUMS:,} albums")


def take_name(transaction: Transaction, album: Album, name: str) -> None:
    """Have a name lead to an album from now on. A name stays its owner's: links to what one person showed
    must not come to show what another does.

    Raises AlbumNameTaken, and AlbumFull for the album that had too many names already.
    """
    known = select(album_names).where(album_names.c.name == name).with_for_update()
    row = transaction.connection.execute(known).one_or_none()
    if row is not None and row.owner != album.owner:
        raise AlbumNameTaken(f"{name}: this name belongs to another owner")
    if row is not None and row.album_id == album.album_id:
        return
    other = None if row is None else find(transaction, row.album_id)
    if other is not None and not other.gone and other.name == name:
        raise AlbumNameTaken(f"{name}: another album of yours has this name")
    mine = album_names.c.album_id == album.album_id
    had = int(transaction.connection.execute(select(func.count()).where(mine)).scalar_one())
    if had >= MOST_NAMES:
        raise AlbumFull(f"an album has at most {MOST_NAMES} names in its life")
    values = {"name": name, "album_id": album.album_id, "owner": album.owner}
    if row is None:
        # Not an upsert: who is overtaken here has to look again whose it is.
        transaction.connection.execute(insert(album_names).values(values))
    else:
        transaction.connection.execute(update(album_names).where(album_names.c.name == name).values(values))


def forget_picture(transaction: Transaction, asset_id: str) -> None:
    """Take a picture that is no more out of all albums, and off their covers."""
    ids = albums_of(transaction, asset_id)
    if not ids:
        return
    # Albums before what lies in them, as who orders one does: so the two do not wait for each other.
    covered = and_(albums.c.album_id.in_(ids), albums.c.cover == asset_id)
    transaction.connection.execute(update(albums).where(covered).values(cover=None))
    transaction.connection.execute(delete(album_items).where(album_items.c.asset_id == asset_id))


def tell_albums(transaction: Transaction, asset_id: str) -> None:
    """Have the pages purged of all albums that a picture is in, which does not show on them yet."""
    for album_id in albums_of(transaction, asset_id):
        post_purge(transaction, album_id)


def post_purge(transaction: Transaction, album_id: str, *, delay_seconds: float = 0.0) -> None:
    """Write down that the pages of an album are to be purged."""
    payload = {"album_id": album_id}
    job = Job(kind="purge_album", payload=payload, delay_seconds=delay_seconds, priority=URGENT)
    post(transaction, job, key=album_id)


def albums_of(transaction: Transaction, asset_id: str) -> tuple[str, ...]:
    """The ids of the albums that a picture is in, in their order."""
    asked = select(album_items.c.album_id).where(album_items.c.asset_id == asset_id)
    return tuple(transaction.connection.execute(asked.order_by(album_items.c.album_id)).scalars())


def album_of(row: Row[Any]) -> Album:
    """The album that a row of `albums` is."""
    return Album(**{name: getattr(row, name) for name in Album.__dataclass_fields__})
