"""Who is on the way to the render queue: renders of one original that are about to be asked for.

A page asks for all sizes of a picture at one moment, but one after the other gets through the look into the
tiers, the lease and the read. The first of them waits for the rest, for a part of what its decode will take:
begun at once it would decode for itself alone, and so would the next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proxy.render_queue import Job

MOST_SECONDS = 0.05
"""Nobody waits for longer."""
_OF_DECODING = 0.5
"""Nor for longer than this part of what the decode takes, as foreseen."""


class Coming:
    """A render that is on its way."""

    def __init__(self, arrive: Callable[[], None]) -> None:
        self._arrive: Callable[[], None] | None = arrive

    def arrived(self) -> None:
        """It is in the queue now, or will not come. To say so again does nothing."""
        arrive, self._arrive = self._arrive, None
        if arrive is not None:
            arrive()


class Gathering:
    """The renders on their way to one pool. `complete` is called when a job has no more to wait for."""

    def __init__(self, complete: Callable[[], None]) -> None:
        self._complete = complete
        self._coming: Counter[str] = Counter()

    @contextmanager
    def coming(self, content_hash: str) -> Iterator[Coming]:
        """Around all that it takes to ask for one render of that original."""
        self._coming[content_hash] += 1
        coming = Coming(lambda: self._arrived(content_hash))
        try:
            yield coming
        finally:
            coming.arrived()

    def hold(self, job: Job) -> None:
        """Have a job that has arrived wait a moment for others, if there are any on the way."""
        if job.suspects[0] in self._coming:
            job.gathering = True
            seconds = min(MOST_SECONDS, _OF_DECODING * job.decoding_seconds)
            asyncio.get_running_loop().call_later(seconds, self._let, job)

    def holds(self, job: Job) -> bool:
        """Whether a job still waits for others."""
        return job.gathering and job.suspects[0] in self._coming

    def _let(self, job: Job) -> None:
        job.gathering = False
        self._complete()

    def _arrived(self, content_hash: str) -> None:
        self._coming[content_hash] -= 1
        if not self._coming[content_hash]:
            del self._coming[content_hash]
            self._complete()
