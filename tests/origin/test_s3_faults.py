"""S3 servers that refuse, stall, break off or lie; a script of raw answers stands in for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from origin.errors import (
    AssetNotFound,
    OriginalTooManyBytes,
    OriginDenied,
    OriginRefused,
    OriginTimeout,
    OriginUnavailable,
)
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from tests.services.s3 import S3Server

DATE = "Wed, 12 Oct 2022 17:50:00 GMT"
HANG = (b"",)
BODY = bytes(range(256)) * 2000
MAX = 10_000_000


def answer(
    status: str, body: bytes = b"", *, length: int | None = None, etag: str = "one", more: str = ""
) -> bytes:
    size = len(body) if length is None else length
    head = f'HTTP/1.1 {status}\r\nContent-Length: {size}\r\nETag: "{etag}"\r\nLast-Modified: {DATE}\r\n{more}'
    return f"{head}Connection: close\r\n\r\n".encode() + body


def refusal(status: str, code: str) -> bytes:
    return answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def rest(start: int, etag: str = "one") -> bytes:
    more = f"Content-Range: bytes {start}-{len(BODY) - 1}/{len(BODY)}\r\n"
    return answer("206 Partial Content", BODY[start:], etag=etag, more=more)


class Script:
    """A server that gives the next of its answers to each connection, and keeps what it was asked.

    An answer that is to stall is given as a tuple of what still comes.
    """

    def __init__(self) -> None:
        self.answers: list[bytes | tuple[bytes]] = []
        self.asked: list[str] = []
        self.port = 0
        self._connections: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self._connections.add(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            given = self.answers.pop(0)
            writer.write(given[0] if isinstance(given, tuple) else given)
            await writer.drain()
            if isinstance(given, tuple):
                await asyncio.sleep(30)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def close(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def ranges(self) -> Sequence[str | None]:
        """The Range of each request."""
        headers = [
            dict(line.lower().split(": ", 1) for line in asked.splitlines()[1:-1]) for asked in self.asked
        ]
        return [header.get("range") for header in headers]


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    server = await asyncio.start_server(script.connected, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    yield script
    server.close()
    await script.close()
    await server.wait_closed()


def storage_at(port: int, **more: Any) -> S3Storage:
    settings: dict[str, Any] = {
        "endpoint_url": f"http://127.0.0.1:{port}",
        "region": "us-east-1",
        "access_key_id": "key",
        "secret_access_key": "secret",
        "addressing_style": "path",
        "read_timeout_seconds": 0.3,
    }
    return S3Storage(client=S3Client(S3Settings(**{**settings, **more})), bucket="photos")


@pytest.fixture
async def storage(script: Script) -> AsyncIterator[S3Storage]:
    storage = storage_at(script.port)
    yield storage
    await storage.close()


async def test_a_read_that_breaks_off_goes_on_where_it_was(script: Script, storage: S3Storage) -> None:
    script.answers = [
        answer("200 OK", BODY[:100_000], length=len(BODY)),
        answer("206 Partial Content", BODY[100_000:200_000], length=len(BODY) - 100_000),
        rest(200_000),
    ]

    data, stat = await storage.read("cat.jpg", max_bytes=MAX)

    assert data == BODY
    assert (stat.size, stat.etag) == (len(BODY), "one")
    assert script.ranges() == [None, "bytes=100000-", "bytes=200000-"]


async def test_a_read_that_keeps_breaking_off_is_an_error_never_a_part(
    script: Script, storage: S3Storage
) -> None:
    script.answers = [answer("200 OK", BODY[:1000], length=len(BODY)), *[answer("206 OK", b"", length=9)] * 9]

    with pytest.raises(OriginUnavailable):
        await storage.read("cat.jpg", max_bytes=MAX)
    assert len(script.asked) == 3


async def test_an_object_that_changes_under_way_is_read_anew(script: Script, storage: S3Storage) -> None:
    script.answers = [
        answer("200 OK", b"x" * 1000, length=len(BODY), etag="old"),
        refusal("412 Precondition Failed", "PreconditionFailed"),
        answer("200 OK", BODY, etag="new"),
    ]

    data, stat = await storage.read("cat.jpg", max_bytes=MAX)

    assert (data, stat.etag) == (BODY, "new")
    assert script.ranges() == [None, "bytes=1000-", None]


async def test_a_server_that_knows_no_ranges(script: Script, storage: S3Storage) -> None:
    script.answers = [answer("200 OK", b"x" * 1000, length=len(BODY)), answer("200 OK", BODY)]

    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY


async def test_a_body_that_stalls_is_asked_for_again(script: Script, storage: S3Storage) -> None:
    script.answers = [(answer("200 OK", BODY[:1000], length=len(BODY)),), rest(1000)]

    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY
    assert script.ranges() == [None, "bytes=1000-"]


async def test_too_large_is_refused_before_it_is_read(script: Script, storage: S3Storage) -> None:
    script.answers = [answer("200 OK", b"the first few", length=50_000_001)]

    with pytest.raises(OriginalTooManyBytes, match="50,000,001 bytes, at most 50,000,000"):
        await storage.read("cat.jpg", max_bytes=50_000_000)
    assert len(script.asked) == 1


async def test_errors_of_the_server_are_tried_again_twice(script: Script, storage: S3Storage) -> None:
    script.answers = [*[refusal("503 Slow Down", "SlowDown")] * 2, answer("200 OK", BODY)]
    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY

    script.answers = [refusal("500 Oh", "InternalError")] * 5
    with pytest.raises(OriginUnavailable, match=r"s3://photos/cat\.jpg: the storage answered 500"):
        await storage.read("cat.jpg", max_bytes=MAX)
    assert len(script.asked) == 6


async def test_the_page_of_a_proxy_is_no_object(script: Script, storage: S3Storage) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<p>Log in"
    for work in (
        lambda: storage.stat("cat.jpg"),
        lambda: storage.read("cat.jpg", max_bytes=MAX),
        lambda: storage.list("cat.", limit=10),
    ):
        script.answers = [page] * 5
        with pytest.raises(OriginUnavailable):
            await work()


async def test_what_refusals_mean(script: Script, storage: S3Storage) -> None:
    meanings = [
        ("403 Forbidden", "AccessDenied", OriginDenied, "s3:ListBucket"),
        ("403 Forbidden", "SignatureDoesNotMatch", OriginDenied, "SignatureDoesNotMatch"),
        ("404 Not Found", "NoSuchKey", AssetNotFound, "no such object"),
        ("404 Not Found", "NoSuchBucket", OriginRefused, "NoSuchBucket"),
        ("409 Conflict", "OperationAborted", OriginRefused, "OperationAborted"),
    ]
    for status, code, error, message in meanings:
        script.answers = [refusal(status, code)]
        with pytest.raises(error, match=message) as caught:
            await storage.read("cat.jpg", max_bytes=MAX)
        assert type(caught.value) is error


async def test_a_server_that_does_not_answer(script: Script, storage: S3Storage) -> None:
    script.answers = [HANG, HANG, HANG]

    with pytest.raises(OriginTimeout):
        await storage.stat("cat.jpg")
    assert len(script.asked) == 3


async def test_an_answer_that_is_not_one(script: Script, storage: S3Storage) -> None:
    script.answers = [b"what?\r\n\r\n"] * 9

    with pytest.raises(OriginUnavailable):
        await storage.list("cat", limit=5)


async def test_nobody_listens() -> None:
    storage = storage_at(1)

    with pytest.raises(OriginUnavailable):
        await storage.stat("cat.jpg")
    await storage.close()


async def test_no_credentials(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(file, "/dev/null")
    storage = storage_at(script.port, access_key_id="", secret_access_key="")

    with pytest.raises(OriginDenied, match="credentials"):
        await storage.stat("cat.jpg")
    assert script.asked == []
    await storage.close()


async def test_credentials_of_the_environment(s3_bucket: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.secret_access_key)
    settings = S3Settings(endpoint_url=s3_bucket.endpoint_url, addressing_style="path")
    storage = S3Storage(client=S3Client(settings), bucket=s3_bucket.bucket)
    await storage.write("cat.jpg", b"meow")

    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == b"meow"
    await storage.close()


async def test_good_keys_for_another_bucket(s3_bucket: S3Server) -> None:
    storage = S3Storage(client=S3Client(S3Settings(**s3_bucket.stranger)), bucket=s3_bucket.bucket)

    for attempt in (
        storage.stat("cat.jpg"),
        storage.read("cat.jpg", max_bytes=1),
        storage.list("cat.", limit=1),
    ):
        with pytest.raises(OriginDenied, match="denied"):
            await attempt
    await storage.close()


async def test_a_bucket_that_is_not_there(s3_bucket: S3Server) -> None:
    storage = S3Storage(client=S3Client(S3Settings(**s3_bucket.settings)), bucket="never-made")

    with pytest.raises(OriginUnavailable, match="NoSuchBucket"):
        await storage.list("", limit=1)
    with pytest.raises(OriginUnavailable, match="NoSuchBucket"):
        await storage.read("cat.jpg", max_bytes=1)
    await storage.close()


async def test_buckets_of_one_server_share_a_client(s3_bucket: S3Server, s3_administrator: Any) -> None:
    client = S3Client(S3Settings(**s3_bucket.settings))
    first = S3Storage(client=client, bucket=s3_bucket.bucket, prefix="one/")
    second = S3Storage(client=client, bucket=s3_bucket.bucket, prefix="two/")
    await asyncio.gather(first.write("cat.jpg", b"1"), second.write("cat.jpg", b"2"))

    assert [stat.key for stat in await first.list("", limit=5)] == ["cat.jpg"]
    assert (await second.read("cat.jpg", max_bytes=1))[0] == b"2"
    found = s3_administrator.list_objects_v2(Bucket=s3_bucket.bucket)["Contents"]
    assert [each["Key"] for each in found] == ["one/cat.jpg", "two/cat.jpg"]
    assert await client.get() is await client.get()
    await first.close()
    await second.close()


def test_nothing_of_s3_is_loaded_before_a_bucket_is_asked() -> None:
    code = """
import asyncio, sys
from origin.library import Library
from origin.storage import STORAGES
from origin.storage.s3_client import S3Client, S3Settings
async def main():
    STORAGES["s3"](client=S3Client(S3Settings()), bucket="b")
    print([name for name in ("botocore", "aiobotocore", "alembic", "pyvips") if name in sys.modules])
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
