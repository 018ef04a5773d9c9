"""The tables of facts. Times are epoch seconds; `migrations/versions` has a migration for every change."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

metadata = MetaData()

originals = Table(
    "originals",
    metadata,
    Column("mount", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified_at", Double, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("info", JSON, nullable=False, comment="The fields of ImageInfo."),
    Column("generation", Integer, nullable=False, comment="Moves on by one when content_hash changes."),
    Column("learnt_at", Double, nullable=False, comment="When the bytes were last read."),
    Column("checked_at", Double, nullable=False, comment="When the storage last confirmed etag and size."),
    Column("gone_at", Double, comment="Set while the storage has no such object; the generation is kept."),
    Index("originals_by_content_hash", "content_hash"),
)

details = Table(
    "details",
    metadata,
    Column("public_id", Text, primary_key=True),
    Column("tags", JSON, nullable=False, comment="A list, sorted."),
    Column("context", JSON, nullable=False, comment="Texts by key."),
    Column("fields", JSON, nullable=False, comment="Texts and numbers by field of structured metadata."),
    Column("coordinates", JSON, comment="Left, top, width, height of the part that g_custom keeps."),
    Column("updated_at", Double, nullable=False),
)

named_transformations = Table(
    "named_transformations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False, comment="As in a URL."),
    Column("version", Integer, nullable=False, comment="Moves on by one with every change."),
    Column("updated_at", Double, nullable=False),
)

names = Table(
    "names",
    metadata,
    Column("mount", Text, primary_key=True),
    Column("name", Text, primary_key=True, comment="As written in the URL, without the mount's prefix."),
    Column("key", Text, nullable=False, comment="The original it led to."),
    Column("checked_at", Double, nullable=False, comment="When it last did."),
    Index("names_by_key", "mount", "key"),
)
