"""One piece of work for all who want the same at once, within this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


async def patiently(
    flight: Coroutine[Any, Any, T], seconds: float, *, busy: Callable[[], bool] | None = None
) -> T:
    """What a flight yields or raises; TimeoutError when it takes longer than `seconds`. It goes on then.

    It is waited for all the same if `busy` says that it does what no time was set for.
    """
    waiting = asyncio.ensure_future(flight)
    try:
        await asyncio.wait({waiting}, timeout=seconds)
        if not waiting.done() and not (busy and busy()):
            raise TimeoutError
        return await waiting
    finally:
        waiting.cancel()


class Flights:
    """Work under way, by key. It is a task of its own, which nobody's departure ends."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work` yields or raises, begun now unless the same is under way already."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(work(), name=f"{key}")
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            # Fetched even when everybody left, else asyncio complains that nobody did.
            task.exception()

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
