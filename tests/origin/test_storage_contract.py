"""What every storage must do, each make on the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from origin.errors import AssetNotFound, InvalidKey, OriginalTooManyBytes, WrongBytes
from origin.storage import STORAGES
from origin.storage.base import ObjectStorage, Stat
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
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStorage]:
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


async def test_what_is_written_is_read(storage: ObjectStorage) -> None:
    await storage.write("photos/cat.jpg", b"meow", content_type="image/jpeg")

    data, stat = await storage.read("photos/cat.jpg", max_bytes=MAX)

    assert data == b"meow"
    assert (stat.key, stat.size) == ("photos/cat.jpg", 4)
    assert stat == await storage.stat("photos/cat.jpg")
    assert [stat] == await storage.list("", limit=10)
    assert stat.modified_at > 1_600_000_000


async def test_any_name_goes_in_and_out(storage: ObjectStorage) -> None:
    for key in ODD_KEYS:
        await storage.write(key, key.encode())
    for key in ODD_KEYS:
        data, stat = await storage.read(key, max_bytes=MAX)

        assert data == key.encode()
        assert stat == await storage.stat(key)
        assert [stat] == await storage.list(key, limit=1)


async def test_a_name_that_cannot_be_has_no_object(storage: ObjectStorage) -> None:
    for key in NO_KEYS:
        assert await storage.stat(key) is None
        await storage.delete(key)
        with pytest.raises(AssetNotFound):
            await storage.read(key, max_bytes=MAX)
        with pytest.raises(InvalidKey):
            await storage.write(key, b"")


async def test_what_is_not_there(storage: ObjectStorage) -> None:
    await storage.write("photos/cat.jpg", b"meow")

    assert await storage.stat("photos/dog.jpg") is None
    assert await storage.stat("photos") is None
    assert await storage.stat("photos/cat.jpg/whiskers") is None
    assert await storage.list("nothing/here", limit=10) == []
    for key in ("photos/dog.jpg", "photos", "photos/cat.jpg/whiskers"):
        with pytest.raises(AssetNotFound):
            await storage.read(key, max_bytes=MAX)


async def test_an_empty_object_is_an_object(storage: ObjectStorage) -> None:
    await storage.write("empty", b"")

    data, stat = await storage.read("empty", max_bytes=0)

    assert (data, stat.size) == (b"", 0)


async def test_the_bound_on_bytes_is_held(storage: ObjectStorage) -> None:
    await storage.write("large", b"x" * 1001)

    with pytest.raises(OriginalTooManyBytes, match="1,001 bytes, at most 1,000 bytes"):
        await storage.read("large", max_bytes=1000)
    assert len((await storage.read("large", max_bytes=1001))[0]) == 1001


async def test_a_large_object_comes_back_whole(storage: ObjectStorage) -> None:
    large = bytes(range(256)) * 20_000

    await storage.write("large", large)

    assert (await storage.read("large", max_bytes=MAX))[0] == large


async def test_writing_again_replaces(storage: ObjectStorage) -> None:
    await storage.write("a", b"one")
    before = await storage.stat("a")
    await storage.write("a", b"three")
    after = await storage.stat("a")

    assert isinstance(before, Stat)
    assert isinstance(after, Stat)
    assert before.etag != after.etag
    assert (await storage.read("a", max_bytes=MAX))[0] == b"three"


async def test_other_bytes_of_the_same_size_have_another_etag(storage: ObjectStorage) -> None:
    await storage.write("a", b"one")
    before = await storage.stat("a")
    await storage.write("a", b"two")
    after = await storage.stat("a")

    assert before is not None
    assert after is not None
    assert before.etag != after.etag


async def test_deleting(storage: ObjectStorage) -> None:
    await storage.write("a/b", b"one")
    await storage.delete("a/b")
    await storage.delete("a/b")
    await storage.delete("a/b/c")
    await storage.delete("never/was")

    assert await storage.stat("a/b") is None
    assert await storage.list("", limit=10) == []


async def test_lists_are_in_order_and_limited(storage: ObjectStorage) -> None:
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


async def test_a_list_longer_than_a_page(storage: ObjectStorage) -> None:
    keys = [f"{number:04}" for number in range(1050)]
    for start in range(0, len(keys), 50):
        await asyncio.gather(*(storage.write(key, b"") for key in keys[start : start + 50]))

    assert [stat.key for stat in await storage.list("", limit=1020)] == keys[:1020]


async def test_a_reader_sees_the_old_object_or_the_new(storage: ObjectStorage) -> None:
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


async def test_what_is_new_is_written_once(storage: ObjectStorage, tmp_path: Path) -> None:
    body = b"first of all"
    first = await storage.write_new("o/ab/abc.1", body, content_hash=sha256(body).hexdigest())
    second = await storage.write_new("o/ab/abc.1", b"other", content_hash=sha256(b"other").hexdigest())

    assert (first, second) == (True, False)
    assert (await storage.read("o/ab/abc.1", max_bytes=MAX))[0] == body
    assert [stat.key for stat in await storage.list("", limit=10)] == ["o/ab/abc.1"]


async def test_of_many_who_write_the_same_one_does(storage: ObjectStorage) -> None:
    async def write(number: int) -> bool:
        body = b"%d" % number
        return await storage.write_new("race", body, content_hash=sha256(body).hexdigest())

    results = await asyncio.gather(*(write(number) for number in range(20)))

    assert results.count(True) == 1
    body, _ = await storage.read("race", max_bytes=MAX)
    assert results[int(body)]
    assert [stat.key for stat in await storage.list("", limit=10)] == ["race"]


@pytest.mark.parametrize("size", [0, 1_000, 9_000_000])
async def test_a_file_becomes_an_object(storage: ObjectStorage, tmp_path: Path, size: int) -> None:
    body = bytes(range(250)) * (size // 250)
    file = tmp_path.with_name(f"{tmp_path.name}-file")
    file.write_bytes(body)
    content_hash = sha256(body).hexdigest()
    first = await storage.write_new("large", file, content_hash=content_hash, content_type="image/png")
    second = await storage.write_new("large", file, content_hash=content_hash)

    assert (first, second) == (True, False)
    assert (await storage.read("large", max_bytes=MAX))[0] == body
    assert file.exists()


@pytest.mark.parametrize("size", [1_000, 9_000_000])
async def test_other_bytes_than_were_meant_become_none(
    storage: ObjectStorage, tmp_path: Path, size: int
) -> None:
    file = tmp_path.with_name(f"{tmp_path.name}-file")
    file.write_bytes(b"x" * size)
    meant = sha256(b"meant").hexdigest()

    for data in (file, b"x" * size):
        with pytest.raises(WrongBytes):
            await storage.write_new("a", data, content_hash=meant)
    assert await storage.stat("a") is None
    assert await storage.list("", limit=10) == []


async def test_what_was_deleted_can_be_new_again(storage: ObjectStorage) -> None:
    content_hash = sha256(b"one").hexdigest()
    await storage.write_new("a/b", b"one", content_hash=content_hash)
    await storage.delete("a/b")

    assert await storage.write_new("a/b", b"one", content_hash=content_hash)
    assert (await storage.read("a/b", max_bytes=MAX))[0] == b"one"


async def test_no_new_object_has_a_name_that_cannot_be(storage: ObjectStorage) -> None:
    for key in NO_KEYS:
        with pytest.raises(InvalidKey):
            await storage.write_new(key, b"", content_hash=sha256(b"").hexdigest())


async def test_it_can_be_used_again_after_it_was_closed(storage: ObjectStorage) -> None:
    await storage.write("a", b"one")
    await storage.close()
    await storage.close()

    assert (await storage.read("a", max_bytes=MAX))[0] == b"one"
