"""What lies in albums: added, removed, ordered, and listed page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, tuple_

from origin.errors import AlbumFull, AssetNotFound, InvalidCursor
from origin.hosting import album_order, album_rows, rows
from origin.hosting.album import MOST_PICTURES, Album
from origin.hosting.album_order import Place
from origin.hosting.album_rows import Told, mine, shown_in, tell_nobody
from origin.hosting.cursors import read_cursor, write_cursor
from origin.hosting.listing import MOST_LISTED
from origin.hosting.model import HostedAsset, Page
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.tables import album_items, assets

_TOLD = 5
"""How many ids a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Where pictures go, by public ids: just before or just behind one of the album, to the beginning, or,
    where nothing is said, to the end. At most one of them counts."""

    before: str | None = None
    after: str | None = None
    first: bool = False


LAST = Beside()


@dataclass(frozen=True, slots=True)
class Lying:
    """Some of the pictures in an album, the cursor that leads on, and how many lie before them."""

    pictures: Page[HostedAsset]
    before: int


class AlbumPictures:
    """Changes what lies in albums and how. `told` hears of every album that strangers may see otherwise.

    Albums are named by id or name, pictures by public ids. Every method raises AlbumNotFound, for somebody
    else's album too where an `owner` is given, and AlbumGone.
    """

    def __init__(self, *, store: HostingStore, told: Told = tell_nobody) -> None:
        self._store = store
        self._told = told

    async def add(
        self, wanted: str, public_ids: Sequence[str], place: Beside = LAST, *, owner: str | None = None
    ) -> int:
        """Put pictures into the album, in this order; how many were not there yet. Those that were stay where
        they are.

        All of them have to be the album's owner's. Raises AssetNotFound for any that is not, or for a
        neighbour that is not in the album, and AlbumFull.
        """

        def change(transaction: Transaction, album: Album) -> tuple[Album, int]:
            return add_to(transaction, album, public_ids, place)

        return await self._change(wanted, owner, change, locked=public_ids)

    async def remove(self, wanted: str, public_ids: Sequence[str], *, owner: str | None = None) -> int:
        """Take pictures out of the album, which leaves the pictures alone; how many were in it. One of them
        that was its cover no longer is."""

        def change(transaction: Transaction, album: Album) -> tuple[Album, int]:
            named = by_public_id(transaction, public_ids).values()
            there = album_order.positions(transaction, album, [asset_id for asset_id, _ in named])
            album_order.remove(transaction, album, there)
            return replace(album, cover=None if album.cover in there else album.cover), len(there)

        return await self._change(wanted, owner, change)

    async def move(
        self, wanted: str, public_id: str, place: Beside = LAST, *, owner: str | None = None
    ) -> None:
        """Move one picture to another place in the album. Raises AssetNotFound where it or its neighbour is
        not in there."""

        def change(transaction: Transaction, album: Album) -> tuple[Album, int]:
            (asset_id,) = _in_album(transaction, album, [public_id])
            return album_order.move(transaction, album, asset_id, _place(transaction, album, place)), 1

        await self._change(wanted, owner, change)

    async def order(self, wanted: str, public_ids: Sequence[str], *, owner: str | None = None) -> int:
        """Have these pictures come first, in this order, and all others of the album behind them as they lie;
        how many there are. Raises AssetNotFound where one of them is not in there."""

        def change(transaction: Transaction, album: Album) -> tuple[Album, int]:
            first = dict.fromkeys(_in_album(transaction, album, public_ids))
            before = album_order.order_of(transaction, album)
            after = [*first, *(asset_id for asset_id in before if asset_id not in first)]
            if after != before:
                album = album_order.renumber(transaction, album, after)
            return album, len(after)

        return await self._change(wanted, owner, change)

    async def page(
        self, album: Album, *, shown: bool = False, limit: int = 50, cursor: str | None = None
    ) -> Lying:
        """Some of the pictures in an album, in their order; of those that strangers are shown if `shown`.

        A cursor goes on behind the picture it was made at, or behind the place where that lay if it is no
        longer in the album. Raises InvalidCursor.
        """
        return await self._store.read(
            lambda transaction: _page(transaction, album, shown, limit=limit, cursor=cursor)
        )

    async def _change(
        self,
        wanted: str,
        owner: str | None,
        change: Callable[[Transaction, Album], tuple[Album, int]],
        *,
        locked: Sequence[str] = (),
    ) -> int:
        """What `change` answers; with these pictures locked, so that none of them is deleted meanwhile."""

        def work(transaction: Transaction) -> tuple[Album, int]:
            # Pictures before albums, as a deletion does, so that the two do not wait for each other.
            by_public_id(transaction, locked, lock=True)
            before = mine(transaction, wanted, owner, lock=True)
            after, number = change(transaction, before)
            if not number:
                return before, 0
            album_rows.write(transaction, replace(after, updated_at=transaction.now), before)
            if before.visibility != "private":
                album_rows.post_purge(transaction, before.album_id)
            return before, number

        album, number = await self._store.write(work)
        if number and album.visibility != "private":
            await self._told([album.album_id])
        return number


def add_to(
    transaction: Transaction, album: Album, public_ids: Sequence[str], place: Beside = LAST
) -> tuple[Album, int]:
    """Put pictures into an album, whose row is locked as theirs are: the album with its numbering, and how
    many were not there yet. Raises AssetNotFound and AlbumFull."""
    found = _owned(transaction, album, public_ids)
    there = album_order.positions(transaction, album, found)
    new = [asset_id for asset_id in found if asset_id not in there]
    _refuse_more(transaction, album, len(new))
    return album_order.put(transaction, album, new, _place(transaction, album, place)), len(new)


def by_public_id(
    transaction: Transaction, public_ids: Sequence[str], *, lock: bool = False
) -> dict[str, tuple[str, str]]:
    """The asset id and the owner of each of these pictures that there is, by public id, in this order."""
    asked = select(assets.c.public_id, assets.c.asset_id, assets.c.owner)
    asked = asked.where(assets.c.public_id.in_(public_ids), assets.c.deleted_at.is_(None))
    asked = asked.order_by(assets.c.public_id)
    if not public_ids:
        return {}
    found = transaction.connection.execute(asked.with_for_update() if lock else asked).all()
    known = {row.public_id: (row.asset_id, row.owner) for row in found}
    return {public_id: known[public_id] for public_id in dict.fromkeys(public_ids) if public_id in known}


def _owned(transaction: Transaction, album: Album, public_ids: Sequence[str]) -> list[str]:
    known = by_public_id(transaction, public_ids)
    strange = [each for each in public_ids if each not in known or known[each][1] != album.owner]
    if strange:
        raise AssetNotFound(f"{_named(strange)}: no such picture of the album's owner")
    return [asset_id for asset_id, _ in known.values()]


def _in_album(transaction: Transaction, album: Album, public_ids: Sequence[str]) -> list[str]:
    known = by_public_id(transaction, public_ids)
    there = album_order.positions(transaction, album, [asset_id for asset_id, _ in known.values()])
    missing = [each for each in public_ids if each not in known or known[each][0] not in there]
    if missing:
        raise AssetNotFound(f"{_named(missing)}: no such picture in this album")
    return [asset_id for asset_id, _ in known.values()]


def _named(public_ids: Sequence[str]) -> str:
    more = f" and {len(public_ids) - _TOLD} more" if len(public_ids) > _TOLD else ""
    return ", ".join(repr(each[:80]) for each in public_ids[:_TOLD]) + more


def _place(transaction: Transaction, album: Album, place: Beside) -> Place:
    beside = place.before if place.before is not None else place.after
    if beside is None:
        return Place(first=place.first)
    (asset_id,) = _in_album(transaction, album, [beside])
    return Place(before=asset_id) if place.before is not None else Place(after=asset_id)


def _refuse_more(transaction: Transaction, album: Album, count: int) -> None:
    asked = select(func.count()).where(album_items.c.album_id == album.album_id)
    if int(transaction.connection.execute(asked).scalar_one()) + count > MOST_PICTURES:
        raise AlbumFull(f"an album holds at most {MOST_PICTURES:,} pictures")


def _page(transaction: Transaction, album: Album, shown: bool, *, limit: int, cursor: str | None) -> Lying:
    listed, limit = ("album", album.album_id, shown), max(1, min(limit, MOST_LISTED))
    order = (album_items.c.position, album_items.c.asset_id)
    lying = select(assets).join(album_items, album_items.c.asset_id == assets.c.asset_id)
    lying = lying.where(album_items.c.album_id == album.album_id, assets.c.deleted_at.is_(None))
    lying = shown_in(lying) if shown else lying
    asked, before = lying.add_columns(album_items.c.position), 0
    if cursor is not None:
        behind = _behind(transaction, album, read_cursor(listed, cursor, (int, float, str)))
        asked = asked.where(tuple_(*order) > tuple_(*behind))
        counted = lying.where(tuple_(*order) <= tuple_(*behind)).with_only_columns(func.count())
        before = int(transaction.connection.execute(counted).scalar_one())
    found = transaction.connection.execute(asked.order_by(*order).limit(limit + 1)).all()
    last: Any = found[limit - 1] if len(found) > limit else None
    mark = () if last is None else (album.numbering, last.position, last.asset_id)
    items = tuple(rows.asset_of(row) for row in found[:limit])
    return Lying(Page(items, write_cursor(listed, mark) if mark else None), before)


def _behind(transaction: Transaction, album: Album, said: tuple[int, float, str]) -> tuple[float, str]:
    """Where a cursor goes on: positions of another numbering mean nothing, the picture itself still does."""
    numbering, position, asset_id = said
    if numbering != album.numbering:
        now = album_order.positions(transaction, album, [asset_id]).get(asset_id)
        if now is None:
            raise InvalidCursor("the album was put in another order since: begin again")
        position = now
    return position, asset_id
