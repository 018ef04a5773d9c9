"""Albums: names in URLs, tombstones, and positions that become others all at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ALIVE = sa.text("deleted_at IS NULL")
_INDEXES = {
    "albums_by_owner": ["owner", "created_at", "album_id"],
    "albums_by_visibility": ["visibility", "created_at", "album_id"],
}


def upgrade() -> None:
    op.add_column("albums", sa.Column("name", sa.Text))
    op.add_column("albums", sa.Column("numbering", sa.Integer, nullable=False, server_default="0"))
    op.add_column("albums", sa.Column("deleted_at", sa.Double))
    for name, columns in _INDEXES.items():
        op.drop_index(name, "albums")
        op.create_index(name, "albums", columns, sqlite_where=_ALIVE, postgresql_where=_ALIVE)
    op.create_table(
        "album_names",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("album_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
    )
    op.create_index("album_names_by_album", "album_names", ["album_id"])


def downgrade() -> None:
    op.drop_table("album_names")
    for name, columns in _INDEXES.items():
        op.drop_index(name, "albums")
        op.create_index(name, "albums", columns)
    for column in ("deleted_at", "numbering", "name"):
        op.drop_column("albums", column)
