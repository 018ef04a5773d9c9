"""The order of the pictures in an album: positions, which are numbers between those of the neighbours.

Who changes it has the row of the album locked, so that no two pictures have one position. Where there is
no number left between two neighbours, all get others (`renumber`), and the album's `numbering` moves on: a
cursor says which numbering its position belongs to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import bindparam, delete, func, insert, select, update

from origin.hosting import album_rows
from origin.hosting.album import Album
from origin.hosting.transaction import Transaction
from origin.metadata.tables import album_items

STEP = 1024.0
"""From one picture to the next, where all is new: ten bisections and 43 more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures go: just before or just behind one that is there (an asset id), to the beginning, or,
    where nothing is said, to the end."""

    before: str | None = None
    after: str | None = None
    first: bool = False


END = Place()


def between(low: float | None, high: float | None, count: int) -> tuple[float, ...] | None:
    """So many numbers in their order, all above `low` and below `high`; None where there are none left."""
    if high is None:
        start = 0.0 if low is None else low
        return tuple(start + STEP * (n + 1) for n in range(count))
    if low is None:
        return tuple(high - STEP * (count - n) for n in range(count))
    gap = (high - low) / (count + 1)
    found = tuple(low + gap * (n + 1) for n in range(count))
    around = (low, *found, high)
    return found if all(one < other for one, other in pairwise(around)) else None


def order_of(transaction: Transaction, album: Album) -> list[str]:
    """The asset ids of all that is in an album, in their order."""
    asked = select(album_items.c.asset_id).where(album_items.c.album_id == album.album_id)
    asked = asked.order_by(album_items.c.position, album_items.c.asset_id)
    return list(transaction.connection.execute(asked).scalars())


def positions(transaction: Transaction, album: Album, asset_ids: Collection[str]) -> Mapping[str, float]:
    """Where those of these pictures lie that are in the album."""
    asked = select(album_items.c.asset_id, album_items.c.position)
    asked = asked.where(album_items.c.album_id == album.album_id, album_items.c.asset_id.in_(asset_ids))
    return {row.asset_id: row.position for row in transaction.connection.execute(asked)}


def put(transaction: Transaction, album: Album, asset_ids: Sequence[str], place: Place = END) -> Album:
    """Add pictures, in this order, that are not in the album yet, as their neighbour is; the album with its
    numbering."""
    album, found = _room(transaction, album, len(asset_ids), place, moving=())
    rows = [
        {"album_id": album.album_id, "asset_id": asset_id, "position": at, "added_at": transaction.now}
        for asset_id, at in zip(asset_ids, found, strict=True)
    ]
    if rows:
        transaction.connection.execute(insert(album_items), rows)
    return album


def move(transaction: Transaction, album: Album, asset_id: str, place: Place) -> Album:
    """Move a picture that is in the album, as its new neighbour is; the album with its numbering."""
    album, found = _room(transaction, album, 1, place, moving=(asset_id,))
    _write(transaction, album, {asset_id: found[0]})
    return album


def remove(transaction: Transaction, album: Album, asset_ids: Collection[str]) -> None:
    """Take pictures out of the album."""
    mine = (album_items.c.album_id == album.album_id, album_items.c.asset_id.in_(asset_ids))
    transaction.connection.execute(delete(album_items).where(*mine))


def clear(transaction: Transaction, album_id: str) -> None:
    """Take all pictures out of an album."""
    transaction.connection.execute(delete(album_items).where(album_items.c.album_id == album_id))


def renumber(transaction: Transaction, album: Album, order: Sequence[str]) -> Album:
    """Give all pictures of the album new positions, in this order; the album with its new numbering."""
    _write(transaction, album, {asset_id: STEP * (n + 1) for n, asset_id in enumerate(order)})
    after = replace(album, numbering=album.numbering + 1)
    album_rows.write(transaction, after, album)
    return after


def _room(
    transaction: Transaction, album: Album, count: int, place: Place, moving: Collection[str]
) -> tuple[Album, tuple[float, ...]]:
    found = between(*_neighbours(transaction, album, place, moving), count)
    if found is None:
        album = renumber(transaction, album, order_of(transaction, album))
        found = between(*_neighbours(transaction, album, place, moving), count)
    assert found is not None, "there is room for as many as an album holds between two that are new"
    return album, found


def _neighbours(
    transaction: Transaction, album: Album, place: Place, moving: Collection[str]
) -> tuple[float | None, float | None]:
    position = album_items.c.position
    others = (album_items.c.album_id == album.album_id, album_items.c.asset_id.not_in(moving))
    beside = place.before if place.before is not None else place.after
    if beside is None:
        end = func.min(position) if place.first else func.max(position)
        at = transaction.connection.execute(select(end).where(*others)).scalar_one()
        return (None, at) if place.first else (at, None)
    known = positions(transaction, album, [beside])[beside]
    if place.before is not None:
        asked = select(func.max(position)).where(*others, position < known)
        return transaction.connection.execute(asked).scalar_one(), known
    asked = select(func.min(position)).where(*others, position > known)
    return known, transaction.connection.execute(asked).scalar_one()


def _write(transaction: Transaction, album: Album, at: Mapping[str, float]) -> None:
    moved = (
        update(album_items)
        .where(album_items.c.album_id == album.album_id, album_items.c.asset_id == bindparam("of"))
        .values(position=bindparam("at"))
    )
    if at:
        transaction.connection.execute(
            moved, [{"of": asset_id, "at": position} for asset_id, position in at.items()]
        )
