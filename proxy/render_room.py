"""How much may be under way and wait: jobs by their number, and by the memory they will hold.

Large jobs wait for each other, however many workers are idle. Long ones may take but half of the queue, so
that a flood of them turns none away that take a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proxy.render_lanes import Lanes
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
        lanes: Lanes,
        *,
        queue_size: int,
        places: int,
        memory_bytes: int | None,
        workers: int,
        patience_seconds: float,
    ) -> None:
        self._queue = queue
        self._staff = staff
        self._lanes = lanes
        self._queue_size = queue_size
        self._places = places
        self._memory_bytes = memory_bytes
        self._workers = workers
        self._patience_seconds = patience_seconds
        self._pace_seconds: dict[bool, float] = {}
        """What a job takes a worker, of late, long ones and others; nothing before the first."""
        self._placed = 0
        self._held_bytes = 0
        self.closed = False

    @property
    def most(self) -> int:
        """How many jobs may be under way and wait."""
        return self._workers + self._queue_size

    @contextmanager
    def place(self, *, long: bool = False) -> Iterator[None]:
        """Around the reading of originals and what is made of them. Raises as `check`, before anything is."""
        self.check(long=long)
        self._placed += 1
        try:
            yield
        finally:
            self._placed -= 1

    def check(self, *, long: bool = False) -> None:
        """Raise what a job would meet that came now: QueueFull, NoWorkers or PoolClosed. `long` ones have
        less room."""
        if self._placed >= self._places:
            raise QueueFull(_FULL)
        self._check_queue(long)

    def has_room(self) -> bool:
        """Whether a job that came now would be let in."""
        try:
            self.check()
        except QueueFull:
            return False
        return True

    def _check_queue(self, long: bool) -> None:
        if self.closed:
            raise PoolClosed("The server is stopping")
        if self._staff.hopeless:
            raise NoWorkers(NO_WORKERS)
        if not self._is_free(long) and (self._is_full(long) or self._is_hopeless(long)):
            raise QueueFull(_FULL)

    def _is_free(self, long: bool) -> bool:
        return bool(self._staff.idle) and (self._lanes.is_open or not long)

    def _is_full(self, long: bool) -> bool:
        if len(self._queue) >= self._queue_size:
            return True
        return long and self._queue.depths["long"] >= max(1, self._queue_size // 2)

    def _is_hopeless(self, long: bool) -> bool:
        """Whether the last of those who wait will hardly have a turn. Where nobody waits there is hope."""
        longs = self._queue.depths["long"]
        waiting = longs if long else len(self._queue) - longs
        workers = self._lanes.most_long if long else self._workers
        wait = waiting * self._pace_seconds.get(long, 0.0) / max(1, workers)
        return wait > _SURE * self._patience_seconds

    def admit(self, job: Job) -> None:
        """Let a job in, to begin or to wait. Raises as `check`."""
        self._check_queue(job.long)
        if self._is_free(job.long) and self.fits(job):
            return
        waiting = self._queue.waiting_bytes + len(job.data)
        too_much = self._memory_bytes is not None and waiting > self._memory_bytes
        if self._is_full(job.long) or (len(self._queue) and too_much):
            raise QueueFull(_FULL)

    def fits(self, job: Job) -> bool:
        """Whether a job may begin. One that needs more than all of the memory may when it is alone."""
        return not self._held_bytes or self.has_memory(job.memory_bytes)

    def has_memory(self, memory_bytes: int) -> bool:
        """Whether so much may be held besides what is."""
        return self._memory_bytes is None or self._held_bytes + memory_bytes <= self._memory_bytes

    def begin(self, memory_bytes: int) -> None:
        """A worker has been found for what holds so much."""
        self._held_bytes += memory_bytes

    def end(self, memory_bytes: int) -> None:
        """It is done, or its worker is gone."""
        self._held_bytes -= memory_bytes

    def took(self, job: Job, seconds: float) -> None:
        """A job that somebody waited for was done, or not, in so long."""
        before = self._pace_seconds.get(job.long, seconds)
        self._pace_seconds[job.long] = before + _NEWEST * (seconds - before)
