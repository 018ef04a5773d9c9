"""Has work begin a little at a time, so that what is quick passes between.

A hundred misses that begin in one moment are a hundred times some milliseconds in which nobody who asks for
what lies ready is heard. Some may be at it together; the others begin as those come to an end, or, where they
wait for somebody else, one after the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 4
TICK_SECONDS = 0.003
"""After so long one more begins, though none has come to an end: they may all wait for a slow storage."""


class Turns:
    """The turns of one process. While `has_room` says no, nobody waits for one: it would lead to nothing."""

    def __init__(
        self,
        *,
        has_room: Callable[[], bool],
        at_once: int = AT_ONCE,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._has_room = has_room
        self._at_once = at_once
        self._tick_seconds = tick_seconds
        self._busy = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self) -> bool:
        """Return when it is our turn, and whether that was not at once. `give_back` has to follow, unless
        this was cancelled."""
        if self._busy < self._at_once and not self._waiting:
            self._busy += 1
            return False
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wind()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                # It was given to us in the same moment.
                self.give_back()
            raise
        return True

    def give_back(self) -> None:
        """Let the next begin."""
        self._busy -= 1
        if self._waiting and self._busy < self._at_once:
            self._next()

    def _next(self) -> None:
        number = 1 if self._has_room() else len(self._waiting)
        self._busy += number
        for _ in range(number):
            self._waiting.popleft().set_result(None)

    def _wind(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self._tick_seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._waiting:
            self._next()
        self._wind()
