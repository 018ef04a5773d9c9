"""The two databases: how each is reached, tuned, and kept by one writer while its schema moves on.

Work on a database is a plain function of a connection, run in one transaction. PostgreSQL is driven from the
event loop, SQLite from a few threads: one hop for a transaction, where an asynchronous driver takes eight.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError

from origin.errors import MetadataUnavailable

T = TypeVar("T")
_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 0x0CA107  # any number that nobody else uses in this database
_SYNCHRONOUS = "NORMAL"
"""Facts that a power cut takes are learnt again; `write` waits for the disk."""
_AGAIN = {"40001", "40P01", "23505"}
"""Serialization failure, deadlock, and a row that somebody else inserted first."""
_ATTEMPTS = 8


class Database(Protocol):
    """A database that may not answer; what its driver raises is left as it is."""

    async def open(self) -> None:
        """Prepare the ground; nothing is connected to yet."""
        ...

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers, in a transaction of its own."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers, in a transaction that is on the disk once it is committed.

        In SQLite nobody else writes meanwhile; in PostgreSQL rows are locked where `work` asks for that
        (`with_for_update`, which SQLite need not hear), and all of it is done again when two were in each
        other's way.
        """
        ...

    async def migrate(self) -> None:
        """Bring the schema up to date, once however many processes start at the same time."""
        ...

    async def close(self) -> None: ...


class SQLite:
    """A file, made with its folder when there is none."""

    def __init__(self, url: URL, *, connections: int, timeout_seconds: float) -> None:
        self._path = Path(url.database or "")
        self._engine = create_engine(
            url.set(drivername="sqlite"), pool_size=connections, connect_args={"timeout": timeout_seconds}
        )
        event.listen(self._engine, "connect", _tune)
        self._connections = connections
        self._pool: ThreadPoolExecutor | None = None
        # Writers wait here rather than in the threads, which readers need.
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        await self._in_thread(lambda: self._path.parent.mkdir(parents=True, exist_ok=True))

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await self._in_thread(lambda: self._transact(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        async with self._writing:
            return await self._in_thread(lambda: self._write(work))

    async def migrate(self) -> None:
        await self._in_thread(self._migrate)

    async def close(self) -> None:
        await self._in_thread(self._engine.dispose)
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._connections, thread_name_prefix="sqlite")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
            try:
                # At once: a transaction that begins with reading may not become a writer later on.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                answer = work(connection)
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql(f"PRAGMA synchronous = {_SYNCHRONOUS}")
            return answer

    def _migrate(self) -> None:
        # The switch to WAL does not wait for a busy database, it fails: hence a lock outside of it.
        with self._path.with_name(f"{self._path.name}.migrating").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with self._engine.connect() as connection:
                # Kept in the file; so that readers do not wait for writers.
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                # The driver begins no transaction before a CREATE TABLE: a crash would leave half a schema.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                _upgrade(connection)
                connection.commit()


class PostgreSQL:
    """A server, which has a database for us already."""

    def __init__(self, url: URL, *, connections: int, timeout_seconds: float) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        if importlib.util.find_spec("asyncpg") is None:
            raise MetadataUnavailable("PostgreSQL wants a driver: pip install 'calotype[postgres]'")
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=connections,
            pool_pre_ping=True,
            pool_timeout=timeout_seconds,
            connect_args={"timeout": timeout_seconds},
        )
        # Those who wait for rows that another has locked must not have all connections.
        self._writing = asyncio.Semaphore(max(1, connections - 1))

    async def open(self) -> None:
        """Nothing to prepare: whoever runs the server made the database."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(_ATTEMPTS - 1):
            try:
                return await self._write(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN:
                    raise
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        return await self._write(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._writing:
            return await self.run(work)

    async def migrate(self) -> None:
        await self.run(self._migrate)

    async def close(self) -> None:
        await self._engine.dispose()

    @staticmethod
    def _migrate(connection: Connection) -> None:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        _upgrade(connection)


DATABASES: dict[str, Callable[..., Database]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
}
"""By the first part of a URL, up to a `+` or the colon: `sqlite:///data/facts.db`, `postgresql://host/name`."""


def connect(url: str, *, connections: int, timeout_seconds: float) -> tuple[str, Database]:
    """The backend's name in `DATABASES` and the database, to which nothing is connected yet."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in DATABASES:
        raise ValueError(f"{backend}: Expected one of {', '.join(DATABASES)}")
    return backend, DATABASES[backend](parsed, connections=connections, timeout_seconds=timeout_seconds)


def _tune(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
    cursor.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
