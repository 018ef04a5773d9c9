"""What the library does when the storage, the database or the bytes are at fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest

from origin.errors import (
    AssetNotFound,
    MetadataUnavailable,
    OriginalLost,
    OriginDenied,
    OriginError,
    OriginTimeout,
    OriginUnavailable,
    StorageTimeout,
    WrongBytes,
)
from origin.library import Mount
from origin.storage.base import Stat
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from tests.origin.house import FaultyStorage, House, in_processes
from transforms.frame import ImageInfo


@pytest.fixture
async def storage() -> FaultyStorage:
    storage = FaultyStorage(MemoryStorage())
    await storage.write("cat.jpg", b"meow")
    return storage


@pytest.fixture
async def house(storage: FaultyStorage, database: str) -> AsyncIterator[House]:
    house = House(storage, database, fetch_timeout_seconds=0.2)
    yield house
    await house.close()


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(OriginUnavailable, "unavailable"), (OriginDenied, "unavailable"), (OriginTimeout, "timeout")],
)
async def test_a_storage_that_fails(
    house: House, storage: FaultyStorage, error: type[OriginError], outcome: str
) -> None:
    asset = await house.library.learn("cat")
    house.library._recent.clear()
    storage.fail(error("away"))

    with pytest.raises(error):
        await house.library.read(asset)
    with pytest.raises(error):
        await house.library.learn("dog")
    with pytest.raises(error):
        await house.library.check(asset)
    assert house.reads["main", outcome] == 1
    assert house.looks["main", outcome] == 2
    assert await house.library.recall("cat") == asset


async def test_what_failed_is_not_taken_for_missing(house: House, storage: FaultyStorage) -> None:
    storage.fail(OriginUnavailable("away"))
    with pytest.raises(OriginUnavailable):
        await house.library.learn("cat")
    storage.fault = None

    assert (await house.library.learn("cat")).key == "cat.jpg"


async def test_a_storage_that_is_away_does_not_let_the_next_mount_answer(
    storage: FaultyStorage, database: str
) -> None:
    behind = MemoryStorage()
    await behind.write("press/cat.jpg", b"not the one that was meant")
    mounts = [
        Mount(name="press", prefix="press", storage=storage, revalidate_seconds=1),
        Mount(name="all", prefix="", storage=behind, revalidate_seconds=1),
    ]
    house = House(storage, database, mounts=mounts)
    storage.fail(OriginUnavailable("away"))

    with pytest.raises(OriginUnavailable):
        await house.library.learn("press/cat")
    await house.close()


async def test_a_storage_that_hangs_costs_the_time_set_for_it(house: House, storage: FaultyStorage) -> None:
    asset = await house.library.learn("cat")
    house.library._recent.clear()
    storage.hang()

    with pytest.raises(OriginTimeout, match=r"main: cat\.jpg: nothing within 0\.2 seconds"):
        await house.library.read(asset)
    assert house.reads["main", "timeout"] == 1


async def test_a_flipped_bit_is_noticed(house: House, storage: FaultyStorage) -> None:
    asset = await house.library.learn("cat")
    house.library._recent.clear()
    storage.spoil = lambda data: b"M" + data[1:]

    with pytest.raises(WrongBytes, match="under the same ETag"):
        await house.library.read(asset)
    assert house.reads["main", "wrong_bytes"] == 1
    storage.spoil = lambda data: data
    assert await house.library.read(asset) == b"meow"


async def test_only_so_many_are_read_at_once(database: str) -> None:
    class Slow(MemoryStorage):
        now = most = 0

        async def read(self, key: str, *, max_bytes: int):  # type: ignore[no-untyped-def]
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.05)
            self.now -= 1
            return await super().read(key, max_bytes=max_bytes)

    storage = Slow()
    for number in range(12):
        await storage.write(f"{number}.jpg", b"x")
    house = House(storage, database, fetch_concurrency=4)

    await asyncio.gather(*(house.library.learn(str(number)) for number in range(12)))

    assert storage.most == 4
    await house.close()


async def test_without_a_database_everything_is_known_in_this_process(
    tmp_path: Path, storage: FaultyStorage, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(storage, f"sqlite:///{tmp_path}/no/such/folder/facts.db")
    with caplog.at_level(logging.WARNING):
        asset = await house.library.learn("cat.webp", "webp")

    assert await house.library.recall("cat.webp", "webp") == asset
    assert await house.library.read(asset) == b"meow"
    assert house.failures
    assert "facts are kept in this process alone" in caplog.text
    house.clock.now += 301
    assert (await house.library.check(asset)).checked_at == house.clock.now
    assert house.reads == {("main", "ok"): 1}
    await storage.delete("cat.jpg")
    house.clock.now += 301
    with pytest.raises(AssetNotFound):
        await house.library.check(asset)
    assert await house.library.recall("cat.webp", "webp") is None
    await house.close()


async def test_a_database_that_failed_is_left_alone_for_a_moment(
    tmp_path: Path, storage: FaultyStorage
) -> None:
    house = House(storage, f"sqlite:///{tmp_path}/no/such/folder/facts.db")
    for _ in range(50):
        assert await house.library.recall("cat") is None

    assert house.failures == ["recall"]
    await house.close()


async def test_a_database_that_hangs_makes_one_question_wait(
    storage: FaultyStorage, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("origin.ledger._PAUSE_SECONDS", 0.0)
    house = House(storage, database)
    asked = []

    async def hang(_names: object) -> NoReturn:
        asked.append(asyncio.current_task())
        await asyncio.sleep(0.2)
        raise MetadataUnavailable("hung")

    monkeypatch.setattr(house.metadata, "recall", hang)
    await house.library.recall("cat")
    await house.library.recall("cat")  # at once: left alone for as long as it took to fail
    first = len(asked)
    await asyncio.sleep(0.25)
    await asyncio.gather(*(house.library.recall(f"cat{n}") for n in range(20)))

    assert (first, len(asked)) == (1, 2)
    await house.close()


async def test_what_was_learnt_without_the_database_is_written_when_it_is_back(
    tmp_path: Path, storage: FaultyStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("origin.ledger._PAUSE_SECONDS", 0.0)
    house = House(storage, f"sqlite:///{tmp_path}/facts.db")
    asset = await house.library.learn("cat")  # there is no table yet
    await house.metadata.migrate()
    house.clock.now += 301
    checked = await house.library.check(asset)
    other = House(storage, f"sqlite:///{tmp_path}/facts.db", house.clock)

    assert await other.library.recall("cat") == checked
    assert house.reads == {("main", "ok"): 1}
    await house.close()
    await other.close()


async def test_a_prober_that_fails_otherwise_is_asked_again(storage: FaultyStorage, database: str) -> None:
    """Only what is wrong with the picture is remembered, not that the workers were busy."""
    asked = []

    async def probe(data: bytes) -> ImageInfo:
        asked.append(data)
        if len(asked) == 1:
            raise RuntimeError("the queue is full")
        return ImageInfo("jpg", 1, 1)

    house = House(storage, database, prober=probe)
    with pytest.raises(RuntimeError):
        await house.library.learn("cat")

    assert (await house.library.learn("cat")).info == ImageInfo("jpg", 1, 1)
    await house.close()


LEARN = """
import asyncio, sys, time
from pathlib import Path
from origin.storage.filesystem import FilesystemStorage
from tests.origin.house import House

