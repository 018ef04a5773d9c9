"""What people say: details of originals, and named transformations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "details",
        sa.Column("public_id", sa.Text, primary_key=True),
        sa.Column("tags", sa.JSON, nullable=False, comment="A list, sorted."),
        sa.Column("context", sa.JSON, nullable=False, comment="Texts by key."),
        sa.Column(
            "fields", sa.JSON, nullable=False, comment="Texts and numbers by field of structured metadata."
        ),
        sa.Column(
            "coordinates", sa.JSON, comment="Left, top, width, height of the part that g_custom keeps."
        ),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
    op.create_table(
        "named_transformations",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False, comment="As in a URL."),
        sa.Column("version", sa.Integer, nullable=False, comment="Moves on by one with every change."),
        sa.Column("updated_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("named_transformations")
    op.drop_table("details")
