"""Fonts and tables of colours that lie in mounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from origin.errors import AssetNotFound, OriginalTooManyBytes, OriginChanged, OriginUnavailable
from origin.storage.memory import MemoryStorage
from proxy.coalesce import Coalescer
from proxy.files import Files
from tests.origin.house import FaultyStorage, House, prepare
from transforms.errors import UnsupportedFormat
from transforms.fontbook import asset_family, faces_in
from transforms.fonts import FILES, FOLDER

FONT = (Path(FOLDER) / FILES[0]).read_bytes()
OTHER = (Path(FOLDER) / FILES[1]).read_bytes()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    storage = MemoryStorage()
    await storage.write("own.ttf", FONT)
    await storage.write("tables/a.cube", b"first")
    house = House(FaultyStorage(storage), await prepare(tmp_path), negative_seconds=60)
    yield house
    await house.close()


@pytest.fixture
def files(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Files]:
    """Makes files that are looked at again with every question."""
    monkeypatch.setattr("proxy.files._SECONDS", 0.0)
    return lambda: Files(library=house.library, folder=tmp_path / "fonts", coalescer=Coalescer())


def lies(path: str) -> bool:
    return Path(path).exists()


def clear_away(path: str) -> None:
    Path(path).unlink()


def names_in(path: Path) -> set[str]:
    """The families of a font file."""
    return {entry.face.family for entry in faces_in(path.read_bytes(), str(path))}


async def test_a_table_is_read_once_however_often_it_is_looked_at(
    house: House, files: Callable[[], Files]
) -> None:
    found = files()
    first = await found.find("tables/a.cube")
    again = [await found.find("tables/a.cube") for _ in range(3)]
    body = await found.read("tables/a.cube", first)

    assert ([first] * 3, b"first", "") == (again, body, first.path)
    assert {("main", "ok"): 1} == house.reads


async def test_a_table_that_changed_is_another(house: House, files: Callable[[], Files]) -> None:
    found = files()
    before = await found.find("tables/a.cube")
    await house.storage.write("tables/a.cube", b"second")
    after = await found.find("tables/a.cube")

    assert before.content_hash != after.content_hash
    assert b"second" == await found.read("tables/a.cube", after)
    assert b"first" == await found.read("tables/a.cube", before), "whoever began with it may end with it"


async def test_a_table_that_is_no_longer_kept_is_read_again_or_has_changed(
    house: House, files: Callable[[], Files]
) -> None:
    before = await files().find("tables/a.cube")
    kept = await files().read("tables/a.cube", before)
    await house.storage.write("tables/a.cube", b"second")

    assert b"first" == kept
    with pytest.raises(OriginChanged):
        await files().read("tables/a.cube", before)


async def test_a_font_is_laid_under_a_name_of_its_own(files: Callable[[], Files], tmp_path: Path) -> None:
    found = await files().find("own.ttf")
    laid = Path(found.path)

    assert (tmp_path / "fonts" / f"{found.content_hash}.ttf") == laid
    assert {asset_family(found.content_hash)} == names_in(laid)
    assert [laid] == list(laid.parent.iterdir()), "nothing half-written is left"


async def test_many_processes_lay_one_font(house: House, tmp_path: Path) -> None:
    makers = [
        Files(library=house.library, folder=tmp_path / "fonts", coalescer=Coalescer()) for _ in range(8)
    ]
    found = await asyncio.gather(*(files.find("own.ttf") for files in makers))

    assert 1 == len(set(found))
    assert 1 == len(list((tmp_path / "fonts").iterdir()))


async def test_a_font_that_was_cleared_away_is_laid_again(files: Callable[[], Files]) -> None:
    found = files()
    first = await found.find("own.ttf")
    clear_away(first.path)
    again = await found.find("own.ttf")

    assert (first, True) == (again, lies(again.path))


async def test_a_font_that_changed_is_laid_beside_the_old_one(
    house: House, files: Callable[[], Files]
) -> None:
    found = files()
    before = await found.find("own.ttf")
    await house.storage.write("own.ttf", OTHER)
    after = await found.find("own.ttf")

    assert [True, True, False] == [lies(before.path), lies(after.path), before.path == after.path]


@pytest.mark.parametrize("data", [b"", b"no font", FONT[:300], b"ttcf" + FONT[4:], FONT[:12] + b"\xff" * 400])
async def test_a_font_that_is_none_is_refused_with_its_name(
    house: House, files: Callable[[], Files], tmp_path: Path, data: bytes
) -> None:
    await house.storage.write("bad.ttf", data)
    found = files()
    for _ in range(2):
        with pytest.raises(UnsupportedFormat, match=r"the font 'bad\.ttf': "):
            await found.find("bad.ttf")

    assert not (tmp_path / "fonts").exists() or [] == list((tmp_path / "fonts").iterdir())


async def test_what_is_missing_is_remembered_as_such(house: House, files: Callable[[], Files]) -> None:
    found = files()
    for _ in range(5):
        with pytest.raises(AssetNotFound):
            await found.find("none.ttf")

    assert 1 == house.looks["main", "not_found"]


@pytest.mark.parametrize("name", ["../facts.db", "/etc/passwd", "a//b", ""])
async def test_no_file_lies_outside(files: Callable[[], Files], name: str) -> None:
    with pytest.raises(AssetNotFound):
        await files().find(name)


async def test_a_storage_that_is_away_leaves_files_as_they_were(
    house: House, files: Callable[[], Files]
) -> None:
    found = files()
    before: Any = await found.find("tables/a.cube")
    assert isinstance(house.storage, FaultyStorage)
    house.storage.fail(OriginUnavailable("gone"))

    assert before == await found.find("tables/a.cube")
    with pytest.raises(OriginUnavailable):
        await found.find("own.ttf")


async def test_files_have_an_end(
    house: House, files: Callable[[], Files], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.files._MAX_BYTES", 4)

    with pytest.raises(OriginalTooManyBytes):
        await files().find("tables/a.cube")
