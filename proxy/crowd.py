"""Turns new pictures away before any work is done for them, while far more come than there is room for.

What a new URL costs before a full queue refuses it (a plan, a look into the tiers) is little but not nothing:
a thousand a second would keep those waiting who ask for what lies ready. So once there is no room for another
render, only a few URLs at a time are looked for, enough to fill each place that becomes free.

unknown path -> undecided -> its turn -> found in a tier | has a place | refused
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar

from cachetools import LRUCache, TTLCache

from proxy.renderer_errors import QueueFull
from proxy.turns import Turns

MOST_UNDECIDED = 2
"""Paths that may be undecided at once in a crowd, or when there is no room."""
LEAST_CALM = 16
"""And at least so many while there is."""
_LASTING_SECONDS = 0.25
"""How long it counts as a crowd after somebody was turned away."""
_TRICKLE_SECONDS = 0.05
"""In a crowd one path is looked for so often though there is no room: another process may have made it."""
_EXPECTED_SECONDS = 0.2
FULL = "Too many new pictures are asked for"
_KNOWN_PATHS = 16_384
_LONGEST = 512
"""Characters of a path that is remembered."""


class Undecided:
    """A path of which it is not known yet whether it is a hit, or has a place among the renders."""

    def __init__(self, path: str, crowd: set[str], turns: Turns) -> None:
        self._path = path
        self._crowd = crowd
        self._turns = turns
        self._has_turn = False

    async def turn(self) -> bool:
        """Wait until there is time to look for it; whether that was not at once."""
        waited = await self._turns.take()
        self._has_turn = True
        return waited

    def decide(self) -> None:
        """It is known now. To say so again does nothing."""
        self._crowd.discard(self._path)
        if self._has_turn:
            self._has_turn = False
            self._turns.give_back()


_CURRENT: ContextVar[Undecided | None] = ContextVar("undecided", default=None)


def decided() -> None:
    """Say of the request at hand that what it asks for is sure to be made."""
    current = _CURRENT.get()
    if current is not None:
        current.decide()


class Crowd:
    """The paths that one process is asked for and whose fate is open.

    What was served lately is always let by, and so is what is looked for already: it costs little.
    """

    def __init__(
        self,
        *,
        has_room: Callable[[], bool],
        most: int = MOST_UNDECIDED,
        calm: int = LEAST_CALM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._has_room = has_room
        self._most = most
        self._calm = calm
        self._clock = clock
        self._undecided: set[str] = set()
        # One that never comes, since its connection broke, is not waited for.
        self._expected: TTLCache[str, None] = TTLCache(_KNOWN_PATHS, _EXPECTED_SECONDS, timer=clock)
        self._turns = Turns(has_room=has_room)
        self._crowded_until = self._next_at = 0.0
        self._served: LRUCache[str, None] = LRUCache(_KNOWN_PATHS)

    @contextlib.asynccontextmanager
    async def deciding(self, path: str) -> AsyncIterator[None]:
        """Around looking for a path. Raises QueueFull, in a crowd."""
        undecided = self.enter(path)
        if undecided is None:
            yield
            return
        try:
            if await undecided.turn() and not self._has_room():
                raise QueueFull(FULL)
            yield
        finally:
            undecided.decide()

    def enter(self, path: str) -> Undecided | None:
        """Let a request in; None where nothing is to be decided. Raises QueueFull, in a crowd."""
        if path in self._served:
            # Once more, so that it stays.
            self._served[path] = None
            return None
        if path in self._undecided:
            return None
        now = self._clock()
        if len(self._undecided) >= (self._calm if self._has_room() else self._most):
            self._crowded_until = now + _LASTING_SECONDS
        expected = path in self._expected
        self._expected.pop(path, None)
        if now < self._crowded_until and not expected and not self._lets_one_by(now):
            raise QueueFull(FULL)
        self._undecided.add(path)
        entered = Undecided(path, self._undecided, self._turns)
        _CURRENT.set(entered)
        return entered

    def turns_away(self, path: str) -> bool:
        """Whether `enter` would refuse this path now, for whoever can say so for less.

        A path that is not turned away is expected: it takes the place of another until it has come.
        """
        if path in self._served or path in self._undecided or path in self._expected:
            return False
        now = self._clock()
        if now >= self._crowded_until:
            return False
        if self._lets_one_by(now):
            self._expected[path] = None
            return False
        return True

    def served(self, path: str) -> None:
        """What lies behind this path is at hand."""
        if len(path) <= _LONGEST:
            self._served[path] = None

    def _lets_one_by(self, now: float) -> bool:
        """Whether in a crowd one more is looked for."""
        if len(self._undecided) + len(self._expected) < self._most and self._has_room():
            return True
        if now >= self._next_at:
            self._next_at = now + _TRICKLE_SECONDS
            return True
        self._crowded_until = now + _LASTING_SECONDS
        return False
