"""One run for all in this process who ask for the same thing at once.

The work is a task of its own: it outlives whoever asked first, and a waiter who leaves takes nothing with
him. What it comes to, result or exception, reaches everyone who waits; then the key is free again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")

_CANCEL_SECONDS = 1.0


class CoalescerFull(Exception):
    """As many different runs are under way as may be."""


class RunAbandoned(Exception):
    """The run was stopped before it came to anything: we are shutting down."""


@dataclass(slots=True)
class _Run:
    task: asyncio.Task[Any]
    waiters: int = field(default=0)


class Coalescer:
    """Singleflight: `run` starts the work for a key or joins the run under way."""

    def __init__(self, *, max_runs: int = 10_000) -> None:
        self._max_runs = max_runs
        self._runs: dict[Hashable, _Run] = {}
        self._closed = False

    @property
    def depth(self) -> int:
        """How many runs are under way."""
        return len(self._runs)

    def waiters(self, key: Hashable) -> int:
        """How many wait for `key` now; the run itself goes on even when it is nobody."""
        run = self._runs.get(key)
        return run.waiters if run else 0

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """What `work` comes to, and whether we joined a run that was under way.

        Raises whatever the work raises; CoalescerFull; RunAbandoned when the coalescer closed meanwhile.
        """
        run = self._runs.get(key)
        joined = run is not None
        if run is None:
            run = self._start(key, work)
        run.waiters += 1
        try:
            return cast(T, await self._join(run.task)), joined
        finally:
            run.waiters -= 1

    def _start(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> _Run:
        if self._closed:
            raise RunAbandoned("shutting down")
        if len(self._runs) >= self._max_runs:
            raise CoalescerFull(f"{self._max_runs} runs are under way")
        task = asyncio.create_task(_run(work), name=f"coalesced {key}")
        self._runs[key] = run = _Run(task)
        task.add_done_callback(lambda _: self._finish(key, run))
        return run

    def _finish(self, key: Hashable, run: _Run) -> None:
        del self._runs[key]
        if not run.task.cancelled():
            # Looked at, so that nothing is logged as never retrieved when everyone has left.
            run.task.exception()

    async def _join(self, task: asyncio.Task[T]) -> T:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            waiter = asyncio.current_task()
            if task.cancelled() and waiter is not None and not waiter.cancelling():
                # The work was cancelled, we were not: our caller must not take it for his own end.
                raise RunAbandoned("the run was cancelled") from None
            raise

    async def close(self, *, grace_seconds: float = 5.0) -> None:
        """Start nothing more; wait for what is under way, then cancel what is left."""
        self._closed = True
        tasks = {run.task for run in self._runs.values()}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        if late:
            # Bounded again: work that will not be cancelled must not keep the server from stopping.
            await asyncio.wait(late, timeout=_CANCEL_SECONDS)


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
