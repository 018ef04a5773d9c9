"""The database itself: which driver, how it is tuned, and how it is brought up to date."""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from origin.errors import MetadataUnavailable

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 0x0CA107  # any number that nobody else uses in this database


def database_url(url: str) -> URL:
    """`url` with the asynchronous driver we use: `sqlite:///data/facts.db`, `postgresql://host/name`.

    Raises MetadataUnavailable when that driver is not installed.
    """
    parsed = make_url(url)
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.drivername.endswith("asyncpg") and importlib.util.find_spec("asyncpg") is None:
        raise MetadataUnavailable("PostgreSQL wants a driver: pip install 'calotype[postgres]'")
    return parsed


def make_engine(url: URL, *, pool_size: int, timeout_seconds: float) -> AsyncEngine:
    """An engine that connects when it is first used."""
    arguments = {"timeout": timeout_seconds}
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, pool_size=pool_size, connect_args=arguments)
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
        return engine
    return create_async_engine(
        url, pool_size=pool_size, pool_pre_ping=True, pool_timeout=timeout_seconds, connect_args=arguments
    )


def _tune_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema up to date, once however many processes start at the same time."""
    if engine.dialect.name == "sqlite":
        async with _file_locked(engine.url):
            await _migrate_sqlite(engine)
    else:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            await connection.run_sync(_upgrade)


async def _migrate_sqlite(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        # Kept in the file; so that readers do not wait for writers.
        await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        # The driver begins no transaction before a CREATE TABLE: a crash would leave half a schema.
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.run_sync(_upgrade)
        await connection.commit()


@asynccontextmanager
async def _file_locked(url: URL) -> AsyncIterator[None]:
    """Hold a file beside the database: the switch to WAL does not wait for a busy database, it fails."""
    path = Path(url.database or "")
    with path.with_name(f"{path.name}.migrating").open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
