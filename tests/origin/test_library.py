"""What the library learns, keeps, checks and reads, on real storages and a real database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from origin.errors import AssetNotFound, InvalidKey, OriginalTooManyBytes, OriginChanged
from origin.library import Mount
from origin.storage.base import Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from tests.origin.house import Clock, House, prepare
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo


@pytest.fixture
async def database(tmp_path: Path) -> str:
    return await prepare(tmp_path)


@pytest.fixture(params=["filesystem", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "filesystem":
        return FilesystemStorage(path=tmp_path / "originals", create=True)
    server = request.getfixturevalue("s3_bucket")
    return S3Storage(client=S3Client(S3Settings(**server.settings)), bucket=server.bucket)


@pytest.fixture
async def house(storage: Storage, database: str) -> AsyncIterator[House]:
    house = House(storage, database)
    yield house
    await house.close()


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
    assert house.library.fresh_until(asset) == house.clock.now + 300
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


async def test_an_unchanged_original_is_confirmed_without_a_read(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    house.clock.now += 301
    assert not house.library.is_fresh(asset, house.clock.now)

    checked = await house.library.check(asset)

    assert checked == replace(asset, checked_at=house.clock.now)
    assert await house.library.recall("cat") == checked
    assert house.reads == {("main", "ok"): 1}


async def test_a_check_serves_all_processes(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    other = House(house.storage, database, house.clock)
    await other.library.recall("cat")
    house.clock.now += 301
    checked = await house.library.check(asset)

    assert await other.library.check(asset) == checked
    assert await other.library.recall("cat") == checked
    assert other.looks == {}
    await other.metadata.close()


async def test_a_changed_original_is_learnt_again(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    await house.storage.write("cat.jpg", b"purr!")
    house.clock.now += 301
    changed = await house.library.check(asset)

    assert changed.content_hash == sha256(b"purr!").hexdigest()
    assert (changed.generation, changed.info.width) == (2, 5)
    assert await house.library.read(changed) == b"purr!"
    assert house.reads == {("main", "ok"): 2}
    other = House(house.storage, database, house.clock)
    assert await other.library.recall("cat") == changed
    await other.metadata.close()


async def test_the_same_bytes_written_again_keep_their_generation(tmp_path: Path, database: str) -> None:
    house = House(FilesystemStorage(path=tmp_path), database)
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    await house.storage.write("cat.jpg", b"meow")
    house.clock.now += 301

    checked = await house.library.check(asset)

    assert checked.etag != asset.etag
    assert (checked.generation, checked.content_hash) == (1, asset.content_hash)
    await house.close()


async def test_a_vanished_original_is_forgotten(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    await house.storage.delete("cat.jpg")
    house.clock.now += 301

    with pytest.raises(AssetNotFound):
        await house.library.check(asset)
    assert await house.library.recall("cat") is None
    other = House(house.storage, database, house.clock)
    assert await other.library.recall("cat") is None
    await other.metadata.close()


async def test_one_that_comes_back_as_another_moves_the_generation_on(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    await house.storage.delete("cat.jpg")
    with pytest.raises(AssetNotFound):
        house.clock.now += 301
        await house.library.check(asset)
    await house.storage.write("cat.jpg", b"purr!")
    house.clock.now += 301

    assert (await house.library.learn("cat")).generation == 2


async def test_a_better_match_is_seen_at_the_next_check(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat.png", "png")
    await house.storage.write("cat.png", b"purr!")
    house.clock.now += 301

    better = await house.library.check(asset)

    assert (asset.key, better.key, better.generation) == ("cat.jpg", "cat.png", 1)


async def test_when_the_better_match_goes_the_other_is_found(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    await house.storage.write("cat.png", b"purr!")
    asset = await house.library.learn("cat.png", "png")
    await house.storage.delete("cat.png")
    house.clock.now += 301

    assert (await house.library.check(asset)).key == "cat.jpg"


async def test_bytes_that_changed_since_are_not_taken_for_the_old(house: House, database: str) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    await house.storage.write("cat.jpg", b"purr!")
    other = House(house.storage, database, house.clock)

    with pytest.raises(OriginChanged):
        await other.library.read(asset)
    assert other.reads == {("main", "changed"): 1}
    assert await other.library.read(await other.library.check(asset)) == b"purr!"
    await other.metadata.close()


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
    assert house.library.fresh_until(cat) - cat.checked_at == 20
    assert house.library.fresh_until(dog) - dog.checked_at == 10

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


async def test_a_folder_replaced_behind_a_link(tmp_path: Path, database: str) -> None:
    """Deployments that switch a link are seen as any other change."""
    for release, data in (("one", b"old"), ("two", b"newer")):
        (tmp_path / release).mkdir()
        (tmp_path / release / "cat.jpg").write_bytes(data)
    (tmp_path / "current").symlink_to("one")
    house = House(FilesystemStorage(path=tmp_path / "current"), database, Clock())
    asset = await house.library.learn("cat")
    (tmp_path / "next").symlink_to("two")
    os.replace(tmp_path / "next", tmp_path / "current")  # noqa: PTH105 - of the link, not of its target
    house.clock.now += 301

    assert (await house.library.check(asset)).size == 5
    await house.close()
