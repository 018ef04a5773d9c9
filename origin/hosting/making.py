"""A picture as a value, made of an upload and of what was there before under its id."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from origin.hosting import blobs, rows
from origin.hosting.model import NOTHING_SEEN, Blob, HostedAsset, Restored, Summary, Wanted
from origin.hosting.received import Received
from origin.hosting.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Step 5 of an upload: what was received, what is wanted, and the object that was stored."""

    received: Received
    summary: Summary
    wanted: Wanted
    public_id: str
    """The one wanted, else a random one."""
    blob: Blob
    read: blobs.BlobRow | None
    """The row of the object as it was read before that was stored."""


def made(transaction: Transaction, upload: Upload, before: HostedAsset | None) -> HostedAsset:
    """The picture of an upload; `before` is what lies under its id, a tombstone perhaps."""
    overwritten = before is not None and not before.gone
    now = transaction.now
    restored = upload.wanted.restored or Restored()
    return HostedAsset(
        asset_id=before.asset_id if before is not None and overwritten else _new_id(transaction, restored),
        owner=upload.wanted.owner,
        public_id=upload.public_id,
        blob=upload.blob,
        md5=upload.received.md5,
        generation=before.generation + 1 if before is not None else 1,
        version=_version(now, before, restored),
        state="held" if upload.wanted.hold else "live",
        summary=upload.summary,
        original_filename=upload.received.filename,
        created_at=before.created_at if before is not None and overwritten else restored.created_at or now,
        updated_at=now,
        **said(upload.wanted),
    )


def _new_id(transaction: Transaction, restored: Restored) -> str:
    wanted = restored.asset_id
    if wanted is None or rows.find_by_asset_id(transaction, wanted) is not None:
        return secrets.token_hex(16)
    return wanted


def _version(now: float, before: HostedAsset | None, restored: Restored) -> int:
    """The old one of what was never here: links to it showed these very bytes."""
    if before is None:
        return restored.version or int(now)
    return max(int(now), before.version + 1)


def said(wanted: Wanted) -> dict[str, Any]:
    """What an upload says of its picture, by the fields of that."""
    return {
        "access_mode": wanted.access_mode,
        "tags": tuple(sorted(dict.fromkeys(wanted.tags))),
        "context": dict(wanted.context),
        "fields": dict(wanted.fields),
        "coordinates": wanted.coordinates,
    }


def placeholder(before: HostedAsset, now: float) -> HostedAsset:
    """What keeps the generation of an id that leads nowhere any more."""
    return replace(
        before,
        asset_id=secrets.token_hex(16),
        blob=Blob(content_hash="", epoch=0, size=0),
        md5="",
        generation=before.generation + 1,
        state="deleted",
        summary=NOTHING_SEEN,
        original_filename=None,
        tags=(),
        context={},
        fields={},
        coordinates=None,
        findings={},
        updated_at=now,
        deleted_at=now,
    )
