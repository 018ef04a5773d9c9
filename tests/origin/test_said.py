"""What people say: details of originals and named transformations, on both databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from origin.errors import MetadataUnavailable
from origin.metadata.details import DetailsStore, Said
from origin.metadata.named import NamedStore
from origin.metadata.store import MetadataStore
from transforms.knowledge import Details

ANA = Details(
    tags=("new", "sale"),
    context=(("caption", "In the sun, «süß»"), ("x", "1=2")),
    metadata=(("age", 4.5), ("color", "red")),
    coordinates=(1.5, 2, 300, 400),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/facts.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def metadata(url: str) -> AsyncIterator[MetadataStore]:
    store = MetadataStore(url)
    await store.open()
    await store.migrate()
    yield store
    await store.close()


class TestDetails:
    async def test_nothing_is_said_at_first(self, metadata: MetadataStore) -> None:
        assert Said() == await DetailsStore(metadata).get("people/ana")

    async def test_what_is_said_is_told_with_its_date(self, metadata: MetadataStore) -> None:
        store, begun = DetailsStore(metadata), time.time()
        await store.put("people/ana", ANA)
        said = await store.get("people/ana")

        assert ANA == said.details
        assert begun <= said.at <= time.time()
        assert Said() == await store.get("people/Ana")

    async def test_what_is_said_later_replaces_it(self, metadata: MetadataStore) -> None:
        store = DetailsStore(metadata)
        await store.put("ana", ANA)
        first = await store.get("ana")
        await store.put("ana", Details(tags=("b", "a")))
        second = await store.get("ana")

        assert Details(tags=("a", "b")) == second.details
        assert first.at < second.at

    async def test_forgetting_leaves_a_date(self, metadata: MetadataStore) -> None:
        store = DetailsStore(metadata)
        await store.drop("nobody")
        await store.put("ana", ANA)
        first = await store.get("ana")
        await store.drop("ana")
        gone = await store.get("ana")

        assert Said() == await store.get("nobody")
        assert Details() == gone.details
        assert first.at < gone.at

    async def test_equal_details_come_back_equal_however_they_were_given(
        self, metadata: MetadataStore
    ) -> None:
        store = DetailsStore(metadata)
        await store.put("ana", replace(ANA, tags=("sale", "new"), context=ANA.context[::-1]))

        assert ANA == (await store.get("ana")).details


class TestNamed:
    async def test_versions_count_changes(self, metadata: MetadataStore) -> None:
        store = NamedStore(metadata)
        versions = [await store.put("card", text) for text in ("w_1", "w_2", "w_2")]
        stored = await store.all()

        assert [1, 2, 3] == versions
        assert {"card": ("w_2", 3)} == {name: (one.text, one.version) for name, one in stored.items()}

    async def test_changes_at_once_are_all_counted(self, metadata: MetadataStore, url: str) -> None:
        stores = [NamedStore(metadata), NamedStore(MetadataStore(url))]
        versions = await asyncio.gather(*(stores[n % 2].put("card", f"w_{n}") for n in range(1, 21)))
        await stores[1]._metadata.close()

        assert set(range(1, 21)) == set(versions)

    async def test_the_stamp_moves_with_every_change(
        self, metadata: MetadataStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = NamedStore(metadata)
        stamps = [await store.stamp()]
        for name, text in (("a", "w_1"), ("a", "w_2"), ("b", "w_1")):
            await store.put(name, text)
            stamps.append(await store.stamp())
        still = await store.stamp()
        # Deleted and stored anew by a machine whose clock is behind: as many as before, of the same versions.
        monkeypatch.setattr("origin.metadata.named.time.time", lambda: 1_600_000_000.0)
        await store.drop("b")
        await store.put("b", "w_9")
        stamps.append(await store.stamp())

        assert stamps[3] == still
        assert 5 == len(set(stamps))

    async def test_what_is_dropped_is_gone(self, metadata: MetadataStore) -> None:
        store = NamedStore(metadata)
        await store.put("card", "w_1")

        assert [True, False] == [await store.drop("card"), await store.drop("card")]
        assert {} == await store.all()
        assert 1 == await store.put("card", "w_1")

    async def test_odd_names_and_texts(self, metadata: MetadataStore) -> None:
        store = NamedStore(metadata)
        named = {"Resized Artwork": "w_1", "a@b:c%": "l_text:Arial_40:It's%20%22me%22", "größe": "w_2"}
        for name, text in named.items():
            await store.put(name, text)

        assert named == {name: one.text for name, one in (await store.all()).items()}


async def test_a_database_that_is_not_there() -> None:
    metadata = MetadataStore("postgresql://nobody@127.0.0.1:1/nothing", timeout_seconds=1)
    works = (
        DetailsStore(metadata).get("a"),
        DetailsStore(metadata).put("a", ANA),
        NamedStore(metadata).stamp(),
        NamedStore(metadata).put("a", "w_1"),
    )
    for work in works:
        with pytest.raises(MetadataUnavailable):
            await work
    await metadata.close()
