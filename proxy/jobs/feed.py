"""The queue that heavy jobs go through: saq over Redis, filled from the outbox and never the truth.

Every row is put under a key of its own for each attempt. What is lost with the queue, or with a worker, comes
again when the lease of its row runs out.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from saq import Worker
from saq.queue.redis import RedisQueue
from saq.types import Context

from origin.hosting.faultpoints import reach
from origin.hosting.outbox import Entry
from proxy.jobs.redis_queue import open_queue

_NAME = "calotype-jobs"
_RUN = "run_entry"
_TALK_SECONDS = 2.0
_LOOK_SECONDS = 0.05


class _QuietWorker(Worker[Context]):
    """One that leaves signals to the process it runs in."""

    def __init__(self, queue: RedisQueue, **options: Any) -> None:
        super().__init__(queue, **options)
        self.SIGNALS: list[signal.Signals] = []


class Feed:
    """Puts jobs into the queue, and has `run` called for those that come out of it, `concurrency` at once."""

    def __init__(self, redis_url: str, *, concurrency: int, run: Callable[[Entry], Awaitable[Any]]) -> None:
        self._queue = open_queue(redis_url, name=_NAME)
        self._run = run
        self._concurrency = concurrency
        self._working: asyncio.Task[None] | None = None
        self._worker: _QuietWorker | None = None
        self._busy = 0

    def start(self) -> None:
        """Take jobs from the queue, where any may be run at once here."""
        if self._concurrency:
            self._working = asyncio.create_task(self._work(), name="take jobs from the queue")

    async def room(self, most: int) -> int:
        """How many jobs may be put before `most` wait. Raises what Redis raises."""
        async with asyncio.timeout(_TALK_SECONDS):
            return max(0, most - await self._queue.count("queued"))

    async def put(self, entry: Entry) -> None:
        """Put a job. Raises what Redis raises."""
        async with asyncio.timeout(_TALK_SECONDS):
            await self._queue.enqueue(
                _RUN,
                entry=asdict(entry),
                key=f"{entry.key}:{entry.kind}:{entry.id}:{entry.lease}",
                timeout=0,
                retries=1,
                ttl=60,
            )
        await reach("outbox.fed")

    async def close(self, *, grace_seconds: float) -> None:
        """Finish what is at hand, for so long, and let go of Redis."""
        if self._worker is not None and self._working is not None:
            self._worker.event.set()
            for _ in range(int(grace_seconds / _LOOK_SECONDS)):
                if not self._busy:
                    break
                await asyncio.sleep(_LOOK_SECONDS)
            self._working.cancel()
            await asyncio.wait({self._working})
        await self._queue.disconnect()

    async def _work(self) -> None:
        """Take jobs for as long as we run, whatever becomes of Redis meanwhile."""
        while True:
            self._worker = _QuietWorker(
                self._queue, functions=[(_RUN, self._run_entry)], concurrency=self._concurrency
            )
            try:
                await self._worker.start()
            except Exception:
                # Redis is away. The rows are in the outbox, and their leases run out.
                await asyncio.sleep(1.0)
            if self._worker.event.is_set():
                return

    async def _run_entry(self, _: Context, *, entry: dict[str, Any]) -> None:
        self._busy += 1
        try:
            await self._run(Entry(**entry))
        finally:
            self._busy -= 1
