"""One file for each step; alembic reads them in the order of their `down_revision`."""
