"""What the library learns, keeps, checks and reads, on real storages and a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from origin.errors import AssetNotFound, InvalidKey, OriginalTooManyBytes
from origin.library import Mount
from origin.storage.memory import MemoryStorage
from tests.origin.house import House
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo


async def test_an_original_is_learnt(house: House) -> None:
    await house.storage.write("photos/cat.jpg", b"meow")
    assert await house.library.recall("photos/cat.webp", "webp") is None
    assert house.looks == {}

    asset = await house.library.learn("photos/cat.webp", "webp")

    assert (asset.mount, asset.key) == ("main", "photos/cat.jpg")
    assert (asset.name, asset.public_id, asset.extension) == ("photos/cat.webp", "photos/cat", "webp")
    assert (asset.content_hash, asset.size) == (sha256(b"meow").hexdigest(), 4)
    assert asset.info == ImageInfo("jpg", 4, 1)
    assert (asset.generation, asset.checked_at) == (1, house.clock.now)
    assert -300 == house.library.overdue(asset)
    assert house.reads == {("main", "ok"): 1}


async def test_what_was_learnt_is_recalled_without_the_storage(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    looks = house.looks.copy()
    later = House(house.storage, database, house.clock)

    assert await house.library.recall("cat") == asset
    assert await later.library.recall("cat") == asset
    assert await later.library.recall("cat.jpg", "jpg") is None
    assert (house.looks, later.looks) == (looks, {})
    await later.metadata.close()


async def test_the_render_that_follows_reads_nothing_again(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")

    assert await house.library.read(asset) == b"meow"
    assert house.reads == {("main", "ok"): 1}


async def test_another_process_reads_the_bytes_and_verifies_them(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    other = House(house.storage, database, house.clock)

    assert await other.library.read(asset) == b"meow"
    assert await other.library.read(asset) == b"meow"
    assert other.reads == {("main", "ok"): 1}
    await other.metadata.close()


async def test_another_name_of_a_known_original_costs_no_read(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    first = await house.library.learn("cat")
    second = await house.library.learn("cat.webp", "webp")

    assert second == replace(first, name="cat.webp", extension="webp")
    assert house.reads == {("main", "ok"): 1}


async def test_a_hundred_at_once_read_once(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")

    assets = await asyncio.gather(*(house.library.learn("cat") for _ in range(100)))

    assert len(set(assets)) == 1
    assert house.reads == {("main", "ok"): 1}
    assert house.looks == {("main", "ok"): 1}


async def test_names_of_one_original_asked_at_once_read_once(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    names = [("cat", None), *((f"cat.{each}", each) for each in ("jpg", "png", "webp", "avif", "gif"))]

    assets = await asyncio.gather(*(house.library.learn(*name) for name in names))

    assert {asset.key for asset in assets} == {"cat.jpg"}
    assert house.reads == {("main", "ok"): 1}


async def test_who_leaves_does_not_end_the_work_of_the_others(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    first = asyncio.create_task(house.library.learn("cat"))
    second = asyncio.create_task(house.library.learn("cat"))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).key == "cat.jpg"
    assert house.reads == {("main", "ok"): 1}


async def test_a_missing_original_is_remembered_as_missing(house: House) -> None:
    for _ in range(3):
        with pytest.raises(AssetNotFound):
            await house.library.learn("cat")
    assert house.looks == {("main", "not_found"): 1}
    await house.storage.write("cat.jpg", b"meow")
    house.clock.now += 6

    assert (await house.library.learn("cat")).key == "cat.jpg"


async def test_the_bound_on_bytes(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"x" * 1001)
    strict = House(house.storage, database, max_bytes=1000)

    with pytest.raises(OriginalTooManyBytes, match="1,001 bytes, at most 1,000"):
        await strict.library.learn("cat")
    assert strict.reads == {("main", "too_large"): 1}
    await strict.metadata.close()


async def test_a_broken_original_is_not_read_at_each_request(house: House) -> None:
    await house.storage.write("cat.jpg", b"broken")
    for _ in range(3):
        with pytest.raises(BrokenImage):
            await house.library.learn("cat")
    assert house.reads == {("main", "ok"): 1}

    await house.storage.write("cat.jpg", b"mended")
    assert (await house.library.learn("cat")).info.width == 6


async def test_hostile_names_ask_nobody(house: House) -> None:
    for name in ("../secret", "a/../../b.jpg", "cat\0.jpg", "/etc/passwd"):
        for ask in (house.library.recall, house.library.learn):
            with pytest.raises(InvalidKey):
                await ask(name)
    assert house.looks == {}


@pytest.fixture
def mounted(tmp_path: Path) -> dict[str, Any]:
    press, everything = MemoryStorage(), MemoryStorage()
    return {
        "mounts": [
            Mount(name="all", prefix="", storage=everything, revalidate_seconds=10),
            Mount(name="press", prefix="press", storage=press, revalidate_seconds=20),
        ]
    }


async def test_mounts(mounted: dict[str, Any], database: str) -> None:
    everything, press = (mount.storage for mount in mounted["mounts"])
    await press.write("cat.jpg", b"press")
    await everything.write("press/cat.jpg", b"hidden")
    await everything.write("press/dog.jpg", b"seen")
    house = House(everything, database, **mounted)

    cat, dog = await house.library.learn("press/cat"), await house.library.learn("press/dog")
    assert (cat.mount, cat.key, cat.public_id) == ("press", "cat.jpg", "press/cat")
    assert (dog.mount, dog.key, dog.public_id) == ("all", "press/dog.jpg", "press/dog")
    assert -20 == house.library.overdue(cat)
    assert -10 == house.library.overdue(dog)

    again = House(everything, database, **mounted)
    assert await again.library.recall("press/cat") == cat
    assert await again.library.recall("press/dog") == dog

    await press.delete("cat.jpg")
    house.clock.now += 21
    fallen = await house.library.check(cat)
    assert (fallen.mount, fallen.key) == ("all", "press/cat.jpg")
    await house.close()
    await again.close()


async def test_memory_of_recent_bytes_is_bounded_in_bytes_and_time(database: str) -> None:
    house = House(MemoryStorage(), database, recent_bytes=10, recent_seconds=0.05)
    for name in ("one", "two", "six"):
        await house.storage.write(name, name.encode() + b"-23")
    assets = [await house.library.learn(name) for name in ("one", "two", "six")]
    assert house.reads["main", "ok"] == 3

    await house.library.read(assets[2])
    assert house.reads["main", "ok"] == 3
    await house.library.read(assets[0])
    assert house.reads["main", "ok"] == 4
    await asyncio.sleep(0.1)
    await house.library.read(assets[0])
    assert house.reads["main", "ok"] == 5
    await house.close()
