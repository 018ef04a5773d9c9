"""Indexes for lists of the few among very many: what is held or rejected, and what was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SET_ASIDE = "state IN ('held', 'rejected')"
_INDEXES = (
    ("assets_tombstones_by_time", ["created_at", "asset_id"], "deleted_at IS NOT NULL"),
    ("assets_set_aside", ["owner", "state", "created_at", "asset_id"], _SET_ASIDE),
    ("assets_set_aside_by_time", ["state", "created_at", "asset_id"], _SET_ASIDE),
)


def upgrade() -> None:
    for name, columns, where in _INDEXES:
        op.create_index(name, "assets", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(name, "assets")
