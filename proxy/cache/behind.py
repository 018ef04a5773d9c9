"""Writes that nobody waits for: begun behind the answer, bounded, finished before the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Write:
    task: asyncio.Task[Any]
    key: str
    size: int


class Behind:
    """At most `max_writes` writes of at most `max_bytes` in all at a time."""

    def __init__(self, *, max_writes: int = 256, max_bytes: int = 64_000_000) -> None:
        self._max_writes = max_writes
        self._max_bytes = max_bytes
        self._writes: set[_Write] = set()
        self._bytes = 0

    def start(self, key: str, size: int, work: Callable[[], Awaitable[T]]) -> asyncio.Task[T] | None:
        """Begin `work`, which holds `size` bytes for `key`; None when there is no room for it."""
        if len(self._writes) >= self._max_writes or self._bytes + size > self._max_bytes:
            return None
        task = asyncio.create_task(_run(work), name=f"write behind {key}")
        write = _Write(task, key, size)
        self._writes.add(write)
        self._bytes += size
        task.add_done_callback(lambda _: self._finish(write))
        return task

    def _finish(self, write: _Write) -> None:
        self._writes.discard(write)
        self._bytes -= write.size

    async def forget(self, key: str) -> None:
        """Stop the writes for `key`, and return when they have ended."""
        await _stop({write.task for write in self._writes if write.key == key})

    async def close(self, *, grace_seconds: float) -> None:
        """Finish what was begun; what is not done after `grace_seconds` is given up."""
        tasks = {write.task for write in self._writes}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_seconds)
            await _stop(late)


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


async def _stop(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=1.0)
