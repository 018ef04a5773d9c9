"""Counts how often variants are asked for, to tell which are worth a second encode."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from proxy.settled import Settled

_MOST = 4096
"""Variants that are counted at once. What is asked for seldom makes room first."""


@dataclass(slots=True)
class _Count:
    settled: Settled
    hits: int
    since: float


class Popular:
    """Counts hits of the variants that it was shown; `tell` hears, once, of each that was asked for `after`
    times over `over_seconds` at least: a crowd that is gone after a moment gains nothing."""

    def __init__(
        self,
        *,
        after: int,
        over_seconds: float,
        tell: Callable[[Settled], None],
        most: int = _MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._after = after
        self._over_seconds = over_seconds
        self._tell = tell
        self._most = most
        self._clock = clock
        self._counts: dict[str, _Count] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def watch(self, settled: Settled) -> None:
        """Count this variant from now on. It is kept: `hit` will know its key alone."""
        if settled.key in self._counts:
            return
        if len(self._counts) >= self._most:
            self._make_room()
        self._counts[settled.key] = _Count(settled, 0, self._clock())

    def hit(self, key: str, times: int = 1) -> None:
        """It was asked for; unknown keys are nobody's business. A look into a dictionary and an addition."""
        count = self._counts.get(key)
        if count is None:
            return
        count.hits += times
        if count.hits >= self._after and self._clock() - count.since >= self._over_seconds:
            del self._counts[key]
            self._tell(count.settled)

    def _make_room(self) -> None:
        """Every count is halved, and what has none left goes; of the rest the oldest quarter.

        So a scan over many URLs pushes out what is asked for as seldom, and an addition costs the same on
        average however many there are.
        """
        for key, count in list(self._counts.items()):
            count.hits //= 2
            if not count.hits:
                del self._counts[key]
        for key in list(self._counts)[: max(0, len(self._counts) - self._most * 3 // 4)]:
            del self._counts[key]
