"""The render pool: killable worker processes, one job each at a time, and a bounded queue before them.

A codec cannot be stopped from inside, so a deadline means SIGKILL, and a worker's death is an expected event
that costs its one request. Every worker lost is replaced at once; a worn one serves until its replacement is
warm. This process never loads libvips.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Any

from proxy.poison import Poison, content_of
from proxy.render_outcomes import Observe, asked, is_blamed, observe_nothing, outcome_of
from proxy.render_process import COMMAND, NICENESS, RenderProcess
from proxy.render_queue import Job, JobQueue, Kind
from proxy.render_room import NO_WORKERS, Room
from proxy.render_staff import RenderStaff
from proxy.render_terms import RenderTerms
from proxy.render_traits import draws, formats_in, memory_of, refuse_formats, should_be_short
from proxy.renderer_errors import (
    DrawingTooSlow,
    NotBegun,
    NoWorkers,
    PoolClosed,
    QueueFull,
    RenderError,
    RenderFailed,
    RenderTimeout,
    WorkerDied,
)
from proxy.wire import Looked, Sourced, encode_request
from transforms.actions.base import Rows
from transforms.frame import ImageInfo
from transforms.knowledge import Question
from transforms.limits import Limits
from transforms.plan import RenderPlan
from transforms.rendition import Rendition
from transforms.summary import Summary, SummaryTerms

__all__ = [
    "NoWorkers",
    "PoolClosed",
    "QueueFull",
    "RenderError",
    "RenderFailed",
    "RenderPool",
    "RenderTimeout",
    "WorkerDied",
]

logger = logging.getLogger(__name__)

_NO_SOURCES: Mapping[str, bytes] = MappingProxyType({})
_LIMITS = Limits()


class RenderPool:
    """`workers` processes that probe and render. Use `start` before and `close` after."""

    def __init__(
        self,
        *,
        workers: int,
        queue: int,
        deadline_seconds: float,
        queue_timeout_seconds: float = 10.0,
        reading: int = 32,
        memory_bytes: int | None = None,
        recycle_after: int = 500,
        max_memory_bytes: int = 512 << 20,
        address_space_bytes: int = 4 << 30,
        niceness: int = NICENESS,
        start_timeout_seconds: float = 30.0,
        svg_deadline_seconds: float = 3.0,
        svg_address_space_bytes: int = 1 << 30,
        blocked: Collection[str] = (),
        limits: Limits = _LIMITS,
        readable: Sequence[str] = (),
        strict: bool = False,
        poison: Poison | None = None,
        observe: Observe = observe_nothing,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`queue` is how many jobs may wait, and `reading` for how many more originals may be read meanwhile;
        `memory_bytes` is what renders may hold together. `readable` and `strict` are as in `WorkerLimits`,
        and what else workers may take is as in `RenderTerms`. `poison` knows which originals not to try.
        """
        self.terms = RenderTerms(
            deadline_seconds=deadline_seconds,
            recycle_after=recycle_after,
            max_memory_bytes=max_memory_bytes,
            address_space_bytes=address_space_bytes,
            svg_deadline_seconds=svg_deadline_seconds,
            svg_address_space_bytes=svg_address_space_bytes,
            blocked=frozenset(blocked),
            limits=limits,
        )
        self._poison = poison or Poison()
        self._queue_timeout_seconds = queue_timeout_seconds
        self._observe = observe
        self._queue = JobQueue()
        self._jobs: set[Job] = set()
        self._runs: set[asyncio.Task[None]] = set()
        self._staff = RenderStaff(
            size=workers,
            command=command,
            niceness=niceness,
            readable=readable,
            strict=strict,
            terms=self.terms,
            start_timeout_seconds=start_timeout_seconds,
            changed=self._dispatch,
        )
        self.room = Room(
            self._queue,
            self._staff,
            queue_size=queue,
            places=workers + queue + reading,
            memory_bytes=memory_bytes,
            workers=workers,
            patience_seconds=queue_timeout_seconds,
        )

    @property
    def depth(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._queue)

    @property
    def busy(self) -> int:
        """Workers with a job."""
        return self._staff.alive - self._staff.idle

    @property
    def alive(self) -> int:
        """Workers that can take jobs: fewer while some are replaced, 0 if none can be started."""
        return self._staff.alive

    @property
    def restarts(self) -> Mapping[str, int]:
        """Workers replaced, by reason: timeout, died, worn (jobs), grown (memory), renewed (other terms);
        `start`: failed starts."""
        return self._staff.restarts

    @property
    def confined(self) -> tuple[str, ...]:
        """The layers of the sandbox that hold around every worker: see `proxy.sandbox`."""
        return self._staff.confined

    def renew(self, terms: RenderTerms) -> None:
        """Take new terms. What is under way is finished on the old ones; workers are replaced in turn."""
        if terms != self.terms:
            self.terms = terms
            self._staff.renew(terms)

    async def start(self) -> None:
        """Start the workers. Those that fail are tried again in the background; see `alive`."""
        await self._staff.start()

    async def probe(self, data: bytes, *, deadline_seconds: float | None = None) -> ImageInfo:
        """The facts of an original. RenderError, UnsupportedFormat, BrokenImage, OriginalTooLarge."""
        content_hash = await content_of(data)
        info: ImageInfo = await self._guarded(
            "probe", self.terms.limits, data, _NO_SOURCES, content_hash, deadline_seconds
        )
        # A worker may be about to be replaced that still takes what is blocked now.
        refuse_formats(self.terms.blocked & {info.format})
        return info

    async def summarize(
        self, data: bytes, *, content_hash: str, keep_gps: bool = False, deadline_seconds: float | None = None
    ) -> Summary:
        """What there is to say of an upload. Raises as `probe` does."""
        terms = SummaryTerms(self.terms.limits, keep_gps)
        summary: Summary = await self._guarded(
            "summarize", terms, data, _NO_SOURCES, content_hash, deadline_seconds
        )
        refuse_formats(self.terms.blocked & {summary.info.format})
        return summary

    async def look(
        self,
        question: Question,
        data: bytes = b"",
        sources: Mapping[str, bytes] = _NO_SOURCES,
        *,
        content_hash: str = "",
        deadline_seconds: float | None = None,
    ) -> Rows:
        """What is seen in a picture; the bytes are as for `render`. RenderError, TransformError."""
        looked: Looked = await self._guarded("look", question, data, sources, content_hash, deadline_seconds)
        return looked.rows

    async def render(
        self,
        plan: RenderPlan,
        data: bytes,
        sources: Mapping[str, bytes] = _NO_SOURCES,
        *,
        content_hash: str = "",
        deadline_seconds: float | None = None,
    ) -> Rendition:
        """The plan done to the original's bytes; its timings gain `queue`. RenderError, TransformError.

        `sources` are the bytes of what its layers show, by content hash; `content_hash` that of its own.
        """
        rendition: Rendition = await self._guarded(
            "render", plan, data, sources, content_hash, deadline_seconds
        )
        return rendition

    async def close(self, grace_seconds: float = 0.0) -> None:
        """Take no more jobs, give those at hand `grace_seconds`, then kill all workers."""
        self.room.closed = True
        if self._jobs and grace_seconds > 0:
            await asyncio.wait([job.future for job in self._jobs], timeout=grace_seconds)
        for job in self._jobs:
            job.finish(PoolClosed("The server is stopping"))
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        await self._staff.close()

    async def _guarded(
        self,
        kind: Kind,
        argument: object,
        data: bytes,
        sources: Mapping[str, bytes],
        content_hash: str,
        deadline_seconds: float | None,
    ) -> Any:
        """A job on originals that may be blocked, or poison."""
        refuse_formats(self.terms.blocked & formats_in(argument))
        contents = (content_hash, *sources)
        await self._poison.check(contents)
        packed, body = Sourced.packed(argument, data, sources)
        terms, drawing, short = self.terms, draws(argument, data), should_be_short(argument)
        job = Job(
            kind,
            encode_request(kind, packed),
            body,
            deadline_seconds=terms.deadline(deadline_seconds, drawing=drawing),
            address_space_bytes=terms.memory(drawing=drawing),
            suspects=contents,
            memory_bytes=memory_of(argument, body),
            short=short,
        )
        try:
            return await self._submit(job)
        except RenderTimeout as error:
            if drawing and short:
                raise DrawingTooSlow(error.deadline_seconds) from error
            raise

    async def _submit(self, job: Job) -> Any:
        """What becomes of a job; it is forgotten when nobody waits for it before it is begun."""
        self.room.admit(job)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._queue_timeout_seconds, self._expire, job)
        self._jobs.add(job)
        self._queue.push(job)
        self._dispatch()
        try:
            return await job.future
        finally:
            timer.cancel()
            self._queue.discard(job)
            self._jobs.discard(job)
            if job.future.done() and not job.future.cancelled():
                job.future.exception()  # or asyncio complains of it when we were cancelled in the same moment

    def _expire(self, job: Job) -> None:
        if self._queue.discard(job):
            job.finish(QueueFull(f"Waited {self._queue_timeout_seconds:g} s for a render worker"))

    def _dispatch(self) -> None:
        """Give waiting jobs to idle workers, or up."""
        while self._staff.idle and (job := self._queue.pop(self.room.fits)) is not None:
            if (worker := self._staff.take()) is None:
                self._queue.put_back(job)
                break
            self.room.begin(job)
            run = asyncio.create_task(self._run(worker, job))
            self._runs.add(run)
            run.add_done_callback(self._runs.discard)
        while self._staff.hopeless and (job := self._queue.pop()) is not None:
            job.finish(NoWorkers(NO_WORKERS))

    async def _run(self, worker: RenderProcess, job: Job) -> None:
        begun = monotonic()
        try:
            result = await asked(worker, job)
        finally:
            seconds = monotonic() - begun
            self.room.end(job, seconds)
        if isinstance(result, NotBegun) and not job.returned and not job.future.done():
            # Nobody has looked at it yet: whatever ended that worker, it was not this job.
            job.returned = True
            self._queue.put_back(job)
            self._release(worker, result)
            return
        if isinstance(result, Rendition):
            waited = (begun - job.queued_at) * 1000
            result = replace(result, timings={"queue": waited, **result.timings})
        self._release(worker, result)
        self._observe(job.kind, outcome_of(result), seconds)
        if is_blamed(job, result):
            # Before it is answered: whoever asks next is to be refused.
            await self._poison.blame(job.suspects)
        job.finish(result)

    def _release(self, worker: RenderProcess, result: object) -> None:
        """A worker that failed at the job itself is not asked again."""
        if isinstance(result, RenderTimeout | WorkerDied):
            logger.warning("Render worker %d is replaced: %s", worker.pid, result)
            self._staff.dismiss(worker, outcome_of(result))
        else:
            self._staff.give_back(worker)
