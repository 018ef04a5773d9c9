"""What keeps a sick service from making us wait: budgets for a call and for retries, a breaker over all.

A breaker is closed while calls succeed. After several failures in a row, over some time, it opens: calls are
refused at once. When it has rested it lets one probe through; the probe's outcome closes it or opens it anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

T = TypeVar("T")

State = Literal["closed", "open", "probing"]

_SLICES = 4


class Breaker:
    """Counts failures in a row and says whether a call may be tried.

    Whoever was admitted must say how it went: `succeed`, `fail`, or `leave` when nothing was learnt.
    The failures must be spread over `spread_seconds`: calls that were under way together fail together at one
    hiccup, and that is not yet a row.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        spread_seconds: float = 0.04,
        rest_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._spread_seconds = spread_seconds
        self._failures = 0
        self._failing_since = 0.0
        self._rests_until = 0.0
        self._state: State = "closed"

    @property
    def state(self) -> State:
        return self._state

    def admit(self) -> bool:
        """Whether a call may go now."""
        if self._state == "closed":
            return True
        if self._state == "open" and self._clock() >= self._rests_until:
            self._state = "probing"
            return True
        return False

    def succeed(self) -> None:
        """The service answered."""
        self._failures = 0
        self._state = "closed"

    def fail(self) -> None:
        """The service did not answer, or not in time."""
        now = self._clock()
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        in_a_row = self._failures >= self._limit and now - self._failing_since >= self._spread_seconds
        if self._state != "closed" or in_a_row:
            self._state = "open"
            self._rests_until = now + self._rest_seconds

    def leave(self) -> None:
        """The call ended for reasons of our own, such as cancellation: a probe may be sent at once."""
        if self._state == "probing":
            self._state = "open"


class RetryBudget:
    """Lets through retries for one in so many calls, so that an outage is not made worse by us.

    A few may come at once: while few are served, `share` of them would be none at all.
    """

    def __init__(self, *, share: float = 0.1, most: float = 10.0) -> None:
        self._share = share
        self._most = most
        self._left = most

    def called(self) -> None:
        """A call began that may be tried again."""
        self._left = min(self._most, self._left + self._share)

    def take(self) -> bool:
        """Whether one call may be tried once more."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def within(seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`; TimeoutError when it takes longer than `seconds`.

    The time is counted in slices, each of which needs a turn of the event loop. While the loop is busy with
    other things an answer may lie unread on the socket; a plain timeout would blame the service for our own
    delay, and under a stampede every call would fail at once.
    """
    async with asyncio.timeout(None) as scope:
        countdown = _Countdown(scope, seconds / _SLICES)
        try:
            return await work
        finally:
            countdown.stop()


class _Countdown:
    __slots__ = ("_handle", "_left", "_loop", "_scope", "_slice_seconds")

    def __init__(self, scope: asyncio.Timeout, slice_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._scope = scope
        self._slice_seconds = slice_seconds
        self._left = _SLICES
        self._handle = self._loop.call_later(slice_seconds, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left:
            self._handle = self._loop.call_later(self._slice_seconds, self._tick)
        else:
            self._scope.reschedule(self._loop.time())

    def stop(self) -> None:
        self._handle.cancel()
