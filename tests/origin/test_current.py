"""Whether a start may leave the schema as it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from origin.metadata.current import is_current, newest_revision
from origin.metadata.store import MetadataStore


async def test_a_database_is_current_once_it_was_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/facts of all.db"
    store = MetadataStore(url)
    before = is_current(url)
    await store.migrate()
    await store.close()

    assert (False, True) == (before, is_current(url))


async def test_one_of_an_older_or_newer_server_is_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/facts.db"
    store = MetadataStore(url)
    await store.migrate()
    await store.close()
    seen = []
    for revision in ("0001", "9999"):
        with sqlite3.connect(tmp_path / "facts.db") as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        database.close()
        seen.append(is_current(url))

    assert [False, False] == seen


def test_the_newest_revision_is_where_migrations_lead() -> None:
    from alembic.script import ScriptDirectory

    folder = Path(__file__).parents[2] / "origin" / "metadata" / "migrations"

    assert ScriptDirectory(str(folder)).get_current_head() == newest_revision()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 100])
def test_what_is_no_database_is_left_to_the_migration(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "facts.db").write_bytes(content)

    assert not is_current(f"sqlite:///{tmp_path}/facts.db")


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://x/y", "sqlite://", "sqlite:///:memory:", "sqlite:///no.db"]
)
def test_others_are_not_told(url: str) -> None:
    assert not is_current(url)
