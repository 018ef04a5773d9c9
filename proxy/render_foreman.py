"""Gives jobs to render workers: who is next, and what becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import replace
from time import monotonic
from typing import Any

from proxy.poison import Poison
from proxy.render_batch import Batch, batch_of, spared
from proxy.render_gathering import Coming, Gathering
from proxy.render_lanes import Lanes
from proxy.render_outcomes import Foreseen, Observe, asked, is_blamed, let_go, outcome_of
from proxy.render_process import RenderProcess
from proxy.render_queue import Job, JobQueue, SeriesJob
from proxy.render_room import NO_WORKERS, Room
from proxy.render_staff import RenderStaff
from proxy.renderer_errors import (
    NotBegun,
    NoWorkers,
    Poisoned,
    PoolClosed,
    QueueFull,
    RenderTimeout,
    WorkerDied,
)
from transforms.rendition import Rendition

logger = logging.getLogger(__name__)

_STOPPING = "The server is stopping"
_PATIENT_SECONDS = 0.25
"""For so long a job lets renders go first that came later, and share the decode of what is under way."""


class Foreman:
    """Takes jobs, as far as there is `room`, and has the `staff` do them. `poison` is told of originals that
    workers are lost over, `observe` of every job, and `foreseen` of how long a render took that was foreseen
    to take so long."""

    def __init__(
        self,
        *,
        queue: JobQueue,
        staff: RenderStaff,
        room: Room,
        lanes: Lanes,
        poison: Poison,
        queue_timeout_seconds: float,
        observe: Observe,
        foreseen: Foreseen,
    ) -> None:
        self._queue = queue
        self._staff = staff
        self._room = room
        self._lanes = lanes
        self._poison = poison
        self._queue_timeout_seconds = queue_timeout_seconds
        self._observe = observe
        self._foreseen = foreseen
        self._jobs: set[Job] = set()
        self._runs: set[asyncio.Task[None]] = set()
        self._batches: set[Batch] = set()
        self.gathering = Gathering(self.dispatch)
        self.shared = 0
        """Renders that another's decode was shared with."""

    async def submit(self, job: Job, coming: Coming | None = None) -> Any:
        """What becomes of a job; it is forgotten when nobody waits for it before it is begun. `coming` is
        what announced it."""
        self._room.admit(job)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._queue_timeout_seconds, self._expire, job)
        self._push(job, coming)
        try:
            return await job.future
        finally:
            timer.cancel()
            self._withdraw(job)

    async def outcomes(self, job: SeriesJob) -> AsyncGenerator[object, None]:
        """What becomes of one item of a series after the other, however long it waits for its turn. It may
        end before the last item, so that others have theirs."""
        if self._room.closed:
            raise PoolClosed(_STOPPING)
        self._push(job)
        try:
            while (outcome := await job.outcomes.get()) is not None:
                yield outcome
        finally:
            job.finish(None)
            self._withdraw(job)

    async def close(self, grace_seconds: float) -> None:
        """Take no more jobs, and give those at hand `grace_seconds`."""
        self._room.closed = True
        if self._jobs and grace_seconds > 0:
            await asyncio.wait([job.future for job in self._jobs], timeout=grace_seconds)
        for job in self._jobs:
            job.finish(PoolClosed(_STOPPING))
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)

    def dispatch(self) -> None:
        """Give waiting jobs to idle workers, or up."""
        while self._staff.idle and (job := self._next()) is not None:
            if (worker := self._staff.take()) is None:
                break
            if isinstance(job, SeriesJob):
                self._queue.discard(job)
                self._begin(worker, job.memory_bytes, job.long, self._run_series(worker, job))
            else:
                batch = batch_of(job, self._queue.renders(), fits=self._room.has_memory)
                for each in batch.jobs:
                    each.claimed = batch
                self._batches.add(batch)
                self._queue.discard(batch.jobs[0])
                self._begin(worker, batch.memory_bytes, batch.long, self._run(worker, batch))
        if self._staff.hopeless:
            for job in self._queue.drain():
                job.finish(NoWorkers(NO_WORKERS))

    def _next(self) -> Job | None:
        """The next job; where nobody else waits, one of those that another worker would come to later."""
        if (job := self._queue.first(self._may_begin)) is not None or not self._batches:
            return job
        for batch in self._batches:
            left = [job for job in batch.jobs if job.claimed is batch and self._queue.holds(job)]
            for job in spared(left):
                job.claimed = None
        return self._queue.first(self._may_begin)

    def _may_begin(self, job: Job) -> bool:
        return not self.gathering.holds(job) and self._room.fits(job)

    def _begin(
        self, worker: RenderProcess, memory_bytes: int, long: bool, doing: Coroutine[Any, Any, object]
    ) -> None:
        self._room.begin(memory_bytes)
        if long:
            self._lanes.begin()
        run = asyncio.create_task(self._held(worker, memory_bytes, long, doing))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def _held(
        self, worker: RenderProcess, memory_bytes: int, long: bool, doing: Coroutine[Any, Any, object]
    ) -> None:
        """What is done holds memory, a lane and its worker until it is done."""
        begun, result = monotonic(), None
        try:
            result = await doing
        finally:
            self._room.end(memory_bytes)
            if long:
                self._lanes.end(monotonic() - begun)
        self._release(worker, result)

    def _push(self, job: Job, coming: Coming | None = None) -> None:
        self._jobs.add(job)
        self._queue.push(job)
        if coming is not None:
            coming.arrived()
            self.gathering.hold(job)
        self.dispatch()

    def _withdraw(self, job: Job) -> None:
        self._queue.discard(job)
        self._jobs.discard(job)
        if job.future.done() and not job.future.cancelled():
            job.future.exception()  # or asyncio complains of it when we were cancelled in the same moment

    def _expire(self, job: Job) -> None:
        if self._queue.discard(job):
            job.finish(QueueFull(f"Waited {self._queue_timeout_seconds:g} s for a render worker"))

    async def _run(self, worker: RenderProcess, batch: Batch) -> object:
        """Do a batch until somebody has waited too long for this worker, or the worker is lost."""
        place, result = 0, None
        try:
            for at, job in enumerate(batch.jobs):
                if at and not self._goes_on(job):
                    break
                if at and (job.claimed not in (batch, None) or not self._queue.discard(job)):
                    continue  # another worker does it, or nobody waits for it any more
                place, result = at, await self._done(worker, batch, at)
                if isinstance(result, RenderTimeout | WorkerDied):
                    break
        finally:
            self._batches.discard(batch)
            self._part(batch, result)
        return await self._let_go(worker, result, is_open=place + 1 < len(batch.jobs))

    async def _done(self, worker: RenderProcess, batch: Batch, place: int) -> object:
        job = batch.jobs[place]
        begun, used = monotonic(), worker.cpu_seconds()
        result = await asked(worker, job, batch.request(place))
        seconds = monotonic() - begun
        self._room.took(job, seconds)
        if self._is_returned(job, result):
            return result
        if isinstance(result, Rendition):
            self._compare(job, worker.cpu_seconds() - used, place)
        await self._note(job, result, seconds)
        job.finish(_waited(result, job, begun))
        return result

    def _goes_on(self, job: Job) -> bool:
        """Whether the next of a batch may be done before whoever waits for a worker."""
        waiting = self._queue.first(self._may_begin)
        return waiting is None or job.rank < waiting.rank or waiting.waited < _PATIENT_SECONDS

    def _part(self, batch: Batch, result: object) -> None:
        """What a batch has left is anybody's; after a loss each by itself, so that it is known who did it."""
        lost = isinstance(result, RenderTimeout | WorkerDied) and not isinstance(result, NotBegun)
        for job in batch.jobs:
            if job.claimed is batch:
                job.claimed = None
                job.alone = lost

    async def _run_series(self, worker: RenderProcess, job: SeriesJob) -> object:
        """Do items until somebody else waits for a worker, or nobody for the rest of them."""
        result: object = None
        place, started = 0, monotonic()
        for at, item in enumerate(job.items):
            if at and (len(self._queue) or job.future.done()):
                break
            place, begun = at, monotonic()
            result = await asked(worker, item)
            if at == 0 and self._is_returned(job, result):
                return result
            await self._note(item, result, monotonic() - begun)
            job.outcomes.put_nowait(_waited(result, job, started))
            if isinstance(result, RenderTimeout | WorkerDied):
                break
        result = await self._let_go(worker, result, is_open=place + 1 < len(job.items))
        job.finish(None)
        return result

    async def _let_go(self, worker: RenderProcess, result: object, *, is_open: bool) -> object:
        """What the worker is given back with, once it holds nothing any more."""
        if not is_open or isinstance(result, RenderTimeout | WorkerDied) or await let_go(worker):
            return result
        return WorkerDied("it did not let go of what it had decoded")

    def _is_returned(self, job: Job, result: object) -> bool:
        """Whether a job waits again: nobody has looked at it yet, so whatever ended that worker, it was not
        this job. Once only."""
        if not isinstance(result, NotBegun) or job.returned or job.future.done():
            return False
        job.returned = True
        self._queue.put_back(job)
        return True

    def _compare(self, job: Job, seconds: float, place: int) -> None:
        """What was foreseen with what it came to."""
        if place:
            self.shared += 1
        elif job.seconds and seconds > 0:
            self._foreseen(job.seconds, seconds)

    async def _note(self, job: Job, result: object, seconds: float) -> None:
        self._observe(job.kind, outcome_of(result), seconds)
        if is_blamed(job, result):
            # Before it is answered: whoever asks next is to be refused.
            await self._poison.blame(job.suspects)
            await self._give_up(job.suspects)

    async def _give_up(self, suspects: tuple[str, ...]) -> None:
        """Refuse those that wait, too, once their originals are poison: each would cost a worker more."""
        for job in self._queue.of(suspects):
            try:
                await self._poison.check(suspects)
            except Poisoned as error:
                if self._queue.discard(job):
                    job.finish(error)

    def _release(self, worker: RenderProcess, result: object) -> None:
        """A worker that failed at the job itself is not asked again."""
        if isinstance(result, RenderTimeout | WorkerDied):
            logger.warning("Render worker %d is replaced: %s", worker.pid, result)
            self._staff.dismiss(worker, outcome_of(result))
        else:
            self._staff.give_back(worker)


def _waited(result: object, job: Job, begun: float) -> object:
    """A rendition with how long its job waited among its timings, in milliseconds."""
    if not isinstance(result, Rendition):
        return result
    return replace(result, timings={"queue": (begun - job.queued_at) * 1000, **result.timings})
