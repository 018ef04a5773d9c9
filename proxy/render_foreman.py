"""Gives jobs to render workers: who is next, and what becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from time import monotonic
from typing import Any

from proxy.poison import Poison
from proxy.render_outcomes import Observe, asked, is_blamed, outcome_of
from proxy.render_process import RenderProcess
from proxy.render_queue import Job, JobQueue, SeriesJob
from proxy.render_room import NO_WORKERS, Room
from proxy.render_staff import RenderStaff
from proxy.renderer_errors import NotBegun, NoWorkers, PoolClosed, QueueFull, RenderTimeout, WorkerDied
from transforms.rendition import Rendition

logger = logging.getLogger(__name__)

_STOPPING = "The server is stopping"


class Foreman:
    """Takes jobs, as far as there is `room`, and has the `staff` do them. `poison` is told of originals that
    workers are lost over, `observe` of every job."""

    def __init__(
        self,
        *,
        queue: JobQueue,
        staff: RenderStaff,
        room: Room,
        poison: Poison,
        queue_timeout_seconds: float,
        observe: Observe,
    ) -> None:
        self._queue = queue
        self._staff = staff
        self._room = room
        self._poison = poison
        self._queue_timeout_seconds = queue_timeout_seconds
        self._observe = observe
        self._jobs: set[Job] = set()
        self._runs: set[asyncio.Task[None]] = set()

    async def submit(self, job: Job) -> Any:
        """What becomes of a job; it is forgotten when nobody waits for it before it is begun."""
        self._room.admit(job)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._queue_timeout_seconds, self._expire, job)
        self._push(job)
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
        while self._staff.idle and (job := self._queue.pop(self._room.fits)) is not None:
            if (worker := self._staff.take()) is None:
                self._queue.put_back(job)
                break
            self._room.begin(job)
            doing = self._run_series(worker, job) if isinstance(job, SeriesJob) else self._run(worker, job)
            run = asyncio.create_task(doing)
            self._runs.add(run)
            run.add_done_callback(self._runs.discard)
        while self._staff.hopeless and (job := self._queue.pop()) is not None:
            job.finish(NoWorkers(NO_WORKERS))

    def _push(self, job: Job) -> None:
        self._jobs.add(job)
        self._queue.push(job)
        self.dispatch()

    def _withdraw(self, job: Job) -> None:
        self._queue.discard(job)
        self._jobs.discard(job)
        if job.future.done() and not job.future.cancelled():
            job.future.exception()  # or asyncio complains of it when we were cancelled in the same moment

    def _expire(self, job: Job) -> None:
        if self._queue.discard(job):
            job.finish(QueueFull(f"Waited {self._queue_timeout_seconds:g} s for a render worker"))

    async def _run(self, worker: RenderProcess, job: Job) -> None:
        begun = monotonic()
        try:
            result = await asked(worker, job)
        finally:
            seconds = monotonic() - begun
            self._room.end(job, seconds)
        if self._is_returned(worker, job, result):
            return
        result = _waited(result, job, begun)
        self._release(worker, result)
        await self._note(job, result, seconds)
        job.finish(result)

    async def _run_series(self, worker: RenderProcess, job: SeriesJob) -> None:
        """Do items until somebody else waits for a worker, or nobody for the rest of them."""
        result: object = None
        started = monotonic()
        try:
            for place, item in enumerate(job.items):
                if place and (len(self._queue) or job.future.done()):
                    break
                begun = monotonic()
                result = await asked(worker, item)
                if place == 0 and self._is_returned(worker, job, result):
                    return
                await self._note(item, result, monotonic() - begun)
                job.outcomes.put_nowait(_waited(result, job, started))
                if isinstance(result, RenderTimeout | WorkerDied):
                    break
        finally:
            self._room.end(job, monotonic() - started)
        self._release(worker, result)
        job.finish(None)

    def _is_returned(self, worker: RenderProcess, job: Job, result: object) -> bool:
        """Whether a job waits again: nobody has looked at it yet, so whatever ended that worker, it was not
        this job. Once only."""
        if not isinstance(result, NotBegun) or job.returned or job.future.done():
            return False
        job.returned = True
        self._queue.put_back(job)
        self._release(worker, result)
        return True

    async def _note(self, job: Job, result: object, seconds: float) -> None:
        self._observe(job.kind, outcome_of(result), seconds)
        if is_blamed(job, result):
            # Before it is answered: whoever asks next is to be refused.
            await self._poison.blame(job.suspects)

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
