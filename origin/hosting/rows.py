"""A hosted picture as a row of the database, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from origin.hosting.marks import check_marks
from origin.hosting.model import NOTHING_SEEN, AccessMode, Blob, HostedAsset, Summary
from origin.hosting.transaction import Transaction
from origin.metadata.tables import asset_tags, assets
from transforms.frame import ImageInfo

BANDS = 4
BAND_BITS = 16


def find(transaction: Transaction, public_id: str, *, lock: bool = False) -> HostedAsset | None:
    """The picture or tombstone of that public id."""
    return _find(transaction, assets.c.public_id == public_id, lock=lock)


def find_by_asset_id(transaction: Transaction, asset_id: str, *, lock: bool = False) -> HostedAsset | None:
    """The picture or tombstone of that asset id."""
    return _find(transaction, assets.c.asset_id == asset_id, lock=lock)


def find_twin(
    transaction: Transaction, *, owner: str, content_hash: str, access_mode: AccessMode, stem: str = ""
) -> HostedAsset | None:
    """The oldest picture of that owner with these bytes, shown to the same people, whose public id begins
    with `stem`."""
    asked = select(assets).where(
        assets.c.content_hash == content_hash,
        assets.c.owner == owner,
        assets.c.access_mode == access_mode,
        assets.c.deleted_at.is_(None),
    )
    if stem:
        asked = asked.where(assets.c.public_id.startswith(stem, autoescape=True))
    oldest = asked.order_by(assets.c.created_at, assets.c.asset_id).limit(1)
    row = transaction.connection.execute(oldest).one_or_none()
    return None if row is None else asset_of(row)


def drop(transaction: Transaction, tombstone: HostedAsset) -> None:
    """Remove the row of a tombstone, whose id and generation another row takes over."""
    transaction.connection.execute(delete(assets).where(assets.c.asset_id == tombstone.asset_id))


def write(transaction: Transaction, asset: HostedAsset, before: HostedAsset | None) -> None:
    """Write a picture, over the row of `before` where there is one: its asset id may be another.

    Raises UploadMalformed where too much is said of it.
    """
    check_marks(asset)
    values = values_of(asset)
    if before is None:
        transaction.connection.execute(insert(assets).values(values))
    else:
        mine = assets.c.asset_id == before.asset_id
        transaction.connection.execute(update(assets).where(mine).values(values))
    write_tags(transaction, asset, before)


def write_tags(transaction: Transaction, asset: HostedAsset, before: HostedAsset | None) -> None:
    """Write the rows that pictures are listed by tag with."""
    if before is not None and before.tags:
        transaction.connection.execute(delete(asset_tags).where(asset_tags.c.asset_id == before.asset_id))
    rows = [
        {"asset_id": asset.asset_id, "tag": tag, "owner": asset.owner, "created_at": asset.created_at}
        for tag in dict.fromkeys(asset.tags)
    ]
    if rows and not asset.gone:
        transaction.connection.execute(insert(asset_tags), rows)


def values_of(asset: HostedAsset) -> dict[str, Any]:
    """The columns of a picture."""
    info = asset.summary.info
    seen = asset.summary is not NOTHING_SEEN
    return {
        "asset_id": asset.asset_id,
        "owner": asset.owner,
        "public_id": asset.public_id,
        "content_hash": asset.blob.content_hash,
        "scope": asset.blob.scope,
        "epoch": asset.blob.epoch,
        "size": asset.blob.size,
        "md5": asset.md5,
        "generation": asset.generation,
        "version": asset.version,
        "state": asset.state,
        "access_mode": asset.access_mode,
        "format": info.format,
        "width": info.width,
        "height": info.height,
        "summary": asdict(asset.summary) if seen else None,
        **phash_columns(asset.summary.phash if seen else None),
        "original_filename": asset.original_filename,
        "tags": sorted(dict.fromkeys(asset.tags)),
        "context": dict(asset.context),
        "fields": dict(asset.fields),
        "coordinates": list(asset.coordinates) if asset.coordinates else None,
        "findings": dict(asset.findings),
        "created_at": asset.created_at,
        "updated_at": asset.updated_at,
        "deleted_at": asset.deleted_at,
    }


def phash_columns(phash: int | None) -> dict[str, int | None]:
    """A perceptual hash as a signed number, and in bands to search by."""
    if phash is None:
        return {"phash": None, **{f"phash_{band}": None for band in range(BANDS)}}
    signed = phash - (1 << 64) if phash >> 63 else phash
    return {"phash": signed, **{f"phash_{band}": value for band, value in enumerate(bands_of(phash))}}


def bands_of(phash: int) -> tuple[int, ...]:
    """The 16 bits of each band, the lowest first."""
    return tuple(phash >> BAND_BITS * band & 0xFFFF for band in range(BANDS))


def unsigned(phash: int) -> int:
    """A perceptual hash as it was before it became a column."""
    return phash & (1 << 64) - 1


def asset_of(row: Row[Any]) -> HostedAsset:
    """The picture that a row of `assets` is."""
    return HostedAsset(
        asset_id=row.asset_id,
        owner=row.owner,
        public_id=row.public_id,
        blob=Blob(content_hash=row.content_hash, scope=row.scope, epoch=row.epoch, size=row.size),
        md5=row.md5,
        generation=row.generation,
        version=row.version,
        state=row.state,
        access_mode=row.access_mode,
        summary=_summary(row.summary),
        original_filename=row.original_filename,
        tags=tuple(row.tags),
        context=row.context,
        fields=row.fields,
        coordinates=tuple(row.coordinates) if row.coordinates else None,
        findings=row.findings,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def _summary(said: Mapping[str, Any] | None) -> Summary:
    if said is None:
        return NOTHING_SEEN
    info = dict(said["info"])
    known = {name: value for name, value in info.items() if name in ImageInfo.__dataclass_fields__}
    return Summary(**{**said, "info": ImageInfo(**{**known, "delays": tuple(info.get("delays", ()))})})


def _find(transaction: Transaction, where: Any, *, lock: bool) -> HostedAsset | None:
    asked = select(assets).where(where)
    row = transaction.connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    return None if row is None else asset_of(row)