async def main(folder):
    house = House(FilesystemStorage(path=folder / "originals"), f"sqlite:///{folder}/facts.db", time.time)
    for number in range(20):
        await house.library.learn(str(number))
    known = [await house.library.recall(str(number)) for number in range(20)]
    print(house.failures, [(asset.key, asset.generation) for asset in known])
    await house.close()

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_processes_share_one_database(tmp_path: Path, database: str) -> None:
    originals = FilesystemStorage(path=tmp_path / "originals", create=True)
    for number in range(20):
        await originals.write(f"{number}.jpg", b"x" * (number + 1))
    outputs = in_processes(3, LEARN, tmp_path)
    expected = f"[] {[(f'{number}.jpg', 1) for number in range(20)]}\n"
    late = House(originals, database)
    known = [await late.library.recall(str(number)) for number in range(20)]

    assert outputs == [(expected, "")] * 3
    assert [asset.size for asset in known if asset] == list(range(1, 21))
    await late.close()


async def test_closing_ends_what_is_under_way(storage: FaultyStorage, database: str) -> None:
    house = House(storage, database)
    storage.hang()
    learning = asyncio.create_task(house.library.learn("cat"))
    await asyncio.sleep(0.01)
    await house.close()

    with pytest.raises(asyncio.CancelledError):
        await learning


async def test_whoever_waits_for_a_slow_storage_is_told_while_reading_goes_on(
    storage: FaultyStorage, database: str
) -> None:
    house = House(storage, database, patience_seconds=0.05)
    read, release = storage.read, asyncio.Event()

    async def slow(key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        await release.wait()
        return await read(key, max_bytes=max_bytes)

    storage.read = slow  # type: ignore[method-assign]
    with pytest.raises(StorageTimeout, match="not read yet"):
        await house.library.learn("cat")
    release.set()
    asset = await house.library.learn("cat")

    assert await house.library.read(asset) == b"meow"
    assert house.reads == {("main", "ok"): 1}
    house.library._recent.clear()
    release.clear()
    with pytest.raises(StorageTimeout):
        await house.library.read(asset)
    await house.close()


async def test_the_patience_for_a_storage_is_not_spent_on_looking_at_the_picture(
    storage: FaultyStorage, database: str
) -> None:
    async def probe(data: bytes) -> ImageInfo:
        await asyncio.sleep(0.2)
        return ImageInfo("jpg", 1, 1)

    house = House(storage, database, prober=probe, patience_seconds=0.05)
    asset = await house.library.learn("cat")

    assert asset.info == ImageInfo("jpg", 1, 1)
    await house.close()


async def test_a_storage_that_has_no_bytes_of_what_it_lists_is_at_fault(
    house: House, storage: FaultyStorage
) -> None:
    """Never a 404: what is known of the original stands until a look finds that it is gone."""
    asset = await house.library.learn("cat")
    house.library._recent.clear()

    async def nothing(key: str, *, max_bytes: int) -> NoReturn:
        raise AssetNotFound(key)

    storage.read = nothing  # type: ignore[method-assign]
    with pytest.raises(OriginalLost):
        await house.library.read(asset)
    await storage.write("dog.jpg", b"woof")
    with pytest.raises(OriginalLost):
        await house.library.learn("dog")

    assert await house.library.recall("cat") == asset
    assert house.reads["main", "lost"] == 2
