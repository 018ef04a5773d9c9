"""A million hosted pictures in SQLite and PostgreSQL: found, listed, deleted, beside a bare SELECT."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from benchmarks import rows_filled
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.rows_filled import COMMON, LARGEST_OWNER, RARE, Filled
from origin.hosting.deletions import Deletions
from origin.hosting.listing import Query
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.store import MetadataStore

COLUMNS = (
    Column("ratio", "to bare", 1),
    Column("ms", "ms", 2),
    Column("walks", "walks a table", 0),
)
NOTES = (
    "to bare: to a SELECT of one row by its primary key through the bare driver of that database.",
    "walks a table: statements whose plan reads all of a table, or sorts what it found.",
    "PostgreSQL runs without fsync, so that a deletion there does not wait for the disk; in SQLite it does.",
)
_MANY, _FEW = 1_000_000, 50_000
_CALLS, _DELETIONS, _WARM = 40, 20, 8
_PAGE = 50

Ask = Callable[[HostingStore], Awaitable[object]]
_LISTS: Mapping[str, Query] = {
    "everybody's": Query(),
    "an owner's": Query(owner=LARGEST_OWNER),
    "oldest first": Query(newest_first=False),
    "by prefix": Query(prefix="folder-77/"),
    "an owner's by prefix": Query(owner=LARGEST_OWNER, prefix="folder-77/"),
    "a common tag": Query(tag=COMMON),
    "an owner's, common tag": Query(owner=LARGEST_OWNER, tag=COMMON),
    "a rare tag": Query(tag=RARE),
    "an album": Query(album=rows_filled.ALBUM),
    "live": Query(state="live"),
    "held, rare": Query(state="held"),
    "an owner's, held": Query(owner=LARGEST_OWNER, state="held"),
    "rejected, rarer": Query(state="rejected"),
    "an owner's, rejected": Query(owner=LARGEST_OWNER, state="rejected"),
    "deleted": Query(state="deleted"),
}


def measure(options: Options) -> Table:
    """A row for each thing that is asked of each database."""
    number = options.most(_MANY, _FEW)
    rounds = Rounds()
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with database(options.folder) as url:
            asyncio.run(_measure(name, url, number, options.rounds, rounds))
    return Table("rows", f"{number:,} hosted pictures in the database", COLUMNS, tuple(_rows(rounds)), NOTES)


async def _measure(name: str, url: str, number: int, times: int, rounds: Rounds) -> None:
    tell(f"rows: filling {name}")
    # One connection, so that it stays in the hurry that it is put into.
    filling = MetadataStore(url, connections=1, timeout_seconds=3600)
    await filling.open()
    await filling.migrate()
    filled = await rows_filled.fill(filling, number)
    await filling.close()
    metadata = MetadataStore(url, timeout_seconds=600, write_seconds=600)
    await metadata.open()
    try:
        store = HostingStore(metadata)
        async with _bare(url) as bare:
            for round in range(times):
                tell(f"rows: {name}, round {round + 1} of {times}")
                ids = filled.ids(seed=round)
                rounds.add(
                    f"{name}: bare SELECT by key", {"ms": await _timed(lambda ids=ids: bare(next(ids)))}
                )
                for what, ask in _asked(filled, round).items():
                    ms = await _timed(lambda ask=ask: ask(store))  # type: ignore[misc]
                    rounds.add(f"{name}: {what}", {"ms": ms, "walks": await _walks(store, ask)})
                await _delete(name, store, filled, round, rounds)
    finally:
        await metadata.close()


def _asked(filled: Filled, seed: int) -> dict[str, Ask]:
    names, ids = filled.public_ids(seed=seed), filled.ids(seed=seed)
    asked: dict[str, Ask] = {
        "by public id": lambda store: store.get(next(names)),
        "its standing": lambda store: store.standing(next(names)),
        "by asset id": lambda store: store.get_by_asset_id(next(ids)),
        "likes of a picture": lambda store: store.similar_to(0x1234567812345678, limit=_PAGE),
        "an owner's tags": lambda store: store.tags(owner=LARGEST_OWNER),
        "an owner's usage": lambda store: store.usage(LARGEST_OWNER),
    }
    for what, query in _LISTS.items():
        asked[f"list, {what}"] = lambda store, query=query: store.list(query, limit=_PAGE)  # type: ignore[misc]
    for what in ("everybody's", "an owner's", "a common tag"):
        asked[f"list, {what}, deep"] = _Deep(_LISTS[what])
    return asked


class _Deep:
    """A page far behind the first one."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._cursor: str | None = None

    async def __call__(self, store: HostingStore) -> object:
        if self._cursor is None:
            for _ in range(40):
                page = await store.list(self._query, limit=1000, cursor=self._cursor)
                self._cursor = page.cursor or self._cursor
        return await store.list(self._query, limit=_PAGE, cursor=self._cursor)


