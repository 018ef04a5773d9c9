"""What every storage must do, each make on the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from origin.errors import AssetNotFound, InvalidKey, OriginalTooManyBytes
from origin.storage import STORAGES
from origin.storage.base import Stat, Storage
from origin.storage.s3_client import S3Client, S3Settings
from tests.services.s3 import S3Server

MAX = 10_000_000
ODD_KEYS = (
    "a",
    "deep/er/and/deeper.jpg",
    "with space/and  two.jpg",
    "Fußgänger/日本/写真.webp",
    "per%20cent/100%.png",
    "plus+and&amp;=?#;:@!$'(),~.gif",
    'quo"te',
    "...dots",
    ".hidden",
    "trailing.",
)
NO_KEYS = (
    "",
    "/",
    "/etc/passwd",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../b",
    "./a",
    "a/.",
    "nul\0",
    "line\nbreak",
    "\ud800",
    "é" * 600,
)


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "filesystem":
        settings: dict[str, object] = {"path": tmp_path}
    elif request.param == "s3":
        server: S3Server = request.getfixturevalue("s3_bucket")
        client = S3Client(S3Settings(**server.settings))
        settings = {"client": client, "bucket": server.bucket, "prefix": "some where/"}
    else:
        settings = {}
    made = STORAGES[request.param](**settings)
    yield made
    await made.close()


async def test_what_is_written_is_read(storage: Storage) -> None:
    await storage.write("photos/cat.jpg", b"meow", content_type="image/jpeg")

    data, stat = await storage.read("photos/cat.jpg", max_bytes=MAX)

    assert data == b"meow"
    assert (stat.key, stat.size) == ("photos/cat.jpg", 4)
    assert stat == await storage.stat("photos/cat.jpg")
    assert [stat] == await storage.list("", limit=10)
    assert stat.modified_at > 1_600_000_000


async def test_any_name_goes_in_and_out(storage: Storage) -> None:
    for key in ODD_KEYS:
        await storage.write(key, key.encode())
    for key in ODD_KEYS:
        data, stat = await storage.read(key, max_bytes=MAX)

        assert data == key.encode()
        assert stat == await storage.stat(key)
        assert [stat] == await storage.list(key, limit=1)


async def test_a_name_that_cannot_be_has_no_object(storage: Storage) -> None:
    for key in NO_KEYS:
        assert await storage.stat(key) is None
        await storage.delete(key)
        with pytest.raises(AssetNotFound):
            await storage.read(key, max_bytes=MAX)
        with pytest.raises(InvalidKey):
            await storage.write(key, b"")


async def test_what_is_not_there(storage: Storage) -> None:
    await storage.write("photos/cat.jpg", b"meow")

    assert await storage.stat("photos/dog.jpg") is None
    assert await storage.stat("photos") is None
    assert await storage.stat("photos/cat.jpg/whiskers") is None
    assert await storage.list("nothing/here", limit=10) == []
    for key in ("photos/dog.jpg", "photos", "photos/cat.jpg/whiskers"):
        with pytest.raises(AssetNotFound):
            await storage.read(key, max_bytes=MAX)


async def test_an_empty_object_is_an_object(storage: Storage) -> None:
    await storage.write("empty", b"")

    data, stat = await storage.read("empty", max_bytes=0)

    assert (data, stat.size) == (b"", 0)


async def test_the_bound_on_bytes_is_held(storage: Storage) -> None:
    await storage.write("large", b"x" * 1001)

    with pytest.raises(OriginalTooManyBytes, match="1,001 bytes, at most 1,000 bytes"):
        await storage.read("large", max_bytes=1000)
    assert len((await storage.read("large", max_bytes=1001))[0]) == 1001


async def test_a_large_object_comes_back_whole(storage: Storage) -> None:
    large = bytes(range(256)) * 20_000

    await storage.write("large", large)

    assert (await storage.read("large", max_bytes=MAX))[0] == large


async def test_writing_again_replaces(storage: Storage) -> None:
    await storage.write("a", b"one")
    before = await storage.stat("a")
    await storage.write("a", b"three")
    after = await storage.stat("a")

    assert isinstance(before, Stat)
    assert isinstance(after, Stat)
    assert before.etag != after.etag
    assert (await storage.read("a", max_bytes=MAX))[0] == b"three"


async def test_other_bytes_of_the_same_size_have_another_etag(storage: Storage) -> None:
    await storage.write("a", b"one")
    before = await storage.stat("a")
    await storage.write("a", b"two")
    after = await storage.stat("a")

    assert before is not None
    assert after is not None
    assert before.etag != after.etag


async def test_deleting(storage: Storage) -> None:
    await storage.write("a/b", b"one")
    await storage.delete("a/b")
    await storage.delete("a/b")
    await storage.delete("a/b/c")
    await storage.delete("never/was")

    assert await storage.stat("a/b") is None
    assert await storage.list("", limit=10) == []


async def test_lists_are_in_order_and_limited(storage: Storage) -> None:
    keys = [
        "photos/cat.jpg",
        "photos/cat.d/x",
        "photos/cat",
        "photos/dog",
        "photos-2/a",
        "zoo",
        "Zoo",
        "é",
    ]
    for key in keys:
        await storage.write(key, b"")

    async def listed(prefix: str, limit: int = 100) -> list[str]:
        return [stat.key for stat in await storage.list(prefix, limit=limit)]

    assert await listed("") == sorted(keys)
    assert await listed("photos/", 2) == ["photos/cat", "photos/cat.d/x"]
    assert await listed("photos/cat.") == ["photos/cat.d/x", "photos/cat.jpg"]
    assert await listed("photos/") == sorted(key for key in keys if key.startswith("photos/"))
    assert await listed("photos") == sorted(key for key in keys if key.startswith("photos"))
    assert await listed("", 0) == []


async def test_a_list_longer_than_a_page(storage: Storage) -> None:
    keys = [f"{number:04}" for number in range(1050)]
    for start in range(0, len(keys), 50):
        await asyncio.gather(*(storage.write(key, b"") for key in keys[start : start + 50]))

    assert [stat.key for stat in await storage.list("", limit=1020)] == keys[:1020]


async def test_a_reader_sees_the_old_object_or_the_new(storage: Storage) -> None:
    versions = [bytes([65 + number]) * 300_000 for number in range(6)]
    await storage.write("a", versions[0])

    async def write() -> None:
        for version in versions:
            await storage.write("a", version)

    writing = asyncio.create_task(write())
    seen = []
    while not writing.done():
        seen.append((await storage.read("a", max_bytes=MAX))[0])
        await asyncio.sleep(0)
    await writing

    assert seen
    assert all(data in versions for data in seen)


async def test_it_can_be_used_again_after_it_was_closed(storage: Storage) -> None:
    await storage.write("a", b"one")
    await storage.close()
    await storage.close()

    assert (await storage.read("a", max_bytes=MAX))[0] == b"one"
