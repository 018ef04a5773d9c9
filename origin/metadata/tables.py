"""The tables of facts. Times are epoch seconds; `migrations/versions` has a migration for every change."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

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

_ID = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts in the order of their bytes, so that a prefix is a range."""
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database counts up by itself."""

SET_ASIDE = "state IN ('held', 'rejected')"
"""Of assets: the few among very many. Whoever lists them says so in these words, and their index is used."""

blobs = Table(
    "blobs",
    metadata,
    Column("content_hash", Text, primary_key=True, comment="SHA-256 in hex."),
    Column("scope", Text, primary_key=True, comment="Empty where owners share objects."),
    Column("epoch", Integer, nullable=False, comment="Moves on by one when it is stored anew; never back."),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="live, deleting, or gone: no object, the epoch is kept."),
    Column("zero_since", Double, comment="Since when nothing refers to it."),
    Index("blobs_by_zero_since", "state", "zero_since"),
)

blob_refs = Table(
    "blob_refs",
    metadata,
    Column("content_hash", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("asset_id", Text, primary_key=True),
    Index("blob_refs_by_asset", "asset_id"),
)

assets = Table(
    "assets",
    metadata,
    Column("asset_id", Text, primary_key=True, comment="Another one when a deleted id is used again."),
    Column("owner", Text, nullable=False),
    Column("public_id", _ID, nullable=False, comment="One space of ids over all owners."),
    Column("content_hash", Text, nullable=False, comment="Empty where nothing was ever uploaded."),
    Column("scope", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("md5", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False, comment="Moves on with every change of bytes or state."),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False, comment="live, held, rejected or deleted."),
    Column("access_mode", Text, nullable=False, comment="public or authenticated."),
    Column("format", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("summary", JSON, comment="The fields of Summary; none of a tombstone."),
    Column("phash", BigInteger, comment="64 bits as a signed number."),
    Column("phash_0", Integer, comment="Its lowest 16 bits; and so on."),
    Column("phash_1", Integer),
    Column("phash_2", Integer),
    Column("phash_3", Integer),
    Column("original_filename", Text),
    Column("tags", JSON, nullable=False, comment="A list, sorted."),
    Column("context", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("coordinates", JSON),
    Column("findings", JSON, nullable=False, comment="What jobs found: faces, palette, moderation, scan."),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("deleted_at", Double, comment="Set of a tombstone."),
    Index("assets_by_public_id", "public_id", unique=True),
    *(
        Index(name, *columns, sqlite_where=text(alive), postgresql_where=text(alive))
        for name, columns, alive in (
            ("assets_by_owner", ("owner", "created_at", "asset_id"), "deleted_at IS NULL"),
            ("assets_by_owner_and_id", ("owner", "public_id"), "deleted_at IS NULL"),
            ("assets_by_size", ("owner", "size"), "deleted_at IS NULL"),
            ("assets_by_time", ("created_at", "asset_id"), "deleted_at IS NULL"),
            ("assets_by_content", ("content_hash", "owner"), "deleted_at IS NULL"),
            ("assets_by_phash_0", ("phash_0", "phash"), "deleted_at IS NULL"),
            ("assets_by_phash_1", ("phash_1", "phash"), "deleted_at IS NULL"),
            ("assets_by_phash_2", ("phash_2", "phash"), "deleted_at IS NULL"),
            ("assets_by_phash_3", ("phash_3", "phash"), "deleted_at IS NULL"),
            ("assets_tombstones", ("owner", "created_at", "asset_id"), "deleted_at IS NOT NULL"),
            ("assets_tombstones_by_time", ("created_at", "asset_id"), "deleted_at IS NOT NULL"),
            ("assets_set_aside", ("owner", "state", "created_at", "asset_id"), SET_ASIDE),
            ("assets_set_aside_by_time", ("state", "created_at", "asset_id"), SET_ASIDE),
        )
    ),
)

asset_tags = Table(
    "asset_tags",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("tag", _ID, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("created_at", Double, nullable=False, comment="That of the asset, to list by."),
    Index("asset_tags_by_tag", "tag", "created_at", "asset_id"),
    Index("asset_tags_by_owner", "owner", "tag", "created_at", "asset_id"),
)

albums = Table(
    "albums",
    metadata,
    Column("album_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("visibility", Text, nullable=False, comment="public, unlisted or private."),
    Column("cover", Text, comment="The asset_id of its cover, where one was chosen."),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("name", Text, comment="What it is called in its URL, where it has a name of its own."),
    Column("numbering", Integer, nullable=False, comment="Moves on by one when all positions become others."),
    Column("deleted_at", Double, comment="Set of a tombstone."),
    *(
        Index(name, *columns, sqlite_where=text(alive), postgresql_where=text(alive))
        for name, columns, alive in (
            ("albums_by_owner", ("owner", "created_at", "album_id"), "deleted_at IS NULL"),
            ("albums_by_visibility", ("visibility", "created_at", "album_id"), "deleted_at IS NULL"),
        )
    ),
)

album_names = Table(
    "album_names",
    metadata,
    Column("name", Text, primary_key=True, comment="One space of names over all owners."),
    Column("album_id", Text, nullable=False),
    Column(
        "owner", Text, nullable=False, comment="Whose it stays when the album has another name, or is gone."
    ),
    Index("album_names_by_album", "album_id"),
)

album_items = Table(
    "album_items",
    metadata,
    Column("album_id", Text, primary_key=True),
    Column("asset_id", Text, primary_key=True),
    Column("position", Double, nullable=False, comment="Between those of its neighbours."),
    Column("added_at", Double, nullable=False),
    Index("album_items_by_position", "album_id", "position", "asset_id"),
    Index("album_items_by_asset", "asset_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, comment="What it is about; jobs of one key have one effect."),
    Column("payload", JSON, nullable=False),
    Column("priority", Integer, nullable=False, comment="Lower goes first."),
    Column("created_at", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text, comment="Whose turn it is: a token of whoever took it last."),
    Column("lease_until", Double),
    Column("last_error", Text),
    Column("dead_at", Double, comment="Set when it is given up; it stays to be looked at."),
    Index("outbox_due", "dead_at", "not_before"),
    Index("outbox_by_key", "kind", "key"),
)

intents = Table(
    "intents",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("intents_by_content_hash", "content_hash"),
)

owners = Table(
    "owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key", Text, primary_key=True, comment="Its public part."),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False, comment="What people call it."),
    Column("secret_hash", Text, comment="Of bearer tokens: SHA-256 in hex."),
    Column("secret_sealed", Text, comment="Of secrets that verify signatures: encrypted."),
    Column("scopes", JSON, nullable=False, comment="A list of read, upload, delete, admin."),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Index("api_keys_by_owner", "owner"),
    Index("api_keys_by_secret_hash", "secret_hash"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="Of what was asked: another request is refused."),
    Column("asset_id", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("idempotency_by_expiry", "expires_at"),
)

delete_tokens = Table(
    "delete_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 in hex."),
    Column("asset_id", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("delete_tokens_by_asset", "asset_id"),
    Index("delete_tokens_by_expiry", "expires_at"),
)

upload_presets = Table(
    "upload_presets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("unsigned", Boolean, nullable=False, comment="Whether whoever has no key may upload with it."),
    Column("owner", Text, nullable=False, comment="Who owns what is uploaded with it unsigned."),
    Column("settings", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="delete, reject, overwrite, rename or restrict."),
    Column("owner", Text, nullable=False),
    Column("public_id", _ID, nullable=False),
    Column("asset_id", Text, nullable=False),
    Column("generation", Integer, nullable=False, comment="The first in which it is gone."),
    Column("content_hash", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("steps", JSON, nullable=False, comment="What was done since: a time by step."),
    Index("receipts_by_public_id", "public_id", "at"),
    Index("receipts_by_owner", "owner", "at", "receipt_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("sender", Text, primary_key=True, comment="Whose idempotency key it is."),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="Of what was asked: another request is refused."),
    Column("status", Integer, comment="Set once it was answered."),
    Column("headers", JSON),
    Column("body", Text, comment="Encrypted: it may hold what is told only once."),
    Column("busy_until", Double, nullable=False, comment="When whoever answers it has to be done."),
    Column("expires_at", Double, nullable=False),
    Index("answers_by_expiry", "expires_at"),
)
