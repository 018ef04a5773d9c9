"""Which object a public id means."""

from __future__ import annotations

from typing import Any

import pytest

from origin.errors import AssetNotFound, InvalidKey
from origin.mounts import PREFERENCE, Mount, Mounts, resolve
from origin.storage.base import Stat
from origin.storage.memory import MemoryStorage

CASES = """
asked               there                                        means
photos/cat.jpg      photos/cat.jpg photos/cat.png                photos/cat.jpg
photos/cat.png      photos/cat.jpg photos/cat.png                photos/cat.png
photos/cat.webp     photos/cat.jpg                               photos/cat.jpg
photos/cat.webp     photos/cat photos/cat.jpg                    photos/cat
photos/cat          photos/cat photos/cat.jpg                    photos/cat
photos/cat          photos/cat.svg photos/cat.png photos/cat.gif photos/cat.png
photos/cat          photos/cat.txt photos/cat.tif                photos/cat.tif
photos/cat          photos/cat.JPEG                              photos/cat.JPEG
photos/cat.webp     photos/cat.min.jpg photos/cat.d/1.jpg        -
photos/cat          photos/cats.jpg photos/ca.jpg cat.jpg        -
cat.jpg             cat.jpg.png                                  -
cat.v2              cat.v2.png cat.png                           cat.v2.png
cat.v2              cat.png cat.jpg                              -
.jpg                cat.jpg                                      -
""".strip().splitlines()[1:]


@pytest.mark.parametrize("case", CASES)
async def test_names_find_objects(case: str) -> None:
    asked, *there, means = case.split()
    storage = MemoryStorage()
    for key in there:
        await storage.write(key, b"")
    ending = asked.rpartition(".")[2]
    extension = ending if ending in PREFERENCE and asked != ".jpg" else None

    try:
        found = (await resolve(storage, asked, extension)).key
    except AssetNotFound:
        found = "-"

    assert found == means


async def test_a_crowd_of_other_names_hides_nothing() -> None:
    storage = MemoryStorage()
    for number in range(300):
        await storage.write(f"2024.{number:03}.txt", b"")
    await storage.write("2024.webp", b"")

    assert (await resolve(storage, "2024", None)).key == "2024.webp"
    assert (await resolve(storage, "2024.jpg", "jpg")).key == "2024.webp"


class CountingStorage(MemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []

    async def stat(self, key: str) -> Stat | None:
        self.calls.append(("stat", key))
        return await super().stat(key)

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        self.calls.append(("list", prefix, limit))
        return await super().list(prefix, limit=limit)


async def test_few_questions_are_asked() -> None:
    storage = CountingStorage()
    await storage.write("a/cat.jpg", b"")

    await resolve(storage, "a/cat.jpg", "jpg")
    assert storage.calls == [("stat", "a/cat.jpg")]

    storage.calls.clear()
    await resolve(storage, "a/cat.webp", "webp")
    assert storage.calls == [("stat", "a/cat.webp"), ("stat", "a/cat"), ("list", "a/cat.", 100)]

    storage.calls.clear()
    await resolve(storage, "a/cat", None)
    assert storage.calls == [("stat", "a/cat"), ("list", "a/cat.", 100)]


def mounts(*prefixes: str) -> Mounts:
    return Mounts(
        Mount(name=prefix or "all", prefix=prefix, storage=MemoryStorage(), revalidate_seconds=1)
        for prefix in prefixes
    )


def test_the_longest_prefix_is_looked_in_first() -> None:
    found = mounts("", "press", "press/2024/", "/people").places("press/2024/cat")

    assert [(place.mount.name, place.name) for place in found] == [
        ("press/2024/", "cat"),
        ("press", "2024/cat"),
        ("all", "press/2024/cat"),
    ]


def test_a_prefix_is_whole_segments() -> None:
    assert mounts("press").places("pressure/cat") == []
    assert mounts("press").places("press") == []
    assert [place.name for place in mounts("/people/").places("people/cat")] == ["cat"]


@pytest.mark.parametrize(
    "name", ["", "../cat", "a/../../etc/passwd", "/cat", "a//b", "cat\0", "cat\r\n", "x" * 2000]
)
def test_a_hostile_name_is_refused_before_a_storage_is_asked(name: str) -> None:
    with pytest.raises(InvalidKey):
        mounts("").places(name)


def test_two_mounts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        mounts("a", "a")
