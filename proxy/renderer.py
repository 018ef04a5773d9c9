"""The render pool: killable worker processes, one job each at a time, and a bounded queue before them.

A codec cannot be stopped from inside, so a deadline means SIGKILL, and a worker's death is an expected event
that costs its one request. Every worker lost is replaced at once; a worn one serves until its replacement is
warm. This process never loads libvips.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from types import MappingProxyType
from typing import Any

from proxy.poison import Poison, name_of
from proxy.render_foreman import Foreman
from proxy.render_gathering import Coming
from proxy.render_lanes import LONG_SECONDS, Kind, Lanes
from proxy.render_making import make_job, make_series, told_of
from proxy.render_outcomes import Foreseen, Observe, observe_nothing
from proxy.render_process import COMMAND, NICENESS
from proxy.render_queue import JobQueue
from proxy.render_room import Room
from proxy.render_staff import RenderStaff
from proxy.render_terms import RenderTerms
from proxy.render_traits import formats_in, refuse_formats
from proxy.renderer_errors import (
    NoWorkers,
    PoolClosed,
    QueueFull,
    RenderError,
    RenderFailed,
    RenderTimeout,
    WorkerDied,
)
from proxy.wire import Looked
from transforms.actions.base import Rows
from transforms.frame import ImageInfo
from transforms.knowledge import Question
from transforms.limits import Limits
from transforms.plan import RenderPlan
from transforms.rendition import Rendition
from transforms.sharing import Plans
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
        long_seconds: float = LONG_SECONDS,
        limits: Limits = _LIMITS,
        readable: Sequence[str] = (),
        strict: bool = False,
        poison: Poison | None = None,
        observe: Observe = observe_nothing,
        foreseen: Foreseen = observe_nothing,
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
            long_seconds=long_seconds,
            limits=limits,
        )
        self._poison = poison or Poison()
        lanes = Lanes(workers=workers)
        self._queue = JobQueue(lanes)
        self._staff = RenderStaff(
            size=workers,
            command=command,
            niceness=niceness,
            readable=readable,
            strict=strict,
            terms=self.terms,
            start_timeout_seconds=start_timeout_seconds,
            changed=lambda: self._foreman.dispatch(),
        )
        self.room = Room(
            self._queue,
            self._staff,
            lanes,
            queue_size=queue,
            places=workers + queue + reading,
            memory_bytes=memory_bytes,
            workers=workers,
            patience_seconds=queue_timeout_seconds,
        )
        self._foreman = Foreman(
            queue=self._queue,
            staff=self._staff,
            room=self.room,
            lanes=lanes,
            poison=self._poison,
            queue_timeout_seconds=queue_timeout_seconds,
            observe=observe,
            foreseen=foreseen,
        )

    @property
    def depth(self) -> int:
        """Jobs that somebody waits for, and that wait for a worker."""
        return len(self._queue)

    @property
    def depths(self) -> Mapping[str, int]:
        """How many wait in each lane of `proxy.render_lanes`; nobody waits for those in `series`."""
        return self._queue.depths

    @property
    def shared(self) -> int:
        """Renders so far that used another's decode."""
        return self._foreman.shared

    def coming(self, content_hash: str) -> AbstractContextManager[Coming]:
        """Around all that it takes to `render` something of that original: see `proxy.render_gathering`."""
        return self._foreman.gathering.coming(content_hash)

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
        info: ImageInfo = await self._guarded(
            "probe", self.terms.limits, data, _NO_SOURCES, "", deadline_seconds
        )
        refuse_formats(self.terms.blocked & {info.format})  # whoever probed it may be about to be replaced
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
        coming: Coming | None = None,
    ) -> Rendition:
        """The plan done to the original's bytes; its timings gain `queue`. RenderError, TransformError.

        `sources` has what its layers show, by content hash; `content_hash` is its own; `coming` announced it.
        """
        rendition: Rendition = await self._guarded(
            "render", plan, data, sources, content_hash, deadline_seconds, coming
        )
        return rendition

    async def series(
        self,
        plans: Sequence[RenderPlan],
        data: bytes,
        sources: Mapping[str, bytes] = _NO_SOURCES,
        *,
        content_hash: str = "",
    ) -> AsyncGenerator[object, None]:
        """What becomes of one plan after the other, a Rendition, RenderError or TransformError, each as soon
        as it is there, from as few decodes as can be: see `transforms.sharing`, whose order they have.

        It is for what nobody waits for. It begins when no other job waits, as long as that may take, and lets
        jobs that come meanwhile go before what is left. Raises NoWorkers, PoolClosed and Poisoned.
        """
        done = 0
        while done < len(plans):
            refuse_formats(self.terms.blocked & formats_in(Plans(tuple(plans))))
            content_hash = await name_of(content_hash, data)
            await self._poison.check((content_hash, *sources))
            job = make_series(tuple(plans[done:]), data, sources, content_hash=content_hash, terms=self.terms)
            async with aclosing(self._foreman.outcomes(job)) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome, NoWorkers | PoolClosed):
                        raise outcome
                    plan, done = plans[done], done + 1
                    yield told_of(outcome, plan, data)

    async def close(self, grace_seconds: float = 0.0) -> None:
        """Take no more jobs, give those at hand `grace_seconds`, then kill all workers."""
        await self._foreman.close(grace_seconds)
        await self._staff.close()

    async def _guarded(
        self,
        kind: Kind,
        argument: object,
        data: bytes,
        sources: Mapping[str, bytes],
        content_hash: str,
        deadline_seconds: float | None,
        coming: Coming | None = None,
    ) -> Any:
        """A job on originals that may be blocked, or poison."""
        refuse_formats(self.terms.blocked & formats_in(argument))
        content_hash = await name_of(content_hash, data)
        await self._poison.check((content_hash, *sources))
        job = make_job(
            kind,
            argument,
            data,
            sources,
            content_hash=content_hash,
            terms=self.terms,
            deadline_seconds=deadline_seconds,
        )
        try:
            return await self._foreman.submit(job, coming)
        except RenderTimeout as error:
            told = told_of(error, argument, data)
            if told is error:
                raise
            raise told from error
