"""A database filled with hosted pictures: made in the database itself, of one that was written as all are."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from sqlalchemy import Connection, Index, Table, text

from origin.hosting import rows
from origin.hosting.model import Blob, HostedAsset, Summary
from origin.hosting.transaction import Transaction
from origin.metadata.store import MetadataStore
from origin.metadata.tables import album_items, asset_tags, assets, blob_refs, blobs
from transforms.frame import ImageInfo

LARGEST_OWNER = "owner-0"
COMMON, RARE = "common", "rare"
ALBUM = "Album000000000000000"
_IN_ALBUM = 5000
_SPREAD = 2_654_435_761
"""Multiplied by this, numbers that follow each other lie far apart, as random ids do (Knuth, TAOCP 6.4)."""
_TABLES = (blobs, blob_refs, assets, asset_tags, album_items)


@dataclass(frozen=True, slots=True)
class Filled:
    """How many there are; and names of some, drawn anew for each seed."""

    number: int

    def ids(self, *, seed: int) -> Iterator[str]:
        """Asset ids."""
        return (f"{n * _SPREAD % 2**32:08x}{n:024x}" for n in self._some(seed))

    def public_ids(self, *, seed: int) -> Iterator[str]:
        """Their public ids; none of a tombstone."""
        return (f"folder-{n % 1000}/picture-{n}" for n in self._some(seed) if n % 20)

    def _some(self, seed: int) -> Iterator[int]:
        draw = random.Random(seed)
        while True:
            yield draw.randrange(1, self.number + 1)


async def fill(metadata: MetadataStore, number: int) -> Filled:
    """Write them: a twentieth is deleted, one in 5,000 held, one in 50,000 rejected; six in ten belong to one
    owner; a third has the common tag, one in 10,000 the rare one, all have one of a thousand."""
    for step in (_hurry, _drop_indexes, partial(_fill, number=number), _make_indexes, _analyze):
        await metadata.run(step)
    return Filled(number)


def _indexes() -> Iterator[tuple[Table, Index]]:
    return ((table, index) for table in _TABLES for index in table.indexes)


def _drop_indexes(connection: Connection) -> None:
    for _, index in _indexes():
        index.drop(connection)


def _make_indexes(connection: Connection) -> None:
    for _, index in _indexes():
        index.create(connection)


def _hurry(connection: Connection) -> None:
    """Have SQLite keep pages of random ids in memory while they are written; for this connection only."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size = -1500000")


def _analyze(connection: Connection) -> None:
    """PostgreSQL does so by itself, after a while; nobody does in SQLite."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


def _fill(connection: Connection, *, number: int) -> None:
    rows.write(Transaction(connection, None, time.time()), _template(), None)  # type: ignore[arg-type]
    lite = connection.dialect.name == "sqlite"
    series = (
        f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM s WHERE n < {number}) SELECT * FROM s)"
        if lite
        else f"(SELECT n::bigint AS n FROM generate_series(1, {number}) AS n)"
    )
    spread = f"(n * {_SPREAD} % 4294967296)"
    asset_id = (
        f"printf('%08x%024x', {spread}, n)"
        if lite
        else (f"lpad(to_hex({spread}), 8, '0') || lpad(to_hex(n), 24, '0')")
    )
    made = {
        "asset_id": asset_id,
        "owner": "CASE WHEN n % 10 < 6 THEN 'owner-0' ELSE 'owner-' || (n % 97 + 1) END",
        "public_id": "'folder-' || (n % 1000) || '/picture-' || n",
        "content_hash": f"{asset_id} || {asset_id}",
        "state": "CASE WHEN n % 50000 = 0 THEN 'rejected' WHEN n % 20 = 0 THEN 'deleted' "
        "WHEN n % 5000 = 1 THEN 'held' ELSE 'live' END",
        "created_at": "1700000000.0 + n",
        "updated_at": "1700000000.0 + n",
        "deleted_at": "CASE WHEN n % 20 = 0 THEN 1700000000.0 + n END",
        **{f"phash_{band}": f"(n * {7919 + 2 * band} % 65536)" for band in range(4)},
    }
    _copy(connection, assets, made, f"{series} AS s, assets AS t WHERE t.public_id = 'template'")
    live = "assets AS t WHERE t.deleted_at IS NULL AND t.public_id != 'template'"
    object_of = {name: f"t.{name}" for name in ("content_hash", "scope", "epoch")}
    _copy(connection, blob_refs, object_of | {"asset_id": "t.asset_id"}, live)
    _copy(connection, blobs, object_of | {"size": "t.size", "state": "'live'", "zero_since": "NULL"}, live)
    said = {"asset_id": "t.asset_id", "owner": "t.owner", "created_at": "t.created_at"}
    number_of = "CAST(t.created_at - 1700000000.0 AS INTEGER)"
    for tag, which in (
        (f"'{COMMON}'", f"{number_of} % 3 = 0"),
        (f"'{RARE}'", f"{number_of} % 10000 = 7"),
        (f"'tag-' || ({number_of} % 1000)", "1 = 1"),
    ):
        _copy(connection, asset_tags, said | {"tag": tag}, f"{live} AND {which}")
    placed = {
        "album_id": f"'{ALBUM}'",
        "asset_id": "t.asset_id",
        "position": "t.created_at",
        "added_at": "t.created_at",
    }
    _copy(connection, album_items, placed, f"{live} AND {number_of} <= {_IN_ALBUM}")


def _copy(connection: Connection, table: Table, made: dict[str, str], source: str) -> None:
    columns = [column.name for column in table.columns]
    values = ", ".join(made.get(name, f"t.{name}") for name in columns)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} FROM {source}"
    )


def _template() -> HostedAsset:
    """What a photograph of a telephone has to be remembered of."""
    summary = Summary(
        info=ImageInfo("jpg", 4032, 3024),
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        color="#806040",
        preview=f"data:image/webp;base64,{'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+' * 8}",
        phash=0x1234567812345678,
        exif={"Make": "Camera", "Model": "One", "DateTimeOriginal": "2026:11:22 12:00:00", "ISO": "100"},
    )
    return HostedAsset(
        asset_id="0" * 32,
        owner="nobody",
        public_id="template",
        blob=Blob(content_hash=sha256(b"").hexdigest(), epoch=1, size=3_000_000),
        md5="0" * 32,
        generation=1,
        version=1_700_000_000,
        state="live",
        summary=summary,
        original_filename="IMG_0001.JPG",
        created_at=1_600_000_000.0,
        updated_at=1_600_000_000.0,
    )
