"""Originals and the names that lead to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "originals",
        sa.Column("mount", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_at", sa.Double, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("info", sa.JSON, nullable=False, comment="The fields of ImageInfo."),
        sa.Column(
            "generation", sa.Integer, nullable=False, comment="Moves on by one when content_hash changes."
        ),
        sa.Column("learnt_at", sa.Double, nullable=False, comment="When the bytes were last read."),
        sa.Column(
            "checked_at", sa.Double, nullable=False, comment="When the storage last confirmed etag and size."
        ),
        sa.Column(
            "gone_at", sa.Double, comment="Set while the storage has no such object; the generation is kept."
        ),
    )
    op.create_index("originals_by_content_hash", "originals", ["content_hash"])
    op.create_table(
        "names",
        sa.Column("mount", sa.Text, primary_key=True),
        sa.Column(
            "name", sa.Text, primary_key=True, comment="As written in the URL, without the mount's prefix."
        ),
        sa.Column("key", sa.Text, nullable=False, comment="The original it led to."),
        sa.Column("checked_at", sa.Double, nullable=False, comment="When it last did."),
    )
    op.create_index("names_by_key", "names", ["mount", "key"])


def downgrade() -> None:
    op.drop_table("names")
    op.drop_table("originals")
