"""Folders of pictures: nothing is stored of them, they are what public ids have before a slash."""

from __future__ import annotations

from sqlalchemy import func, select

from origin.hosting.listing import beginning
from origin.hosting.transaction import Transaction
from origin.metadata.tables import assets

MOST_FOLDERS = 500
_BEHIND_SLASH = "0"
"""The character that comes after `/`."""


def folders_of(transaction: Transaction, path: str, *, owner: str | None) -> tuple[str, ...]:
    """The names of the folders in `path`, or of the outermost ones, in their order; 500 at the most.

    Goes from one folder to the next by the index, however many pictures there are in each.
    """
    prefix = f"{path}/" if path else ""
    inside = func.substr(assets.c.public_id, len(prefix) + 1).contains("/")
    listed = select(assets.c.public_id).where(assets.c.deleted_at.is_(None), inside)
    listed = listed.where(*beginning(assets.c.public_id, prefix)).order_by(assets.c.public_id).limit(1)
    if owner is not None:
        listed = listed.where(assets.c.owner == owner)
    found: list[str] = []
    behind = prefix
    while len(found) < MOST_FOLDERS:
        asked = listed.where(assets.c.public_id >= behind)
        public_id = transaction.connection.execute(asked).scalar_one_or_none()
        if public_id is None:
            break
        name = public_id[len(prefix) :].partition("/")[0]
        found.append(name)
        behind = f"{prefix}{name}{_BEHIND_SLASH}"
    return tuple(found)
