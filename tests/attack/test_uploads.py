"""Uploads made to hurt, over raw sockets: answered each time, nothing left behind, and others served."""

import asyncio
import errno
import re
import tracemalloc
from contextlib import suppress

import pytest

import origin.hosting.intake
from proxy.hosting.stream import Pace
from tests.attack.uploads import END, MOST, UPLOADS, file
from tests.hosting.door import SECRET, opened
from tests.services.render_pool import until

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_HEAD = f"POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n"


@pytest.fixture
async def door(tmp_path):
    staging = tmp_path / "staging"
    async with opened(staging, max_bytes=MOST, memory_bytes=10_000, pace=Pace(1000, 0.5)) as door:
        yield door


async def status_of(reader):
    """The first status that comes; None for a connection that is closed."""
    try:
        async with asyncio.timeout(20):
            found = _STATUS.match(await reader.readline())
    except ConnectionError:
        return None
    return int(found[1]) if found else None


async def send(door, head, body, *, end=False):
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        writer.write(head.encode() + body)
        if end:
            writer.write_eof()
        with suppress(ConnectionError):  # it may be answered before all of it is sent
            await writer.drain()
        return await status_of(reader)
    finally:
        writer.close()


async def good(door):
    body = file(body=b"good") + END
    head = f"{_HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    return await send(door, head, body)


@pytest.mark.parametrize("name", UPLOADS)
async def test_an_attack_is_answered_and_leaves_nothing(door, name):
    attack = UPLOADS[name]

    status = await send(door, attack.head, attack.body(), end=attack.end)

    assert status in attack.expected
    assert 200 == await good(door)
    assert [] == door.left_behind()


async def test_a_body_that_drips_is_given_up_on(door):
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"{_HEAD}Content-Type: image/jpeg\r\nContent-Length: 900000\r\n\r\n".encode())
    # Much at first: it buys no time beyond what a stall may take.
    writer.write(b"x" * 500_000)
    answer = asyncio.create_task(status_of(reader))
    for _ in range(200):
        if answer.done():
            break
        writer.write(b"x")
        await asyncio.sleep(0.05)
    writer.close()

    assert 408 == await answer
    assert [] == door.left_behind()
    assert 200 == await good(door)


async def test_many_slow_ones_do_not_keep_others_out(tmp_path):
    async with opened(tmp_path, concurrency=4, pace=Pace(1000, 0.3)) as door:
        slow = [
            asyncio.create_task(
                send(door, f"{_HEAD}Content-Type: image/jpeg\r\nContent-Length: 900\r\n\r\n", b"x")
            )
            for _ in range(4)
        ]
        await asyncio.sleep(0.05)

        assert 200 == await good(door)
        assert [408] * 4 == await asyncio.gather(*slow)


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503)])
async def test_a_disk_that_takes_no_more_is_told(door, monkeypatch, number, status):
    def full(file, data):
        file.write(data[:10])
        raise OSError(number, "the disk says no")

    monkeypatch.setattr(origin.hosting.intake, "_write", full)
    body = file(body=b"x" * 50_000) + END
    head = f"{_HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"

    assert status == await send(door, head, body)
    assert [] == door.left_behind()
    monkeypatch.undo()
    assert 200 == await good(door)


async def test_a_part_that_finds_no_room_may_come_again(door, monkeypatch):
    head = (
        f"{_HEAD}Content-Type: image/jpeg\r\nX-Unique-Upload-Id: u\r\nContent-Range: bytes 0-99/100\r\n"
        "Content-Length: 100\r\n\r\n"
    )

    def full(self, data):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert 507 == await send(door, head, b"x" * 100)
    monkeypatch.undo()

    assert 200 == await send(door, head, b"x" * 100)


async def test_a_client_that_leaves_leaves_nothing(door):
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"{_HEAD}Content-Type: image/jpeg\r\nContent-Length: 900000\r\n\r\n".encode())
    writer.write(b"x" * 700_000)
    await writer.drain()
    await until(lambda: bool(door.left_behind()))
    writer.transport.abort()

    await until(lambda: not door.left_behind())
    assert 200 == await good(door)


async def test_memory_is_bounded_whatever_comes(tmp_path):
    """Eight uploads of 4 MB at once, of which 100 KB each may be in memory."""
    async with opened(tmp_path, memory_bytes=100_000, max_bytes=5_000_000) as door:
        head = f"{_HEAD}Content-Type: image/jpeg\r\nContent-Length: 4000000\r\n\r\n"
        body = bytes(4_000_000)

        async def one():
            taken = door.intake.sink()
            for at in range(0, len(body), 65_536):
                await taken.write(body[at : at + 65_536])
            return await taken.finish()

        tracemalloc.start()
        received = await asyncio.gather(*(one() for _ in range(8)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for each in received:
            await door.intake.discard(each)

        assert peak < 16_000_000
        assert 200 == await send(door, head, body)
        assert [] == door.left_behind()
