"""Hosting: what was uploaded, what it is stored as, albums, keys, and what is still to be done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ALIVE = sa.text("deleted_at IS NULL")
_DEAD = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("content_hash", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("zero_since", sa.Double),
    )
    op.create_index("blobs_by_zero_since", "blobs", ["state", "zero_since"])
    op.create_table(
        "blob_refs",
        sa.Column("content_hash", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("asset_id", sa.Text, primary_key=True),
    )
    op.create_index("blob_refs_by_asset", "blob_refs", ["asset_id"])
    op.create_table(
        "assets",
        sa.Column("asset_id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("public_id", _ID, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("md5", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("access_mode", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("summary", sa.JSON),
        sa.Column("phash", sa.BigInteger),
        sa.Column("phash_0", sa.Integer),
        sa.Column("phash_1", sa.Integer),
        sa.Column("phash_2", sa.Integer),
        sa.Column("phash_3", sa.Integer),
        sa.Column("original_filename", sa.Text),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("coordinates", sa.JSON),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("deleted_at", sa.Double),
    )
    op.create_index(
        "assets_by_content", "assets", ["content_hash", "owner"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index(
        "assets_by_owner",
        "assets",
        ["owner", "created_at", "asset_id"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_index(
        "assets_by_owner_and_id",
        "assets",
        ["owner", "public_id"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_index(
        "assets_by_size",
        "assets",
        ["owner", "size"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_index(
        "assets_by_phash_0", "assets", ["phash_0", "phash"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index(
        "assets_by_phash_1", "assets", ["phash_1", "phash"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index(
        "assets_by_phash_2", "assets", ["phash_2", "phash"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index(
        "assets_by_phash_3", "assets", ["phash_3", "phash"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index("assets_by_public_id", "assets", ["public_id"], unique=True)
    op.create_index(
        "assets_by_time", "assets", ["created_at", "asset_id"], sqlite_where=_ALIVE, postgresql_where=_ALIVE
    )
    op.create_index(
        "assets_tombstones",
        "assets",
        ["owner", "created_at", "asset_id"],
        sqlite_where=_DEAD,
        postgresql_where=_DEAD,
    )
    op.create_table(
        "asset_tags",
        sa.Column("asset_id", sa.Text, primary_key=True),
        sa.Column("tag", _ID, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_index("asset_tags_by_owner", "asset_tags", ["owner", "tag", "created_at", "asset_id"])
    op.create_index("asset_tags_by_tag", "asset_tags", ["tag", "created_at", "asset_id"])
    op.create_table(
        "albums",
        sa.Column("album_id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("cover", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
    op.create_index("albums_by_owner", "albums", ["owner", "created_at", "album_id"])
    op.create_index("albums_by_visibility", "albums", ["visibility", "created_at", "album_id"])
    op.create_table(
        "album_items",
        sa.Column("album_id", sa.Text, primary_key=True),
        sa.Column("asset_id", sa.Text, primary_key=True),
        sa.Column("position", sa.Double, nullable=False),
        sa.Column("added_at", sa.Double, nullable=False),
    )
    op.create_index("album_items_by_asset", "album_items", ["asset_id"])
    op.create_index("album_items_by_position", "album_items", ["album_id", "position", "asset_id"])
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", sa.Text),
        sa.Column("lease_until", sa.Double),
        sa.Column("last_error", sa.Text),
        sa.Column("dead_at", sa.Double),
    )
    op.create_index("outbox_by_key", "outbox", ["kind", "key"])
    op.create_index("outbox_due", "outbox", ["dead_at", "not_before"])
    op.create_table(
        "intents",
        sa.Column("upload_id", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("intents_by_content_hash", "intents", ["content_hash"])
    op.create_table(
        "owners",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text),
        sa.Column("secret_sealed", sa.Text),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
    )
    op.create_index("api_keys_by_owner", "api_keys", ["owner"])
    op.create_index("api_keys_by_secret_hash", "api_keys", ["secret_hash"])
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("idempotency_by_expiry", "idempotency", ["expires_at"])
    op.create_table(
        "delete_tokens",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("delete_tokens_by_asset", "delete_tokens", ["asset_id"])
    op.create_index("delete_tokens_by_expiry", "delete_tokens", ["expires_at"])
    op.create_table(
        "upload_presets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("unsigned", sa.Boolean, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("public_id", _ID, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("steps", sa.JSON, nullable=False),
    )
    op.create_index("receipts_by_owner", "receipts", ["owner", "at", "receipt_id"])
    op.create_index("receipts_by_public_id", "receipts", ["public_id", "at"])


def downgrade() -> None:
    for table in (
        "receipts",
        "upload_presets",
        "delete_tokens",
        "idempotency",
        "api_keys",
        "owners",
        "intents",
        "outbox",
        "album_items",
        "albums",
        "asset_tags",
        "assets",
        "blob_refs",
        "blobs",
    ):
        op.drop_table(table)
