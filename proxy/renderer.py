"""The render pool: killable worker processes, one job each at a time, and a bounded queue before them.

A codec cannot be stopped from inside, so a deadline means SIGKILL, and a worker's death is an expected event
that costs its one request. Every worker lost is replaced at once; a worn one serves until its replacement is
warm. This process never loads libvips.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Any

from proxy.render_process import COMMAND, RenderProcess
from proxy.render_queue import Job, JobQueue, Kind
from proxy.render_staff import RenderStaff
from proxy.renderer_errors import (
    NoWorkers,
    PoolClosed,
    QueueFull,
    RenderError,
    RenderFailed,
    RenderTimeout,
    WorkerDied,
)
from proxy.wire import Failure, Looked, Sourced, encode_request
from transforms.actions.base import Rows
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import Question
from transforms.plan import RenderPlan
from transforms.rendition import Rendition

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

Observe = Callable[[str, str, float], None]
"""Told of each finished job: `probe` or `render`, what came of it (see `OUTCOMES`), seconds in the worker."""

OUTCOMES: tuple[tuple[type[object], str], ...] = (
    (RenderTimeout, "timeout"),
    (WorkerDied, "died"),
    (RenderFailed, "failed"),
    (TransformError, "refused"),
    (object, "ok"),
)
_RESULTS: Mapping[Kind, type[object]] = {"probe": ImageInfo, "look": Looked, "render": Rendition}
_NO_SOURCES: Mapping[str, bytes] = MappingProxyType({})


def _observe_nothing(kind: str, outcome: str, seconds: float) -> None:
    pass


class RenderPool:
    """`workers` processes that probe and render. Use `start` before and `close` after."""

    def __init__(
        self,
        *,
        workers: int,
        queue: int,
        deadline_seconds: float,
        queue_timeout_seconds: float = 10.0,
        recycle_after: int = 500,
        max_memory_bytes: int = 512 << 20,
        address_space_bytes: int = 4 << 30,
        niceness: int = 10,
        start_timeout_seconds: float = 30.0,
        observe: Observe = _observe_nothing,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`queue` is how many jobs may wait; `recycle_after` how many one worker may do."""
        self._queue_size = queue
        self._deadline_seconds = deadline_seconds
        self._queue_timeout_seconds = queue_timeout_seconds
        self._observe = observe
        self._queue = JobQueue()
        self._jobs: set[Job] = set()
        self._runs: set[asyncio.Task[None]] = set()
        self._closing = False
        self._staff = RenderStaff(
            size=workers,
            command=command,
            niceness=niceness,
            address_space_bytes=address_space_bytes,
            recycle_after=recycle_after,
            max_memory_bytes=max_memory_bytes,
            start_timeout_seconds=start_timeout_seconds,
            changed=self._dispatch,
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
        """Workers replaced, by reason: timeout, died, worn (jobs), grown (memory); `start`: failed starts."""
        return self._staff.restarts

    async def start(self) -> None:
        """Start the workers. Those that fail are tried again in the background; see `alive`."""
        await self._staff.start()

    async def probe(self, data: bytes, *, deadline_seconds: float | None = None) -> ImageInfo:
        """The facts of an original. RenderError, UnsupportedFormat, BrokenImage, OriginalTooLarge."""
        info: ImageInfo = await self._submit("probe", None, data, deadline_seconds)
        return info

    async def look(
        self,
        question: Question,
        data: bytes = b"",
        sources: Mapping[str, bytes] = _NO_SOURCES,
        *,
        deadline_seconds: float | None = None,
    ) -> Rows:
        """What is seen in a picture; the bytes are as for `render`. RenderError, TransformError."""
        looked: Looked = await self._submit("look", *_packed(question, data, sources), deadline_seconds)
        return looked.rows

    async def render(
        self,
        plan: RenderPlan,
        data: bytes,
        sources: Mapping[str, bytes] = _NO_SOURCES,
        *,
        deadline_seconds: float | None = None,
    ) -> Rendition:
        """The plan done to the original's bytes; its timings gain `queue`. RenderError, TransformError.

        `sources` are the bytes of what its layers show, by content hash.
        """
        rendition: Rendition = await self._submit("render", *_packed(plan, data, sources), deadline_seconds)
        return rendition

    async def close(self, grace_seconds: float = 0.0) -> None:
        """Take no more jobs, give those at hand `grace_seconds`, then kill all workers."""
        self._closing = True
        if self._jobs and grace_seconds > 0:
            await asyncio.wait([job.future for job in self._jobs], timeout=grace_seconds)
        for job in self._jobs:
            job.finish(PoolClosed("The server is stopping"))
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        await self._staff.close()

    async def _submit(self, kind: Kind, argument: object, data: bytes, deadline_seconds: float | None) -> Any:
        self._admit()
        loop = asyncio.get_running_loop()
        deadline = self._deadline_seconds if deadline_seconds is None else deadline_seconds
        job = Job(kind, encode_request(kind, argument), data, deadline, loop.create_future())
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

    def _admit(self) -> None:
        if self._closing:
            raise PoolClosed("The server is stopping")
        if self._staff.hopeless:
            raise NoWorkers("No render worker can be started")
        if not self._staff.idle and len(self._queue) >= self._queue_size:
            raise QueueFull("Too many renders wait already")

    def _expire(self, job: Job) -> None:
        if self._queue.discard(job):
            job.finish(QueueFull(f"Waited {self._queue_timeout_seconds:g} s for a render worker"))

    def _dispatch(self) -> None:
        """Give waiting jobs to idle workers, or up."""
        while self._staff.idle and (job := self._queue.pop()) is not None:
            run = asyncio.create_task(self._run(self._staff.take(), job))
            self._runs.add(run)
            run.add_done_callback(self._runs.discard)
        while self._staff.hopeless and (job := self._queue.pop()) is not None:
            job.finish(NoWorkers("No render worker can be started"))

    async def _run(self, worker: RenderProcess, job: Job) -> None:
        begun = monotonic()
        result = await self._ask(worker, job)
        seconds = monotonic() - begun
        if isinstance(result, Rendition):
            waited = (begun - job.queued_at) * 1000
            result = replace(result, timings={"queue": waited, **result.timings})
        job.finish(result)
        self._release(worker, result)
        self._observe(job.kind, _outcome(result), seconds)

    async def _ask(self, worker: RenderProcess, job: Job) -> object:
        """What the worker makes of the job: a result of the job's kind, or the exception to raise."""
        try:
            async with asyncio.timeout(job.deadline_seconds):
                answer = await worker.ask(job.head, job.data)
        except TimeoutError:
            return RenderTimeout(job.deadline_seconds)
        except WorkerDied as error:
            return error
        if isinstance(answer, Failure):
            logger.error("A %s failed in render worker %d\n%s", job.kind, worker.pid, answer.traceback)
            return RenderFailed(f"The {job.kind} failed")
        if isinstance(answer, TransformError | _RESULTS[job.kind]):
            return answer
        return WorkerDied("an answer to another question")

    def _release(self, worker: RenderProcess, result: object) -> None:
        """A worker that failed at the job itself is not asked again."""
        if isinstance(result, RenderTimeout | WorkerDied):
            logger.warning("Render worker %d is replaced: %s", worker.pid, result)
            self._staff.dismiss(worker, _outcome(result))
        else:
            self._staff.give_back(worker)


def _packed(argument: object, data: bytes, sources: Mapping[str, bytes]) -> tuple[object, bytes]:
    """The argument and the body of a job; without layers the body is the original itself, uncopied."""
    if not sources:
        return argument, data
    layers = tuple((content_hash, len(layer)) for content_hash, layer in sources.items())
    return Sourced(argument, layers), b"".join((data, *sources.values()))


def _outcome(result: object) -> str:
    return next(name for kind, name in OUTCOMES if isinstance(result, kind))
