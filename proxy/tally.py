"""Answers of the short way, counted and logged as all others are.

To count one costs as much as to answer it; so those of some moments are counted at once.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import Counter, defaultdict

from proxy import counters, logs, metrics

FLUSH_SECONDS = 0.05
"""How long an answer may be counted by nobody; whoever reads the numbers waits for that."""
ROUTE = "deliver"

_Kind = tuple[int, str | None, int]
"""Status, the tier that the body came from, and which bound the time is below."""


class Tally:
    """What was answered since the last flush. With `access` each answer has its line in the log."""

    def __init__(self, *, access: bool) -> None:
        self._access = access
        self._lines: list[str] = []
        self._alike: Counter[_Kind] = Counter()
        self._seconds: defaultdict[_Kind, float] = defaultdict(float)
        self._bodies: Counter[tuple[str, str]] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._bounds = counters.request_bounds()

    def line(
        self, method: str, path: str, status: int, size: int, cache: str | None
    ) -> logs.AccessLine | None:
        """What the log will say of such an answer."""
        return logs.AccessLine(method, path, status, size, cache) if self._access else None

    def add(
        self,
        status: int,
        cache: str | None,
        request_id: bytes,
        started: float,
        line: logs.AccessLine | None,
    ) -> None:
        """Count an answer that was begun at that time of `time.perf_counter`; `cache` is the tier that its
        body came from."""
        seconds = time.perf_counter() - started
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        kind = (status, cache, bisect_left(self._bounds, seconds))
        self._alike[kind] += 1
        self._seconds[kind] += seconds
        if line is not None:
            self._lines.append(line.filled(request_id.decode(), seconds * 1000))

    def count(self, tier: str, result: str) -> None:
        """Count what became of a body there, with the answers that follow."""
        self._bodies[tier, result] += 1

    def flush(self) -> None:
        """Have counted and logged what is not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kind, number in self._alike.items():
            self._count(kind, number, self._seconds[kind])
        self._alike.clear()
        self._seconds.clear()
        for (tier, result), number in self._bodies.items():
            metrics.count_cache(tier, result, number)
        self._bodies.clear()
        if self._lines:
            logs.write_access("".join(self._lines))
            self._lines.clear()

    def _count(self, kind: _Kind, number: int, seconds: float) -> None:
        status, cache, bound = kind
        metrics.count_short_way(status, number)
        metrics.count_alike_requests(ROUTE, status, bound, number, seconds)
        if cache is not None:
            metrics.count_cache(cache, "hit", number)
        if cache not in (None, "memory"):
            metrics.count_cache("memory", "miss", number)
