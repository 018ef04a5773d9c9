"""Lists of pictures: by owner, prefix, tag or album, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_

from origin.hosting import rows
from origin.hosting.cursors import read_cursor, write_cursor
from origin.hosting.model import TOMBSTONES, AssetState, HostedAsset, Page
from origin.hosting.transaction import Transaction
from origin.metadata.tables import SET_ASIDE, album_items, asset_tags, assets

MOST_LISTED = 1000
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which pictures, and in which order: those of an album as they lie there, those of a prefix by their
    ids, all others by the time they were made."""

    owner: str | None = None
    """None: everybody's."""
    prefix: str = ""
    """How their public ids begin."""
    tag: str | None = None
    album: str | None = None
    """An album_id. At most one of prefix, tag and album counts, the last of them that is given."""
    state: AssetState | None = None
    """None: live and held ones."""
    newest_first: bool = True
    """Of what is listed by time."""


def page_of(transaction: Transaction, query: Query, *, limit: int, cursor: str | None) -> Page[HostedAsset]:
    """At most `limit` pictures behind the cursor, and the cursor that leads on. Raises InvalidCursor."""
    limit = max(1, min(limit, MOST_LISTED))
    asked, order, kinds, descending = _asked(query)
    if cursor is not None:
        after = tuple_(*read_cursor(query, cursor, kinds))
        asked = asked.where(tuple_(*order) < after if descending else tuple_(*order) > after)
    asked = asked.order_by(*(column.desc() if descending else column for column in order)).limit(limit + 1)
    asked = asked.add_columns(*(column.label(f"at_{n}") for n, column in enumerate(order)))
    found = transaction.connection.execute(asked).all()
    more = len(found) > limit
    items = tuple(rows.asset_of(row) for row in found[:limit])
    last = tuple(getattr(found[limit - 1], f"at_{n}") for n in range(len(order))) if more else ()
    return Page(items, write_cursor(query, last) if more else None)


def tags_of(
    transaction: Transaction, *, owner: str | None, prefix: str, limit: int, cursor: str | None
) -> Page[str]:
    """At most `limit` tags behind the cursor. Raises InvalidCursor."""
    listed = ("tags", owner, prefix)
    limit = max(1, min(limit, MOST_LISTED))
    wanted = [*beginning(asset_tags.c.tag, prefix), *_owner(asset_tags.c.owner, owner)]
    behind = () if cursor is None else (asset_tags.c.tag > read_cursor(listed, cursor, (str,))[0],)
    # From one tag to the next by the index, past all the pictures that have it.
    step = select(func.min(asset_tags.c.tag).label("tag")).where(*wanted, *behind).cte(recursive=True)
    following = select(func.min(asset_tags.c.tag)).where(*wanted, asset_tags.c.tag > step.c.tag)
    step = step.union_all(select(following.scalar_subquery()).where(step.c.tag.is_not(None)))
    asked = select(step.c.tag).where(step.c.tag.is_not(None)).limit(limit + 1)
    found = transaction.connection.execute(asked).scalars().all()
    more = len(found) > limit
    return Page(tuple(found[:limit]), write_cursor(listed, (found[limit - 1],)) if more else None)


def _asked(query: Query) -> tuple[Select[Any], tuple[Any, ...], tuple[type, ...], bool]:
    """The statement, the columns it goes by, what kinds of value those are, and whether it goes down."""
    asked = select(assets).where(*_state(query.state))
    if query.album is not None:
        asked = asked.join(album_items, album_items.c.asset_id == assets.c.asset_id)
        asked = asked.where(album_items.c.album_id == query.album, *_owner(assets.c.owner, query.owner))
        return asked, (album_items.c.position, album_items.c.asset_id), (float, str), False
    if query.tag is not None:
        asked = asked.join(asset_tags, asset_tags.c.asset_id == assets.c.asset_id)
        asked = asked.where(asset_tags.c.tag == query.tag, *_owner(asset_tags.c.owner, query.owner))
        by = (asset_tags.c.created_at, asset_tags.c.asset_id)
        return asked, by, (float, str), query.newest_first
    asked = asked.where(*_owner(assets.c.owner, query.owner))
    if query.prefix:
        asked = asked.where(*beginning(assets.c.public_id, query.prefix))
        return asked, (assets.c.public_id,), (str,), False
    return asked, (assets.c.created_at, assets.c.asset_id), (float, str), query.newest_first


def _state(state: AssetState | None) -> tuple[ColumnElement[bool], ...]:
    gone = assets.c.deleted_at.is_not(None) if state in TOMBSTONES else assets.c.deleted_at.is_(None)
    if state is None:
        return (gone,)
    few = (text(f"assets.{SET_ASIDE}"),) if state in ("held", "rejected") else ()
    return (gone, assets.c.state == state, *few)


def _owner(column: Any, owner: str | None) -> tuple[ColumnElement[bool], ...]:
    return () if owner is None else (column == owner,)


def beginning(column: Any, prefix: str) -> tuple[ColumnElement[bool], ...]:
    """That a text begins so, as a range: an index finds that, and `%` and `_` are letters like others."""
    return (column >= prefix, column < prefix + _LAST) if prefix else ()
