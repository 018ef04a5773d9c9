"""The jobs that wait for a render worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from time import monotonic
from typing import Any, Literal

Kind = Literal["probe", "look", "summarize", "render", "series"]

_PASSED_SECONDS = 1.0
"""How long a job that there is no memory for lets others go first."""


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
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    queued_at: float = field(default_factory=monotonic)
    returned: bool = False
    """Whether a worker was lost before it had begun."""

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
    of each is put into `outcomes`, then None."""

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


class JobQueue:
    """First come, first served, but probes and looks before renders: they are short, and a render waits
    behind each. What is uploaded is looked at after those, and before renders too. A series, for which nobody
    waits, has its turn when nothing else does; it is not counted and not weighed with what waits."""

    def __init__(self) -> None:
        kinds: tuple[Kind, ...] = ("probe", "look", "summarize", "render", "series")
        self.waiting_bytes = 0
        """Of originals, in all."""
        self._lanes: dict[Kind, deque[Job]] = {kind: deque() for kind in kinds}

    def __len__(self) -> int:
        return sum(len(lane) for kind, lane in self._lanes.items() if kind != "series")

    def push(self, job: Job) -> None:
        self.waiting_bytes += _weight(job)
        self._lanes[job.kind].append(job)

    def put_back(self, job: Job) -> None:
        """Have a job that was not begun go next."""
        self.waiting_bytes += _weight(job)
        self._lanes[job.kind].appendleft(job)

    def pop(self, fits: Callable[[Job], bool] = lambda _: True) -> Job | None:
        """The next job that somebody still waits for, and that `fits`.

        One that does not lets others pass for a moment, then nobody: it would never have its turn.
        """
        for kind, lane in self._lanes.items():
            if kind == "series" and len(self):
                return None
            for job in list(lane):
                if job.future.done():
                    self._take(job)
                elif fits(job):
                    self._take(job)
                    return job
                elif monotonic() - job.queued_at > _PASSED_SECONDS:
                    return None
        return None

    def discard(self, job: Job) -> bool:
        """Take a job out before its turn; False if it is not waiting."""
        lane = self._lanes[job.kind]
        if job not in lane:
            return False
        self._take(job)
        return True

    def _take(self, job: Job) -> None:
        self.waiting_bytes -= _weight(job)
        self._lanes[job.kind].remove(job)


def _weight(job: Job) -> int:
    return 0 if job.kind == "series" else len(job.data)
