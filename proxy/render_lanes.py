"""The lanes of the render queue: which kind of job goes first, and on how many workers at once.

Long renders have a lane of their own. They may keep all workers busy but one, which stays free for what takes
a moment; and they stand back behind it, but not for ever. What is long is foreseen from the plan alone, so
that it is known before anything is begun.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Literal

Kind = Literal["probe", "look", "summarize", "render", "series"]
Lane = Literal["probe", "look", "summarize", "render", "long", "series"]
LANES: tuple[Lane, ...] = ("probe", "look", "summarize", "render", "long", "series")
"""As they go before each other, as a rule."""

LONG_SECONDS = 0.5
"""A render that takes longer, as foreseen, is a long one."""
_AGED_SECONDS = 1.0
"""How long the first long job lets short ones go first."""

_BEFORE: tuple[Lane, ...] = ("probe", "look", "summarize")
_SHORT_FIRST: tuple[Lane, ...] = ("render", "long")
_LONG_FIRST: tuple[Lane, ...] = ("long", "render")


class Lanes:
    """The order of one pool's lanes, for `workers`, one of which long jobs leave free where there are
    several."""

    def __init__(self, *, workers: int) -> None:
        self.most_long = max(1, workers - 1)
        """Long jobs that may be done at once."""
        self._long = 0
        self._owed_until = 0.0
        """Until when short jobs go first, whatever waits: for as long as the last long one took."""

    @property
    def is_open(self) -> bool:
        """Whether one more long job may begin."""
        return self._long < self.most_long

    def order(self, long_since: float | None) -> Iterator[Lane]:
        """The lanes in the order in which they have their turn; `long_since` is since when the first long job
        waits, if one does."""
        yield from _BEFORE
        now = monotonic()
        aged = long_since is not None and now - long_since > _AGED_SECONDS and now >= self._owed_until
        for lane in _LONG_FIRST if aged else _SHORT_FIRST:
            if lane != "long" or self.is_open:
                yield lane

    def begin(self) -> None:
        """A long job begins."""
        self._long += 1

    def end(self, seconds: float) -> None:
        """A long job is done, after so long."""
        self._long -= 1
        self._owed_until = monotonic() + seconds
