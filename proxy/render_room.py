"""How much may be under way and wait: jobs by their number, and by the memory they will hold.

Large jobs wait for each other, however many workers are idle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proxy.render_queue import Job, JobQueue
from proxy.render_staff import RenderStaff
from proxy.renderer_errors import NoWorkers, PoolClosed, QueueFull

NO_WORKERS = "No render worker can be started"
_NEWEST = 0.2
"""How much the last job counts for what jobs take."""
_SURE = 0.8
"""Of the patience: that part of it for which the guess is good enough."""
_FULL = "Too many renders wait already"


class Room:
    """The room of one pool: `queue_size` jobs may wait; the originals of `places` may be read, wait and be
    rendered; what is rendered may hold `memory_bytes` together, as estimated, None for all there is. Nobody
    is let in who would have to wait for longer than `patience_seconds`, going by what jobs took of late: to
    be refused at once is better than to be refused after that."""

    def __init__(
        self,
        queue: JobQueue,
        staff: RenderStaff,
        *,
        queue_size: int,
        places: int,
        memory_bytes: int | None,
        workers: int,
        patience_seconds: float,
    ) -> None:
        self._queue = queue
        self._staff = staff
        self._queue_size = queue_size
        self._places = places
        self._memory_bytes = memory_bytes
        self._workers = workers
        self._patience_seconds = patience_seconds
        self._pace_seconds: float | None = None
        """What a job takes a worker, of late; None before the first."""
        self._placed = 0
        self._held_bytes = 0
        self.closed = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Around the reading of originals and what is made of them. Raises as `check`, before anything is."""
        self.check()
        self._placed += 1
        try:
            yield
        finally:
            self._placed -= 1

    def check(self) -> None:
        """Raise what a job would meet that came now: QueueFull, NoWorkers or PoolClosed."""
        if self._placed >= self._places:
            raise QueueFull(_FULL)
        self._check_queue()

    def has_room(self) -> bool:
        """Whether a job that came now would be let in."""
        try:
            self.check()
        except QueueFull:
            return False
        return True

    def _check_queue(self) -> None:
        if self.closed:
            raise PoolClosed("The server is stopping")
        if self._staff.hopeless:
            raise NoWorkers(NO_WORKERS)
        if not self._staff.idle and (len(self._queue) >= self._queue_size or self._is_hopeless()):
            raise QueueFull(_FULL)

    def _is_hopeless(self) -> bool:
        """Whether the last of those who wait will hardly have a turn. Where nobody waits there is hope."""
        wait = len(self._queue) * (self._pace_seconds or 0.0) / max(1, self._workers)
        return wait > _SURE * self._patience_seconds

    def admit(self, job: Job) -> None:
        """Let a job in, to begin or to wait. Raises as `check`."""
        self._check_queue()
        if self._staff.idle and self.fits(job):
            return
        waiting = self._queue.waiting_bytes + len(job.data)
        too_much = self._memory_bytes is not None and waiting > self._memory_bytes
        if len(self._queue) >= self._queue_size or (len(self._queue) and too_much):
            raise QueueFull(_FULL)

    def fits(self, job: Job) -> bool:
        """Whether a job may begin. One that needs more than all of the memory may when it is alone."""
        if self._memory_bytes is None or not self._held_bytes:
            return True
        return self._held_bytes + job.memory_bytes <= self._memory_bytes

    def begin(self, job: Job) -> None:
        """A worker has been found for a job."""
        self._held_bytes += job.memory_bytes

    def end(self, job: Job, seconds: float) -> None:
        """A job that was begun is done, or its worker is gone, after so long."""
        self._held_bytes -= job.memory_bytes
        if job.kind == "series":
            # It lets others pass: how long all of it takes delays nobody.
            return
        before = seconds if self._pace_seconds is None else self._pace_seconds
        self._pace_seconds = before + _NEWEST * (seconds - before)
