"""What can come of a job: what is counted, and who is to blame."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from proxy.render_lanes import Kind
from proxy.render_process import RenderProcess
from proxy.render_queue import Job
from proxy.renderer_errors import NotBegun, RenderFailed, RenderTimeout, WorkerDied
from proxy.wire import Failure, Looked, Ready, encode_request
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.rendition import Rendition
from transforms.summary import Summary

logger = logging.getLogger(__name__)

Observe = Callable[[str, str, float], None]
"""Told of each finished job: `probe` or `render`, what came of it (see `OUTCOMES`), seconds in the worker."""

Foreseen = Callable[[float, float], None]
"""Told of each render that decoded for itself: the seconds of CPU foreseen, and those that it used."""

OUTCOMES: tuple[tuple[type[object], str], ...] = (
    (RenderTimeout, "timeout"),
    (WorkerDied, "died"),
    (RenderFailed, "failed"),
    (TransformError, "refused"),
    (object, "ok"),
)
_LETTING_GO_SECONDS = 5.0
_RESULTS: Mapping[Kind, type[object]] = {
    "probe": ImageInfo,
    "look": Looked,
    "summarize": Summary,
    "render": Rendition,
}


async def asked(worker: RenderProcess, job: Job, request: tuple[bytes, bytes] | None = None) -> object:
    """What the worker makes of the job: a result of the job's kind, or the exception to raise. `request` is
    what it is sent, head and body, where that is not the job's own."""
    worker.bound(seconds=job.deadline_seconds, address_space_bytes=job.address_space_bytes)
    try:
        async with asyncio.timeout(job.deadline_seconds):
            answer = await worker.ask(*(request or (job.head, job.data)))
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


async def let_go(worker: RenderProcess) -> bool:
    """Have a worker let go of what it holds for a series; False if it does not, and is of no more use."""
    try:
        async with asyncio.timeout(_LETTING_GO_SECONDS):
            return isinstance(await worker.ask(encode_request("end", None), b""), Ready)
    except (TimeoutError, WorkerDied):
        return False


def observe_nothing(*_: object) -> None:
    """The observer of who does not care."""


def outcome_of(result: object) -> str:
    return next(name for kind, name in OUTCOMES if isinstance(result, kind))


def is_blamed(job: Job, result: object) -> bool:
    """Whether the originals are the reason: a long job that was not done in time need not be theirs."""
    if isinstance(result, RenderTimeout):
        return job.short
    return isinstance(result, WorkerDied) and not isinstance(result, NotBegun)
