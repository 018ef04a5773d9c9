"""Scans by a clamd that is played here, over its own protocol."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.jobs.clamd import Clamd, ScanFailed
from proxy.jobs.webhooks import signed, signed_as_cloudinary

EICAR = b"X5O!P%@AP"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert b"zINSTREAM\0" == await reader.readexactly(10)
    data = b""
    while length := struct.unpack("!I", await reader.readexactly(4))[0]:
        data += await reader.readexactly(length)
    said = b"stream: Eicar-Test FOUND" if EICAR in data else b"stream: OK"
    writer.write((b"INSTREAM size limit exceeded. ERROR" if len(data) > 200_000 else said) + b"\0")
    await writer.drain()
    writer.close()


@pytest.fixture
async def clamd(tmp_path: Path) -> AsyncIterator[Clamd]:
    path = str(tmp_path / "clamd.sock")
    server = await asyncio.start_unix_server(answer, path)
    yield Clamd(host="", port=0, path=path, timeout_seconds=10)
    server.close()
    await server.wait_closed()


async def test_a_virus_is_named(clamd: Clamd) -> None:
    clean, infected = await clamd.scan(b"a picture" * 10_000), await clamd.scan(b"x" * 70_000 + EICAR)

    assert (None, "Eicar-Test") == (clean, infected)


async def test_a_scanner_that_cannot_is_asked_again(clamd: Clamd, tmp_path: Path) -> None:
    with pytest.raises(ScanFailed, match="size limit"):
        await clamd.scan(bytes(300_000))
    nobody = Clamd(host="", port=0, path=str(tmp_path / "nobody.sock"), timeout_seconds=1)
    with pytest.raises(ScanFailed, match="does not answer"):
        await nobody.scan(b"x")


def test_notifications_are_signed_as_their_receivers_verify_them() -> None:
    ours = signed(b'{"a":1}', "secret", at=1_700_000_000)
    theirs = signed_as_cloudinary(b'{"a":1}', "secret", at=1_700_000_000)
    import cloudinary
    from cloudinary.utils import verify_notification_signature

    cloudinary.config(api_secret="secret")
    verified = verify_notification_signature(
        '{"a":1}', 1_700_000_000, theirs["X-Cld-Signature"], valid_for=10**10
    )

    assert verified
    assert {"X-Calotype-Timestamp", "X-Calotype-Signature"} == set(ours)
    assert 64 == len(ours["X-Calotype-Signature"])
