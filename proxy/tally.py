"""Answers of the short way, counted and logged as all others are.

To count one costs as much as to answer it; so those of some moments are counted at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict

from proxy import logs, metrics

FLUSH_SECONDS = 0.05
"""How long an answer may be counted by nobody; whoever reads the numbers waits for that."""
ROUTE = "deliver"


class Tally:
    """What was answered since the last flush. With `access` each answer has its line in the log."""

    def __init__(self, *, access: bool) -> None:
        self._access = access
        self._lines: list[str] = []
        self._quick: Counter[tuple[int, str | None]] = Counter()
        self._seconds: defaultdict[tuple[int, str | None], float] = defaultdict(float)
        self._timer: asyncio.TimerHandle | None = None
        self._quickest = metrics.quickest_bucket()

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
        kind = (status, cache)
        if seconds <= self._quickest:
            self._quick[kind] += 1
            self._seconds[kind] += seconds
        else:
            self._count(kind, 1, seconds)
        if line is not None:
            self._lines.append(line.filled(request_id.decode(), seconds * 1000))

    def flush(self) -> None:
        """Have counted and logged what is not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kind, number in self._quick.items():
            self._count(kind, number, self._seconds[kind])
        self._quick.clear()
        self._seconds.clear()
        if self._lines:
            logs.write_access("".join(self._lines))
            self._lines.clear()

    def _count(self, kind: tuple[int, str | None], number: int, seconds: float) -> None:
        status, cache = kind
        metrics.count_short_way(status, number)
        metrics.count_quick_requests(ROUTE, status, number, seconds)
        if cache is not None:
            metrics.count_cache(cache, "hit", number)
        if cache not in (None, "memory"):
            metrics.count_cache("memory", "miss", number)
