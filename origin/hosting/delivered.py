"""What delivery knows of hosted pictures: written with every change of one, so that the first request for it
reads no original twice, and none after a deletion finds facts.

The facts of a picture lie under a key of its own for every generation. The key says where the bytes are and
who may have them, so that reading asks no database.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, delete, select, update

from origin.hosting.model import HostedAsset
from origin.hosting.transaction import Transaction
from origin.metadata.tables import details, names, originals

HOSTED = "@hosted"
"""The name of the mount that hosted pictures lie in; none of the settings can have it."""


def key_of(asset: HostedAsset) -> str:
    """Where the facts of a picture lie: `<asset id>.<generation>/<access mode>/<owner>/<object key>`."""
    return f"{asset.asset_id}.{asset.generation}/{asset.access_mode}/{asset.owner}/{asset.blob.key}"


def object_key(key: str) -> str:
    """The key of the object that a key of ours names; empty for what is none."""
    return "".join(key.split("/", 3)[3:])


def owner_of(mount: str, key: str) -> str | None:
    """Whose an original is; None for one that nobody uploaded."""
    parts = key.split("/", 3)
    return parts[2] if mount == HOSTED and len(parts) == 4 else None


def needs_signature(mount: str, key: str) -> bool:
    """Whether an original may only be shown to whoever has a signed URL."""
    return mount == HOSTED and key.split("/", 2)[1:2] == ["authenticated"]


def tell(transaction: Transaction, asset: HostedAsset, before: HostedAsset | None = None) -> None:
    """Write what delivery has to know of `asset` from now on, in place of what it knew of `before`."""
    if before is not None and not before.placeholder:
        _forget(transaction, before)
    if asset.state == "live":
        _know(transaction, asset)
    if before is not None and before.public_id != asset.public_id:
        _say_nothing(transaction, before.public_id)
    if asset.gone:
        _say_nothing(transaction, asset.public_id)
    else:
        _say(transaction, asset)


def _know(transaction: Transaction, asset: HostedAsset) -> None:
    key = key_of(asset)
    facts = {
        "mount": HOSTED,
        "key": key,
        "etag": asset.standing.etag,
        "size": asset.blob.size,
        "modified_at": asset.version,
        "content_hash": asset.blob.content_hash,
        "info": asdict(asset.summary.info),
        "generation": asset.generation,
        "learnt_at": transaction.now,
        "checked_at": transaction.now,
        "gone_at": None,
    }
    name = {"mount": HOSTED, "name": asset.public_id, "key": key, "checked_at": transaction.now}
    transaction.connection.execute(transaction.upsert(originals, facts))
    transaction.connection.execute(transaction.upsert(names, name))


def _forget(transaction: Transaction, asset: HostedAsset) -> None:
    key = key_of(asset)
    led = and_(names.c.mount == HOSTED, names.c.key == key)
    known = and_(originals.c.mount == HOSTED, originals.c.key == key)
    transaction.connection.execute(delete(names).where(led))
    transaction.connection.execute(delete(originals).where(known))


def _say(transaction: Transaction, asset: HostedAsset) -> None:
    """Tags, context and the rest, where transformations look for them."""
    said: dict[str, Any] = {
        "tags": sorted(dict.fromkeys(asset.tags)),
        "context": dict(asset.context),
        "fields": dict(asset.fields),
        "coordinates": list(asset.coordinates) if asset.coordinates else None,
    }
    known = select(details).where(details.c.public_id == asset.public_id)
    row = transaction.connection.execute(known).one_or_none()
    if row is None and not any(said.values()):
        return
    if row is None or any(getattr(row, name) != value for name, value in said.items()):
        values = {"public_id": asset.public_id, **said, "updated_at": transaction.now}
        transaction.connection.execute(transaction.upsert(details, values))


def _say_nothing(transaction: Transaction, public_id: str) -> None:
    # The row stays, with its date: the `Last-Modified` of pictures must not move back.
    nothing: dict[str, Any] = {
        "tags": [],
        "context": {},
        "fields": {},
        "coordinates": None,
        "updated_at": transaction.now,
    }
    transaction.connection.execute(update(details).where(details.c.public_id == public_id).values(nothing))
