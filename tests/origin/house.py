"""A library on real parts, with what it did in sight."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from origin.errors import OriginError
from origin.library import Library, Mount
from origin.metadata.store import MetadataStore
from origin.storage.base import Stat, Storage
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo


class Clock:
    """The time, which passes when told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


async def probe(data: bytes) -> ImageInfo:
    """A picture as wide as its number of bytes, unless it says that it is broken."""
    if data.startswith(b"broken"):
        raise BrokenImage("it said so")
    return ImageInfo("jpg", len(data), 1)


class House:
    """One process: a library over a mount `main`, and counters of what it observed."""

    def __init__(self, storage: Storage, database: str, clock: Clock | None = None, **options: Any) -> None:
        self.clock = clock or Clock()
        self.storage = storage
        self.reads: Counter[tuple[str, str]] = Counter()
        self.looks: Counter[tuple[str, str]] = Counter()
        self.failures: list[str] = []
        self.metadata = MetadataStore(database, timeout_seconds=1.0)
        settings: dict[str, Any] = {
            "mounts": [Mount(name="main", prefix="", storage=storage, revalidate_seconds=300)],
            "prober": probe,
            "fetch_timeout_seconds": 5,
        }
        self.library = Library(
            metadata=self.metadata,
            observe_read=lambda *seen: self.reads.update([seen]),
            observe_stat=lambda *seen: self.looks.update([seen]),
            observe_metadata_failure=self.failures.append,
            clock=self.clock,
            **{**settings, **options},
        )

    async def close(self) -> None:
        await self.library.close()
        await self.metadata.close()


def in_processes(number: int, code: str, *arguments: object) -> list[tuple[str, str]]:
    """Run `code` in that many processes at once; what each wrote to its output and its errors."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(number)]
    return [process.communicate(timeout=60) for process in processes]


async def prepare(folder: Path) -> str:
    """The URL of a fresh database."""
    url = f"sqlite:///{folder}/facts.db"
    store = MetadataStore(url)
    await store.open()
    await store.migrate()
    await store.close()
    return url


class FaultyStorage:
    """A storage that works until it is given a fault; then each of its methods does that first."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.fault: Callable[[], Awaitable[None]] | None = None
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    def fail(self, error: OriginError) -> None:
        async def fault() -> None:
            raise error

        self.fault = fault

    def hang(self) -> None:
        async def fault() -> None:
            await asyncio.sleep(60)

        self.fault = fault

    async def _fail(self) -> None:
        if self.fault:
            await self.fault()

    async def stat(self, key: str) -> Stat | None:
        await self._fail()
        return await self._storage.stat(key)

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        await self._fail()
        data, stat = await self._storage.read(key, max_bytes=max_bytes)
        return self.spoil(data), stat

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        await self._fail()
        return await self._storage.list(prefix, limit=limit)

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        await self._storage.write(key, data, content_type=content_type)

    async def delete(self, key: str) -> None:
        await self._storage.delete(key)

    async def close(self) -> None:
        await self._storage.close()
