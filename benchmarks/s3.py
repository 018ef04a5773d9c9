"""CPU time of one GET from S3: the storage's own, aiobotocore's, and a URL that is signed already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
import uvloop
from yarl import URL

from benchmarks import server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from tests.services.s3 import S3Server, s3_running

COLUMNS = (Column("cpu_us", "CPU µs", 0), Column("ratio", "to aiobotocore", 2))
NOTES = (
    "CPU of the client alone, SeaweedFS on loopback, no TLS, uvloop; rounds interleaved. All read the whole",
    "  object in one process; the last asks for a URL signed beforehand, and checks and tries again nothing.",
)
_THEIRS, _OURS, _PLAIN = "get_object of aiobotocore", "a read of the storage", "a signed URL, plain aiohttp"
_HEAD_THEIRS, _HEAD_OURS = "head_object of aiobotocore", "a stat of the storage"
_BYTES = 200_000
_BUCKET, _KEY = "photographs", "dandelion.jpg"
_WARM = 20
Ask = Callable[[], Awaitable[object]]


def measure(options: Options) -> Table:
    """A row for each way."""
    with s3_running(server.scratch(options.folder, "s3")) as running:
        rounds = uvloop.run(_measured(options, running))
    of = {name: rounds.samples[name]["cpu_us"] for name in rounds.samples}
    against = {_HEAD_OURS: _HEAD_THEIRS, _HEAD_THEIRS: _HEAD_THEIRS}
    rows = tuple(
        Row(name, {"cpu_us": tuple(found), "ratio": ratios(found, of[against.get(name, _THEIRS)])})
        for name, found in of.items()
    )
    return Table("s3", f"an object of {_BYTES // 1000} KB from S3", COLUMNS, rows, NOTES)


async def _measured(options: Options, running: S3Server) -> Rounds:
    client = S3Client(S3Settings(**running.settings))
    storage = S3Storage(client=client, bucket=_BUCKET)
    theirs = await client.get()
    await theirs.create_bucket(Bucket=_BUCKET)
    await storage.write(_KEY, bytes(_BYTES))
    where = {"Bucket": _BUCKET, "Key": _KEY}
    url = URL(await theirs.generate_presigned_url("get_object", Params=where), encoded=True)
    rounds = Rounds()
    async with aiohttp.ClientSession() as session:

        async def get_object() -> None:
            async with (await theirs.get_object(**where))["Body"] as body:
                _whole(await body.read())

        async def read() -> None:
            _whole((await storage.read(_KEY, max_bytes=_BYTES))[0])

        async def signed() -> None:
            async with session.get(url) as answer:
                _whole(await answer.read())

        asks: dict[str, Ask] = {_THEIRS: get_object, _OURS: read, _PLAIN: signed}
        asks |= {_HEAD_THEIRS: lambda: theirs.head_object(**where), _HEAD_OURS: lambda: storage.stat(_KEY)}
        count = options.most(300, 100)
        for ask in asks.values():
            await _cpu_us(ask, _WARM)
        for number in range(options.rounds):
            tell(f"s3: round {number + 1} of {options.rounds}")
            for name, ask in asks.items():
                rounds.add(name, {"cpu_us": await _cpu_us(ask, count)})
    await storage.close()
    await asyncio.sleep(0.1)  # connections that are closed leave in the next turns of the loop
    return rounds


async def _cpu_us(ask: Ask, count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        await ask()
    return (time.process_time() - began) * 1e6 / count


def _whole(body: bytes) -> None:
    if len(body) != _BYTES:
        raise RuntimeError(f"{len(body):,} of {_BYTES:,} bytes came")
