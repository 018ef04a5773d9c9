"""Remote originals in a library: kept, asked for again, and there while their server is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from origin.errors import AssetNotFound, FetchForbidden, InvalidKey, OriginError, OriginUnavailable
from origin.fetch import Fetcher
from origin.guard import Rules
from origin.mounts import Mount
from origin.remote import RemoteStorage
from origin.storage.base import Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from tests.attack.hostile_origin import Origin, answer, hostile_origin
from tests.origin.house import Clock, House, prepare


class Server:
    """A remote server with one picture at every path, which it has until told otherwise."""

    def __init__(self) -> None:
        self.body = b"one"
        self.lines: tuple[str, ...] = ('ETag: "1"',)
        self.status = "200 OK"
        self.origin = Origin()

    def answer(self, path: str, headers: dict[str, str]) -> bytes:
        if self.status.startswith("200") and headers.get("if-none-match") in {
            line.removeprefix("ETag: ") for line in self.lines
        }:
            return answer(b"", status="304 Not Modified")
        return answer(self.body, *self.lines, status=self.status)

    def url(self, path: str = "a.png") -> str:
        return self.origin.url(path)

    @property
    def asked(self) -> int:
        return len(self.origin.seen)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with hostile_origin(more=made.answer) as origin:
        made.origin = origin
        yield made


def storage(server: Server, kept: Storage, clock: Clock, **options: Any) -> RemoteStorage:
    rules = Rules.of(
        ["127.0.0.1"], ports=[server.origin.port], networks=[ip_network("127.0.0.0/8")], signed=False
    )
    settings: dict[str, Any] = {"max_bytes": 1_000_000, "kept_bytes": 1_000_000, "clock": clock}
    fetcher = Fetcher(rules=rules, connect_seconds=0.05, max_bytes=1_000_000)
    return RemoteStorage(fetcher=fetcher, kept=kept, **{**settings, **options})


@asynccontextmanager
async def house(server: Server, folder: Path, **options: Any) -> AsyncIterator[House]:
    clock = Clock()
    remote = storage(server, FilesystemStorage(path=folder / "fetched", create=True), clock, **options)
    mount = Mount("fetch:", "", remote, revalidate_seconds=300, timeout_seconds=5)
    local = MemoryStorage()
    made = House(local, await prepare(folder), clock, remote=mount)
    try:
        yield made
    finally:
        await made.close()


async def test_an_address_is_an_original_like_any_other(server, tmp_path):
    async with house(server, tmp_path) as home:
        asset = await home.library.learn(server.url())
        data = await home.library.read(asset)
        again = await home.library.recall(server.url())

    assert (b"one", 3, "fetch:") == (data, asset.info.width, asset.mount)
    assert (server.url(), server.url(), None) == (asset.public_id, asset.key, asset.extension)
    assert (asset, 1) == (again, server.asked)


async def test_all_who_ask_at_once_share_one_fetch(server, tmp_path):
    async with house(server, tmp_path) as home:
        found = await asyncio.gather(*(home.library.learn(server.url()) for _ in range(50)))
        bodies = await asyncio.gather(*(home.library.read(asset) for asset in found))

    assert ({b"one"}, 1) == (set(bodies), server.asked)


async def test_what_is_kept_outlives_the_process(server, tmp_path):
    async with house(server, tmp_path) as home:
        await home.library.learn(server.url())
    async with house(server, tmp_path) as home:
        asset = await home.library.recall(server.url())
        assert asset is not None
        data = await home.library.read(asset)

    assert (b"one", 1) == (data, server.asked)


async def test_a_server_is_asked_again_when_facts_are_old(server, tmp_path):
    async with house(server, tmp_path) as home:
        first = await home.library.learn(server.url())
        home.clock.now += 301
        same = await home.library.check(first)
        server.body, server.lines = b"two!", ('ETag: "2"',)
        home.clock.now += 301
        other = await home.library.check(same)
        data = await home.library.read(other)

    assert ['"1"', '"1"'] == [headers["if-none-match"] for _, headers in server.origin.seen[1:]]
    assert (first.content_hash, first.modified_at) == (same.content_hash, same.modified_at)
    assert (b"two!", 2, 3) == (data, other.generation, server.asked)


async def test_a_server_that_names_no_versions(server, tmp_path):
    server.lines = ()
    async with house(server, tmp_path) as home:
        first = await home.library.learn(server.url())
        home.clock.now += 301
        same = await home.library.check(first)
        server.body = b"two!"
        home.clock.now += 301
        other = await home.library.check(same)

    assert (first.modified_at, first.etag, 1) == (same.modified_at, same.etag, same.generation)
    assert other.modified_at == first.modified_at + 602


async def test_the_time_is_the_servers(server, tmp_path):
    server.lines = ("Last-Modified: Wed, 01 Jul 2026 10:00:00 GMT",)
    async with house(server, tmp_path) as home:
        asset = await home.library.learn(server.url())

    assert 1782900000.0 == asset.modified_at


async def test_a_picture_that_is_gone(server, tmp_path):
    async with house(server, tmp_path) as home:
        asset = await home.library.learn(server.url())
        server.status = "404 Not Found"
        home.clock.now += 301
        with pytest.raises(AssetNotFound):
            await home.library.check(asset)

    assert [] == [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()]


async def test_a_server_that_fails_leaves_what_is_kept(server, tmp_path):
    async with house(server, tmp_path) as home:
        asset = await home.library.learn(server.url())
        server.status = "503 Service Unavailable"
        home.clock.now += 301
        with pytest.raises(OriginUnavailable):
            await home.library.check(asset)
        data = await home.library.read(asset)

    assert b"one" == data


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
async def test_a_failure_is_remembered_for_a_moment(server, tmp_path, status):
    server.status = status
    async with house(server, tmp_path) as home:
        for _ in range(5):
            with pytest.raises(OriginError):
                await home.library.learn(server.url())

    assert 1 == server.asked


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda data: data[:-1] + b"x", lambda data: b"{}\n", None]
)
async def test_a_copy_that_is_damaged_or_gone_is_fetched_anew(server, tmp_path, harm):
    async with house(server, tmp_path) as home:
        await home.library.learn(server.url())
    (copy,) = [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()]
    if harm is None:
        copy.unlink()
    else:
        copy.write_bytes(harm(copy.read_bytes()))
    async with house(server, tmp_path) as home:
        asset = await home.library.recall(server.url())
        assert asset is not None
        data = await home.library.read(asset)

    assert (b"one", 2) == (data, server.asked)


async def test_a_disk_without_room_is_no_reason_to_fail(server, tmp_path):
    (tmp_path / "fetched").write_text("not a folder")
    async with house(server, tmp_path) as home:
        asset = await home.library.learn(server.url())
        data = await home.library.read(asset)

    assert b"one" == data


async def test_copies_have_so_much_room(server):
    server.body, server.lines, kept = bytes(1000), (), MemoryStorage()
    remote = storage(server, kept, Clock(), kept_bytes=20_000)
    for number in range(60):
        await remote.stat(server.url(str(number)))
    stats = await kept.list("", limit=1000)
    await remote.close()

    assert 10 < len(stats) < 20
    assert sum(stat.size for stat in stats) <= 20_000 + 2000


async def test_rules_hold_in_the_storage_too(server, tmp_path):
    async with house(server, tmp_path) as home:
        for url in ("http://1.1.1.1/", "http://10.0.0.1/", f"http://127.0.0.1:{server.origin.port + 1}/"):
            with pytest.raises(FetchForbidden):
                await home.library.learn(url)
        # A file is named where nobody asks for permission.
        with pytest.raises(InvalidKey):
            await home.library.file(server.url(), max_bytes=1000)

    assert 0 == server.asked


async def test_without_a_mount_for_them_addresses_are_no_names(tmp_path):
    home = House(MemoryStorage(), await prepare(tmp_path))
    with pytest.raises(InvalidKey):
        await home.library.learn("http://example.com/")
    await home.close()
