"""The render workers at hand: hired, relieved when worn, replaced when lost."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from proxy.render_process import RenderProcess
from proxy.render_terms import RenderTerms
from proxy.renderer_errors import WorkerDied
from proxy.wire import WorkerLimits

logger = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_HOPELESS_STARTS = 2
"""In a row. One may fail because somebody killed it."""


class RenderStaff:
    """`size` workers, as far as they can be had. Calls `changed` when one becomes idle or a start failed."""

    def __init__(
        self,
        *,
        size: int,
        command: Sequence[str],
        niceness: int,
        readable: Sequence[str],
        strict: bool,
        terms: RenderTerms,
        start_timeout_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        """`readable` and `strict` are as in `WorkerLimits`; `terms` may be changed by `renew`."""
        self._size = size
        self._command = tuple(command)
        self._niceness = niceness
        self._readable = tuple(readable)
        self._strict = strict
        self._terms = terms
        self._start_timeout_seconds = start_timeout_seconds
        self._changed = changed
        self._workers: set[RenderProcess] = set()
        self._idle: deque[RenderProcess] = deque()
        self._restarts: Counter[str] = Counter()
        self._failed_starts = 0
        """In a row, up to now."""
        self._early_deaths = 0
        """Workers that started and died before their first job, since the last job that was done."""
        self._relief = asyncio.Lock()
        self._hiring: set[asyncio.Task[Any]] = set()
        self._leaving: set[asyncio.Task[Any]] = set()

    @property
    def alive(self) -> int:
        return len(self._workers)

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def restarts(self) -> Mapping[str, int]:
        return dict(self._restarts)

    @property
    def confined(self) -> tuple[str, ...]:
        """The layers of the sandbox that hold around every worker; none while there is no worker."""
        held = [worker.confined for worker in self._workers]
        return tuple(layer for layer in held[0] if all(layer in each for each in held)) if held else ()

    @property
    def hopeless(self) -> bool:
        """No worker is left and the last attempts to start one failed."""
        return not self._workers and self._failed_starts >= _HOPELESS_STARTS

    async def start(self) -> None:
        """Start all workers at once; those that fail are tried again in the background."""
        if attempts := [_keep(self._hiring, self._try_to_hire()) for _ in range(self._size)]:
            await asyncio.wait(attempts)
        for attempt in attempts:
            if not attempt.result():
                _keep(self._hiring, self._hire())

    async def close(self) -> None:
        """Kill all workers and wait until nothing is left of them."""
        self._idle.clear()  # first, so that none is replaced for having died
        for task in self._hiring:
            task.cancel()
        await asyncio.gather(*self._hiring, return_exceptions=True)
        workers, self._workers = self._workers, set()
        await asyncio.gather(*(worker.close() for worker in workers), *self._leaving)

    def take(self) -> RenderProcess | None:
        """An idle worker, the longest idle first; it comes back by `give_back` or `dismiss`.

        None when there is none after all: the loop may not have been told yet of those that died.
        """
        while self._idle:
            worker = self._idle.popleft()
            if not worker.gone:
                return worker
            self._bury(worker)
        return None

    def renew(self, terms: RenderTerms) -> None:
        """Replace every worker by one on these terms; each serves until its replacement is warm."""
        self._terms = terms
        for worker in list(self._workers):
            if not worker.leaving:
                worker.leaving = "renewed"
                _keep(self._hiring, self._relieve(worker))

    def give_back(self, worker: RenderProcess) -> None:
        """A worker has done its job and may do more, unless its replacement stands ready."""
        self._early_deaths = 0
        if worker.exited.done():
            self.dismiss(worker, "died")
        elif worker.relieved:
            self.dismiss(worker, worker.leaving or "worn")
        else:
            self._idle.append(worker)
            self._relieve_if_worn(worker)
        self._changed()

    def dismiss(self, worker: RenderProcess, reason: str) -> None:
        """Kill a worker; hire another unless one is on its way."""
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self._restarts[reason] += 1
        worker.kill()
        _keep(self._leaving, worker.close())
        if not worker.leaving:
            _keep(self._hiring, self._hire())

    def _relieve_if_worn(self, worker: RenderProcess) -> None:
        if worker.leaving:
            return
        if worker.jobs >= self._terms.recycle_after:
            worker.leaving = "worn"
        elif worker.memory_bytes() > self._terms.max_memory_bytes:
            worker.leaving = "grown"
        if worker.leaving:
            _keep(self._hiring, self._relieve(worker))

    async def _relieve(self, worker: RenderProcess) -> None:
        """Replace a worker that still serves: one at a time, and its replacement is warm before it goes."""
        async with self._relief:
            await self._hire()
        worker.relieved = True
        if worker in self._idle:
            self.dismiss(worker, worker.leaving or "worn")

    async def _hire(self) -> None:
        """Start a worker, however often it takes, pausing longer after each failure."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            if self._failed_starts or self._early_deaths:
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            if await self._try_to_hire():
                return

    async def _try_to_hire(self) -> bool:
        """Whether a worker could be started."""
        timeout = self._start_timeout_seconds
        terms = self._terms
        limits = WorkerLimits(
            os.getpid(),
            self._niceness,
            terms.address_space_bytes,
            readable=self._readable,
            blocked=terms.blocked,
            strict=self._strict,
        )
        try:
            worker = await RenderProcess.start(self._command, limits, timeout_seconds=timeout)
        except WorkerDied as error:
            logger.error("A render worker did not start: %s", error.how)
            self._failed_starts += 1
            self._restarts["start"] += 1
            self._changed()
            return False
        self._failed_starts = 0
        self._workers.add(worker)
        self._idle.append(worker)
        if terms is not self._terms:
            # They were changed while it started.
            worker.leaving = "renewed"
            _keep(self._hiring, self._relieve(worker))
        worker.exited.add_done_callback(lambda _: self._notice(worker))
        self._changed()
        return True

    def _notice(self, worker: RenderProcess) -> None:
        """A worker has exited; one that had a job is dealt with where its answer is awaited."""
        if worker in self._idle:
            self._bury(worker)

    def _bury(self, worker: RenderProcess) -> None:
        logger.warning("Render worker %d died idle", worker.pid)
        # One that dies before its first job would otherwise be started again and again without a pause.
        self._early_deaths += worker.jobs == 0
        self.dismiss(worker, "died")


def _keep(tasks: set[asyncio.Task[Any]], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Run `work` as a task that is held until done: the loop alone would let it be collected."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
