"""Turns new pictures away before any work is done for them, while far more come than there is room for.

What a new URL costs before a full queue refuses it (a plan, a look into the tiers) is little but not nothing:
a thousand a second would keep those waiting who ask for what lies ready. So once there is no room for another
render, only a few URLs at a time are looked for, enough to fill each place that becomes free.

unknown path -> undecided -> found in a tier | has a place | refused
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar

from cachetools import LRUCache

from proxy.renderer_errors import QueueFull

MOST_UNDECIDED = 2
"""Paths that may be undecided at once in a crowd, or when there is no room."""
MOST_CALM = 64
"""And while there is."""
_LASTING_SECONDS = 0.25
"""How long it counts as a crowd after somebody was turned away."""
_TRICKLE_SECONDS = 0.05
"""In a crowd one path is looked for so often though there is no room: another process may have made it."""
_KNOWN_PATHS = 16_384
_LONGEST = 512
"""Characters of a path that is remembered."""


class Undecided:
    """A path of which it is not known yet whether it is a hit, or has a place among the renders."""

    def __init__(self, path: str, crowd: set[str]) -> None:
        self._path = path
        self._crowd = crowd

    def decide(self) -> None:
        """It is known now. To say so again does nothing."""
        self._crowd.discard(self._path)


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
        calm: int = MOST_CALM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._has_room = has_room
        self._most = most
        self._calm = calm
        self._clock = clock
        self._undecided: set[str] = set()
        self._crowded_until = self._next_at = 0.0
        self._served: LRUCache[str, None] = LRUCache(_KNOWN_PATHS)

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
        if now < self._crowded_until:
            self._check(now)
        self._undecided.add(path)
        entered = Undecided(path, self._undecided)
        _CURRENT.set(entered)
        return entered

    def served(self, path: str) -> None:
        """What lies behind this path is at hand."""
        if len(path) <= _LONGEST:
            self._served[path] = None

    def _check(self, now: float) -> None:
        if len(self._undecided) < self._most and self._has_room():
            return
        if now < self._next_at:
            self._crowded_until = now + _LASTING_SECONDS
            raise QueueFull("Too many new pictures are asked for")
        self._next_at = now + _TRICKLE_SECONDS