async def _delete(name: str, store: HostingStore, filled: Filled, seed: int, rounds: Rounds) -> None:
    deletions = Deletions(store=store)
    names = filled.public_ids(seed=1000 + seed)
    started = time.perf_counter()
    for _ in range(_DELETIONS):
        await deletions.delete(next(names))
    each_ms = (time.perf_counter() - started) * 1000 / _DELETIONS
    rounds.add(f"{name}: delete one", {"ms": each_ms})
    started = time.perf_counter()
    receipts, _ = await deletions.delete_matching(Query(prefix=f"folder-{100 + seed}/"))
    many_ms = (time.perf_counter() - started) * 1000 / max(1, len(receipts))
    rounds.add(f"{name}: delete one of many", {"ms": many_ms})


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds, the median of some calls behind a few that warm up."""
    seconds = []
    for call in range(_WARM + _CALLS):
        started = time.perf_counter()
        await work()
        if call >= _WARM:
            seconds.append(time.perf_counter() - started)
        if sum(seconds) > 10:
            break
    return statistics.median(seconds) * 1000


async def _walks(store: HostingStore, ask: Ask) -> int:
    """How many of the statements behind a question read all of a table, or sort what they found."""
    statements: list[tuple[str, Any]] = []
    usual = store.read

    async def listening(work: Callable[[Transaction], Any]) -> Any:
        def heard(transaction: Transaction) -> Any:
            with _heard(transaction.connection, statements):
                return work(transaction)

        return await usual(heard)

    with _instead(store, "read", listening):
        await ask(store)

    def explain(transaction: Transaction) -> int:
        connection = transaction.connection
        how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        plans = [connection.exec_driver_sql(f"{how} {sql}", given).all() for sql, given in statements]
        return sum(any(_is_walk(str(line)) for line in plan) for plan in plans)

    return await usual(explain)


def _is_walk(line: str) -> bool:
    whole = "SCAN assets" in line and "USING" not in line
    return whole or any(words in line for words in ("Seq Scan on a", "TEMP B-TREE FOR ORDER BY", "Sort Key"))


@contextlib.contextmanager
def _heard(connection: Connection, statements: list[tuple[str, Any]]) -> Iterator[None]:
    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", hear)


@contextlib.contextmanager
def _instead(store: HostingStore, name: str, work: Any) -> Iterator[None]:
    setattr(store, name, work)
    try:
        yield
    finally:
        delattr(store, name)


@contextlib.contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    path = folder / "rows.db"
    yield f"sqlite:///{path}"
    for each in folder.glob("rows.db*"):
        each.unlink()


@contextlib.contextmanager
def _postgresql(_: Path) -> Iterator[str]:
    from tests.services.postgres import create_database, postgres_running

    with postgres_running() as server:
        asyncio.run(create_database(server, "rows"))
        yield f"postgresql://calotype@/rows?host={server}"


@contextlib.asynccontextmanager
async def _bare(url: str) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """The driver alone: a row by its primary key."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))

        async def ask(asset_id: str) -> object:
            return connection.execute("SELECT * FROM assets WHERE asset_id = ?", (asset_id,)).fetchone()

        with contextlib.closing(connection):
            yield ask
        return
    import asyncpg

    told = await asyncpg.connect(dsn=url)
    try:
        yield lambda asset_id: told.fetchrow("SELECT * FROM assets WHERE asset_id = $1", asset_id)
    finally:
        await told.close()


def _rows(rounds: Rounds) -> Iterator[Row]:
    for name, values in rounds.samples.items():
        bare = rounds.samples[f"{name.partition(':')[0]}: bare SELECT by key"]["ms"]
        samples = {key: tuple(each) for key, each in values.items()}
        yield Row(name, samples | {"ratio": ratios(values["ms"], bare)})
