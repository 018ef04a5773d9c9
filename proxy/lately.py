"""Values that were read a moment ago, for as long as that is recent enough, and longer while nobody can tell.

What a database or a storage says is needed for every request and changes seldom. It is read again when it is
older than a while; until the new answer is there, and while there is none, the last one stands.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import LRUCache

from origin.errors import AssetNotFound, OriginError
from proxy.coalesce import Coalescer, CoalescerFull

V = TypeVar("V")

logger = logging.getLogger(__name__)

_UNKNOWING = (OriginError, CoalescerFull)
"""Why there may be no answer that another time there is."""


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    read_at: float


class Lately(Generic[V]):
    """The values of `read` by name, which is given the last value; each used for `seconds`.

    `patience_seconds` is how long the next reading is waited for while there is an older value.
    """

    def __init__(
        self,
        read: Callable[[str, V | None], Awaitable[V]],
        *,
        what: str,
        coalescer: Coalescer,
        seconds: float,
        patience_seconds: float = 0.25,
        entries: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._what = what
        self._coalescer = coalescer
        self._seconds = seconds
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._known: LRUCache[str, _Entry[V]] = LRUCache(entries)

    def recent(self, name: str) -> V | None:
        """The value, where nothing has to be read for it."""
        entry = self._known.get(name)
        fresh = entry is not None and self._clock() - entry.read_at < self._seconds
        return entry.value if entry is not None and fresh else None

    def forget(self, name: str) -> None:
        """Read it anew for whoever asks next."""
        self._known.pop(name, None)

    async def get(self, name: str) -> V:
        """The value. Raises what reading does: AssetNotFound always, the rest only while nothing is known."""
        entry = self._known.get(name)
        if entry is None:
            return await self._anew(name)
        if self._clock() - entry.read_at < self._seconds:
            return entry.value
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await self._anew(name)
        except AssetNotFound:
            raise
        except TimeoutError:
            logger.debug("%s: %s is not read again yet", self._what, name[:80])
        except _UNKNOWING as error:
            logger.warning("%s: %s stays as it was: %s", self._what, name[:80], error)
        # Not at once again: each request would wait for an answer that does not come.
        entry.read_at = self._clock()
        return entry.value

    async def _anew(self, name: str) -> V:
        value, _ = await self._coalescer.run((self._what, name), lambda: self._read_anew(name))
        return value

    async def _read_anew(self, name: str) -> V:
        entry = self._known.get(name)
        try:
            value = await self._read(name, entry.value if entry is not None else None)
        except AssetNotFound:
            self._known.pop(name, None)
            raise
        self._known[name] = _Entry(value, self._clock())
        return value
