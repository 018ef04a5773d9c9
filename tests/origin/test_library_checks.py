"""What the library notices of originals that change, vanish, come back or are outdone."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from origin.errors import AssetNotFound, OriginChanged
from origin.storage.filesystem import FilesystemStorage
from tests.origin.house import Clock, House


async def test_an_unchanged_original_is_confirmed_without_a_read(house: House) -> None:
    await house.storage.write("cat.jpg", b"meow")
    asset = await house.library.learn("cat")
    house.clock.now += 301
    assert house.library.overdue(asset) >= 0

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
