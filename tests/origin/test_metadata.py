"""What is known of originals, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Connection, create_engine, inspect

from origin.asset import Facts
from origin.errors import MetadataUnavailable
from origin.metadata.store import MetadataStore, Name
from origin.metadata.tables import metadata
from tests.origin.house import in_processes
from transforms.frame import ImageInfo

INFO = ImageInfo("gif", 40, 30, pages=3, animated=True, alpha=True, delays=(20, 30, 40), loop=2)
FACTS = Facts(
    mount="press",
    key="cats/tom.gif",
    content_hash="0" * 64,
    info=INFO,
    size=1234,
    etag="first",
    modified_at=1000.25,
    checked_at=2000.5,
)
TOM = Name("press", "cats/tom")
TOM_WEBP = Name("press", "cats/tom.webp")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/100% facts.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[MetadataStore]:
    store = MetadataStore(url)
    await store.open()
    await store.migrate()
    yield store
    await store.close()


async def test_nothing_is_known_at_first(store: MetadataStore) -> None:
    assert await store.healthy()
    assert await store.recall([TOM]) == {}
    assert await store.facts("press", "cats/tom.gif") is None


async def test_what_is_recorded_is_recalled(store: MetadataStore) -> None:
    generation = await store.record(FACTS)
    await store.confirm(TOM, FACTS)

    assert generation == 1
    assert await store.recall([TOM, TOM_WEBP, Name("other", "cats/tom")]) == {TOM: FACTS}
    assert await store.facts("press", "cats/tom.gif") == FACTS


async def test_several_names_lead_to_one_original(store: MetadataStore) -> None:
    await store.record(FACTS)
    await store.confirm(TOM, FACTS)
    later = replace(FACTS, checked_at=2100.0)
    await store.confirm(TOM_WEBP, later)

    assert await store.recall([TOM, TOM_WEBP]) == {TOM: FACTS, TOM_WEBP: later}
    assert await store.facts("press", "cats/tom.gif") == later


async def test_a_name_can_come_to_lead_elsewhere(store: MetadataStore) -> None:
    other = replace(FACTS, key="cats/tom.jpg", content_hash="1" * 64)
    await store.record(FACTS)
    await store.confirm(TOM, FACTS)
    await store.record(other)
    await store.confirm(TOM, other)

    assert await store.recall([TOM]) == {TOM: other}


async def test_the_generation_moves_with_the_bytes_alone(store: MetadataStore) -> None:
    versions = [
        FACTS,
        replace(FACTS, etag="second"),
        replace(FACTS, etag="third", content_hash="1" * 64),
        replace(FACTS, etag="fourth", content_hash="2" * 64),
        replace(FACTS, etag="fifth", content_hash="2" * 64, size=99),
    ]

    assert [await store.record(version) for version in versions] == [1, 1, 2, 3, 3]
    assert await store.facts("press", "cats/tom.gif") == replace(versions[-1], generation=3)


async def test_learning_the_same_at_once_counts_once(store: MetadataStore) -> None:
    await store.record(FACTS)
    changed = replace(FACTS, content_hash="1" * 64)

    generations = await asyncio.gather(*(store.record(changed) for _ in range(20)))

    assert set(generations) == {2}


async def test_what_is_gone_is_not_recalled_and_keeps_its_generation(store: MetadataStore) -> None:
    await store.record(FACTS)
    await store.record(replace(FACTS, content_hash="1" * 64))
    await store.confirm(TOM, FACTS)
    await store.confirm(TOM_WEBP, FACTS)
    await store.forget(TOM, key="cats/tom.gif", gone_at=3000.0)

    assert await store.recall([TOM, TOM_WEBP]) == {}
    assert await store.facts("press", "cats/tom.gif") is None
    assert await store.record(replace(FACTS, content_hash="2" * 64)) == 3
    assert await store.facts("press", "cats/tom.gif") is not None


async def test_two_stores_share_what_they_know(store: MetadataStore, url: str) -> None:
    other = MetadataStore(url)
    await store.record(FACTS)
    await store.confirm(TOM, FACTS)
    recalled = await other.recall([TOM])
    await other.close()

    assert recalled == {TOM: FACTS}


async def test_facts_of_another_version_of_the_code_are_not_recalled(store: MetadataStore) -> None:
    class OlderInfo:
        """The smallest thing that `asdict` takes."""

        __dataclass_fields__: ClassVar[dict[str, object]] = {}

    await store.record(replace(FACTS, info=OlderInfo()))  # type: ignore[arg-type]
    await store.confirm(TOM, FACTS)

    assert await store.recall([TOM]) == {}
    assert await store.facts("press", "cats/tom.gif") is None


async def test_many_writers_do_not_lock_each_other_out(store: MetadataStore, url: str) -> None:
    stores = [store, *(MetadataStore(url) for _ in range(3))]
    facts = [replace(FACTS, key=f"{number}.gif") for number in range(40)]

    async def write(number: int) -> None:
        each = stores[number % 4]
        await each.record(facts[number])
        await each.confirm(Name("press", str(number)), facts[number])

    await asyncio.gather(*(write(number) for number in range(40)))
    recalled = await store.recall([Name("press", str(number)) for number in range(40)])
    for other in stores[1:]:
        await other.close()

    assert {facts.key for facts in recalled.values()} == {f"{number}.gif" for number in range(40)}


MIGRATE = """
import asyncio, sys
from origin.metadata.store import MetadataStore

