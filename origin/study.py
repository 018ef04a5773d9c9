"""What an original is: learnt from its bytes, where nothing that is known describes it as it lies there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cachetools import TTLCache

from origin.asset import Facts
from origin.ledger import Ledger
from origin.mounts import Mount
from origin.reader import Reader, describes, facts_of
from origin.recent import RecentBytes
from origin.storage.base import Stat
from transforms.errors import TransformError
from transforms.frame import ImageInfo

_MOST_BROKEN = 1000


class Study:
    """Learns facts. What could not be read is not read again for `broken_seconds`."""

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        recent: RecentBytes,
        prober: Callable[[bytes], Awaitable[ImageInfo]],
        *,
        broken_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._recent = recent
        self._prober = prober
        self._broken: TTLCache[tuple[str, Stat], TransformError] = TTLCache(
            _MOST_BROKEN, broken_seconds, timer=clock
        )
        self._reading: set[tuple[str, Stat]] = set()
        self._clock = clock

    def is_reading(self, mount: Mount, stat: Stat) -> bool:
        """Whether the bytes of that object are on their way."""
        return (mount.name, stat) in self._reading

    async def learn(self, mount: Mount, stat: Stat, known: Facts | None) -> Facts:
        """The facts of this object as it is now, from its bytes when nothing else tells them.

        Raises what reading it raises, and what the prober raises.
        """
        facts = await self._ledger.facts(mount.name, stat.key)
        if facts is not None and describes(facts, mount, stat):
            return facts
        if known is not None and describes(known, mount, stat):
            # The database was away when this was learnt.
            return await self._ledger.record(known)
        return await self._read(mount, stat)

    async def _read(self, mount: Mount, stat: Stat) -> Facts:
        known_fault = self._broken.get((mount.name, stat))
        if known_fault is not None:
            raise known_fault.with_traceback(None)
        now = self._clock()
        self._reading.add((mount.name, stat))
        try:
            original = await self._reader.read(mount, stat.key)
        finally:
            self._reading.discard((mount.name, stat))
        self._recent.put(original.content_hash, original.data)
        try:
            info = await self._prober(original.data)
        except TransformError as error:
            self._broken[mount.name, original.stat] = error
            raise
        return await self._ledger.record(facts_of(mount, original, info, now))
