"""Which objects are stored and what refers to them: rows, not a counter.

    absent ──adopt──> live ──mark_deleting──> deleting ──mark_gone──> gone
                       ▲                          │                    │
                       └────── adopt, epoch + 1 ──┴────────────────────┘

An object's key holds its epoch, and an epoch that is past never comes back: whoever is late to delete an
object deletes one that nobody refers to any more. Hence a row outlives its object, as `gone`. Whoever adopts
an object says what the row was when he looked whether the object is there; if it became another meanwhile, he
has to look again. Rows are locked where they are read to be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, exists, insert, select, update

from origin.hosting.model import Blob
from origin.hosting.transaction import Transaction
from origin.metadata.tables import blob_refs, blobs

BlobState = Literal["live", "deleting", "gone"]
Verdict = Literal["deleting", "past", "ahead", "referred", "too_early"]


@dataclass(frozen=True, slots=True)
class BlobRow:
    """What the database says of the object of some bytes."""

    content_hash: str
    scope: str
    epoch: int
    size: int
    state: BlobState
    zero_since: float | None = None


def read_row(
    transaction: Transaction, content_hash: str, scope: str, *, lock: bool = False
) -> BlobRow | None:
    """The row of these bytes, if there is or was an object of them."""
    asked = select(blobs).where(blobs.c.content_hash == content_hash, blobs.c.scope == scope)
    row = transaction.connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    if row is None:
        return None
    return BlobRow(row.content_hash, row.scope, row.epoch, row.size, row.state, row.zero_since)


def aim(row: BlobRow | None, *, content_hash: str, scope: str, size: int) -> Blob:
    """The object to store and to refer to: the live one, else one of the next epoch."""
    epoch = 1 if row is None else row.epoch if row.state == "live" else row.epoch + 1
    return Blob(content_hash=content_hash, scope=scope, epoch=epoch, size=size)


def as_read(row: BlobRow | None, read: BlobRow | None) -> bool:
    """Whether the row still is what it was when the object was looked for; when it lost its last reference
    does not count."""
    return (row and (row.epoch, row.state)) == (read and (read.epoch, read.state))


def adopt(transaction: Transaction, blob: Blob, read: BlobRow | None) -> bool:
    """Make the object live, if its row is as it was read; the reference follows in the same transaction."""
    row = read_row(transaction, blob.content_hash, blob.scope, lock=True)
    if not as_read(row, read):
        return False
    values = {"epoch": blob.epoch, "size": blob.size, "state": "live", "zero_since": None}
    if row is None:
        new = insert(blobs).values(content_hash=blob.content_hash, scope=blob.scope, **values)
        transaction.connection.execute(new)
    elif row.state != "live" or row.zero_since is not None:
        transaction.connection.execute(update(blobs).where(_of(blob)).values(**values))
    return True


def refer(transaction: Transaction, blob: Blob, asset_id: str) -> None:
    """Write down that the asset needs the object; once more says the same."""
    transaction.connection.execute(transaction.upsert(blob_refs, _reference(blob, asset_id)))


def release(transaction: Transaction, blob: Blob, asset_id: str) -> bool:
    """The asset needs the object no longer; whether nothing does."""
    # Locked first: of two that release at once, the second has to see that the first is gone.
    read_row(transaction, blob.content_hash, blob.scope, lock=True)
    pairs = _reference(blob, asset_id).items()
    transaction.connection.execute(delete(blob_refs).where(*(blob_refs.c[name] == v for name, v in pairs)))
    if is_referred(transaction, blob):
        return False
    since = update(blobs).where(_of(blob), blobs.c.epoch == blob.epoch, blobs.c.state == "live")
    transaction.connection.execute(since.values(zero_since=transaction.now))
    return True


def is_referred(transaction: Transaction, blob: Blob) -> bool:
    """Whether any asset needs the object."""
    theirs = and_(
        blob_refs.c.content_hash == blob.content_hash,
        blob_refs.c.scope == blob.scope,
        blob_refs.c.epoch == blob.epoch,
    )
    return bool(transaction.connection.execute(select(exists().where(theirs))).scalar_one())


def mark_deleting(transaction: Transaction, blob: Blob, *, unused_before: float) -> Verdict:
    """Say that the object is about to be deleted, if nothing has needed it since that time.

    `past`: the row has gone on to a later epoch, or says so already; the object is anybody's to delete.
    `ahead`: no row knows it yet. Somebody stores it at this moment, or did and died: the sweep knows which.
    """
    row = read_row(transaction, blob.content_hash, blob.scope, lock=True)
    if row is None or row.epoch < blob.epoch:
        return "ahead"
    if row.epoch > blob.epoch or row.state != "live":
        return "past"
    if is_referred(transaction, blob):
        return "referred"
    if row.zero_since is None or row.zero_since > unused_before:
        return "too_early"
    transaction.connection.execute(update(blobs).where(_of(blob)).values(state="deleting"))
    return "deleting"


def mark_gone(transaction: Transaction, blob: Blob) -> None:
    """Say that there is no object of this epoch any more; later ones are left as they are."""
    mine = and_(_of(blob), blobs.c.epoch == blob.epoch, blobs.c.state == "deleting")
    transaction.connection.execute(update(blobs).where(mine).values(state="gone", zero_since=None))


def claim_orphan(transaction: Transaction, blob: Blob) -> bool:
    """Take an object that no row knows, so that nobody adopts it while it is being deleted.

    False where it is in use: whoever stored it was only slow.
    """
    row = read_row(transaction, blob.content_hash, blob.scope, lock=True)
    if row is not None and row.epoch >= blob.epoch:
        return row.epoch > blob.epoch or row.state != "live"
    if row is not None and row.state == "live":
        # An object of an epoch that has not come yet: the database is older than the storage.
        return False
    values = {"epoch": blob.epoch, "size": blob.size, "state": "deleting", "zero_since": None}
    if row is None:
        new = insert(blobs).values(content_hash=blob.content_hash, scope=blob.scope, **values)
        transaction.connection.execute(new)
    else:
        transaction.connection.execute(update(blobs).where(_of(blob)).values(**values))
    return True


def _of(blob: Blob) -> ColumnElement[bool]:
    return and_(blobs.c.content_hash == blob.content_hash, blobs.c.scope == blob.scope)


def _reference(blob: Blob, asset_id: str) -> dict[str, object]:
    return {
        "content_hash": blob.content_hash,
        "scope": blob.scope,
        "epoch": blob.epoch,
        "asset_id": asset_id,
    }


def blob_of_key(key: str, size: int) -> Blob | None:
    """The object of a key in the storage: `o/<sha[0:2]>/<sha>[.<scope>].<epoch>`; None for any other key."""
    parts = key.rpartition("/")[2].split(".")
    if len(parts) not in (2, 3) or len(parts[0]) != 64 or not parts[-1].isdigit():
        return None
    scope = parts[1] if len(parts) == 3 else ""
    found = Blob(content_hash=parts[0], scope=scope, epoch=int(parts[-1]), size=size)
    return found if found.key == key else None