async def main():
    store = MetadataStore(sys.argv[1])
    await store.open()
    assert "alembic" not in sys.modules, "alembic is only needed to migrate"
    await store.migrate()
    print(await store.healthy(), await store.facts("a", "b"))
    await store.close()

asyncio.run(main())
"""


def test_several_processes_migrate_at_once(url: str) -> None:
    outputs = in_processes(3, MIGRATE, url)

    assert outputs == [("True None\n", "")] * 3


async def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/made.db"
    store = MetadataStore(url)
    await store.migrate()
    await store.close()
    wanted = create_engine(f"sqlite:///{tmp_path}/wanted.db")
    metadata.create_all(wanted)
    made = create_engine(url)

    def described(engine: object) -> dict[str, object]:
        found = inspect(engine)
        assert found is not None
        tables = [name for name in found.get_table_names() if name != "alembic_version"]
        return {
            name: (
                [
                    (c["name"], str(c["type"]), c["nullable"], c["primary_key"])
                    for c in found.get_columns(name)
                ],
                sorted((i["name"], tuple(i["column_names"])) for i in found.get_indexes(name)),
            )
            for name in tables
        }

    try:
        assert described(wanted) == described(made)
    finally:
        wanted.dispose()
        made.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/no/such/folder/facts.db", "postgresql://nobody@127.0.0.1:1/nothing"]
)
async def test_a_database_that_is_not_there(url: str) -> None:
    store = MetadataStore(url, timeout_seconds=1)

    assert not await store.healthy()
    with pytest.raises(MetadataUnavailable):
        await store.facts("press", "cats/tom.gif")
    with pytest.raises(MetadataUnavailable):
        await store.migrate()
    await store.close()


async def test_a_database_that_refuses_us(postgres_url: str) -> None:
    store = MetadataStore(postgres_url.replace("/test_", "/never_made_"))

    with pytest.raises(MetadataUnavailable, match="never_made"):
        await store.facts("press", "cats/tom.gif")
    await store.close()


async def test_a_database_that_does_not_answer_in_time(tmp_path: Path) -> None:
    store = MetadataStore(f"sqlite:///{tmp_path}/facts.db", timeout_seconds=0.3)
    await store.migrate()
    blocker = create_engine(f"sqlite:///{tmp_path}/facts.db").connect()
    blocker.exec_driver_sql("BEGIN EXCLUSIVE")

    with pytest.raises(MetadataUnavailable):
        await store.record(FACTS)
    blocker.rollback()
    blocker.close()
    blocker.engine.dispose()
    assert await store.record(FACTS) == 1
    await store.close()


async def test_nobody_waits_for_a_silent_connection_to_be_let_go_of(tmp_path: Path) -> None:
    gone = asyncio.Event()

    class Silent:
        async def run(self, work: Callable[[Connection], None]) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await gone.wait()

    store = MetadataStore(f"sqlite:///{tmp_path}/facts.db", timeout_seconds=0.05)
    vars(store)["_database"] = Silent()
    with pytest.raises(MetadataUnavailable):
        await asyncio.wait_for(store.facts("press", "cats/tom.gif"), 5)
    left = not gone.is_set()
    gone.set()

    assert left


@pytest.mark.parametrize("spelling", ["postgres://", "postgresql+asyncpg://"])
async def test_other_spellings_of_postgresql(postgres_url: str, spelling: str) -> None:
    store = MetadataStore(postgres_url.replace("postgresql://", spelling))
    await store.migrate()

    assert await store.record(FACTS) == 1
    await store.close()


def test_a_database_we_do_not_know() -> None:
    with pytest.raises(ValueError, match="mysql: Expected one of sqlite, postgresql"):
        MetadataStore("mysql://host/name")
