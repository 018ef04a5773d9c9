"""Whether a database is up to date already, told without SQLAlchemy: most servers start on one that is."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_FILE = "sqlite:///"


def newest_revision() -> str:
    """The revision that migrations lead to: the number that the last file's name begins with."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def is_current(url: str) -> bool:
    """Whether the SQLite file of this URL has our newest schema. False wherever that is not plain to see."""
    path = Path(url.removeprefix(_FILE))
    if not url.startswith(_FILE) or "?" in url or not path.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return rows == [(newest_revision(),)]
