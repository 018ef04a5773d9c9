"""The jobs that wait for a render worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from time import monotonic
from typing import Any

from proxy.render_lanes import LANES, Kind, Lane, Lanes
from transforms.plan import RenderPlan

_PASSED_SECONDS = 1.0
"""How long a job that there is no memory for lets others go first."""
_LONG_PASSED_SECONDS = 4.0
"""How long a long one does: thumbnails are not to wait for two monsters that do not fit beside each other."""


@dataclass(eq=False, slots=True)
class Job:
    """One question to a worker and the promise of its answer."""

    kind: Kind
    head: bytes
    data: bytes = field(repr=False)
    _: KW_ONLY
    deadline_seconds: float
    """Counted from when a worker begins, not from now."""
    address_space_bytes: int | None
    """What the worker may have while it is at it; None for all that it may have anyway."""
    suspects: tuple[str, ...] = ()
    """The content hashes of its originals."""
    memory_bytes: int = 0
    """What the worker will hold for it, as estimated."""
    short: bool = False
    """Whether, going by its plan, it should take but a moment."""
    plan: RenderPlan | None = None
    """Of a render."""
    layers: tuple[tuple[str, int], ...] = ()
    """What `data` holds besides its own original, as in `Sourced`."""
    seconds: float = 0.0
    """What it will take, as foreseen from its plan; 0 for what is not foreseen."""
    decoding_seconds: float = 0.0
    """Of these, what it takes to decode its original."""
    long: bool = False
    """Whether it belongs into the lane of long ones."""
    long_decoded: bool = False
    """Whether it would even if another had decoded its original."""
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    queued_at: float = field(default_factory=monotonic)
    returned: bool = False
    """Whether a worker was lost before it had begun."""
    claimed: object = None
    """The batch in which a worker is to do it, if it comes to that."""
    alone: bool = False
    """Whether it is to be done alone: another of its original went wrong."""

    gathering: bool = False
    """Whether it waits a moment for others of its original, which are on their way."""

    @property
    def lane(self) -> Lane:
        return "long" if self.long and self.kind == "render" else self.kind

    @property
    def rank(self) -> tuple[int, float]:
        """Which of two jobs goes first, but for long ones that have waited: the lesser."""
        return LANES.index(self.lane), self.queued_at

    @property
    def waited(self) -> float:
        """Seconds since it came."""
        return monotonic() - self.queued_at

    def finish(self, result: object) -> None:
        """Hand over a result or raise an exception, unless nobody waits any more."""
        if self.future.done():
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


@dataclass(eq=False, slots=True, kw_only=True)
class SeriesJob(Job):
    """Renders of one original that nobody waits for: `items` are asked of one worker in turn, and what comes
    of each is put into `outcomes`, then None. It is `long` if one of them is."""

    items: tuple[Job, ...]
    outcomes: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)

    def finish(self, result: object) -> None:
        """Say that there comes no more; an exception is the last outcome."""
        if self.future.done():
            return
        self.future.set_result(None)
        if isinstance(result, Exception):
            self.outcomes.put_nowait(result)
        self.outcomes.put_nowait(None)


def _always(_: Job) -> bool:
    return True


class JobQueue:
    """First come, first served, but probes and looks before renders: they are short, and a render waits
    behind each. What is uploaded is looked at after those, and before renders too. Long renders stand back
    behind short ones, as `lanes` says. A series, for which nobody waits, has its turn when nothing else does;
    it is not counted and not weighed with what waits."""

    def __init__(self, lanes: Lanes) -> None:
        self.waiting_bytes = 0
        """Of originals, in all."""
        self._order = lanes
        self._lanes: dict[Lane, deque[Job]] = {lane: deque() for lane in LANES}

    def __len__(self) -> int:
        return sum(len(lane) for kind, lane in self._lanes.items() if kind != "series")

    @property
    def depths(self) -> Mapping[str, int]:
        """How many wait in each lane."""
        return {kind: len(lane) for kind, lane in self._lanes.items()}

    def push(self, job: Job) -> None:
        self.waiting_bytes += _weight(job)
        self._lanes[job.lane].append(job)

    def put_back(self, job: Job) -> None:
        """Have a job that was not begun go next."""
        self.waiting_bytes += _weight(job)
        self._lanes[job.lane].appendleft(job)

    def holds(self, job: Job) -> bool:
        """Whether a job waits, and somebody for it."""
        return not job.future.done() and job in self._lanes[job.lane]

    def of(self, suspects: tuple[str, ...]) -> list[Job]:
        """What waits for the same originals, and somebody for it."""
        lanes = (lane for name, lane in self._lanes.items() if name != "series")
        return [job for lane in lanes for job in lane if job.suspects == suspects and not job.future.done()]

    def renders(self) -> Iterator[Job]:
        """The renders that wait and that nobody has claimed, those that came first before the others."""
        waiting = (job for lane in ("render", "long") for job in self._lanes[lane] if job.claimed is None)
        return iter(sorted((job for job in waiting if not job.future.done()), key=lambda job: job.queued_at))

    def first(self, fits: Callable[[Job], bool] = _always) -> Job | None:
        """The next job that somebody still waits for, that `fits` and that nobody has claimed.

        One that does not fit lets others pass for a moment, then nobody: it would never have its turn.
        """
        for lane in self._order.order(self._long_since()):
            for job in list(self._lanes[lane]):
                if job.future.done():
                    self._take(job)
                elif job.claimed is not None:
                    continue
                elif fits(job):
                    return job
                elif job.waited > (_LONG_PASSED_SECONDS if lane == "long" else _PASSED_SECONDS):
                    return None
        return None if len(self) else self._first_series(fits)

    def _first_series(self, fits: Callable[[Job], bool]) -> Job | None:
        for job in list(self._lanes["series"]):
            if job.future.done():
                self._take(job)
            elif job.long and not self._order.is_open:
                continue
            elif fits(job):
                return job
            elif job.waited > _PASSED_SECONDS:
                return None
        return None

    def _long_since(self) -> float | None:
        waiting = (job for job in self._lanes["long"] if job.claimed is None and not job.future.done())
        return next((job.queued_at for job in waiting), None)

    def drain(self) -> Iterator[Job]:
        """All that wait, taken out one after the other."""
        for lane in self._lanes.values():
            for job in list(lane):
                self._take(job)
                yield job

    def discard(self, job: Job) -> bool:
        """Take a job out before its turn; False if it is not waiting."""
        lane = self._lanes[job.lane]
        if job not in lane:
            return False
        self._take(job)
        return True

    def _take(self, job: Job) -> None:
        self.waiting_bytes -= _weight(job)
        self._lanes[job.lane].remove(job)


def _weight(job: Job) -> int:
    return 0 if job.kind == "series" else len(job.data)
