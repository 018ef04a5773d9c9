"""The named transformations there are: those of the settings, and those that people stored.

All of them are held in memory; every other second the database is asked whether anything changed. A change
makes other plans, and so other variants: nothing old is ever served under the new text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping

from origin.errors import MetadataUnavailable
from origin.metadata.named import Named, NamedStore

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.5
_IMPATIENT_SECONDS = 0.05
"""How often a name that is not known may make us look before it is time."""


class Presets:
    """`named` is what the settings say: a stored transformation of the same name does not count."""

    def __init__(
        self, *, store: NamedStore, named: Mapping[str, str], poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._store = store
        self._fixed = dict(named)
        self._poll_seconds = poll_seconds
        self._stamp: tuple[int, int, float] | None = None
        self._stored: Mapping[str, Named] = {}
        self._looked_at = 0.0
        self._looking = asyncio.Lock()
        self._polling: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []
        self.named: Mapping[str, str] = dict(named)
        """Text by name, as of the last look."""

    @property
    def complete(self) -> bool:
        """Whether the database was ever read: until then a name that is not known may yet be one."""
        return self._stamp is not None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called whenever `named` became another."""
        self._listeners.append(listener)

    def changed_at(self, names: Iterable[str]) -> float:
        """When the last of these was stored, epoch seconds; those of the settings have no date."""
        stored = (self._stored[name] for name in names if name in self._stored and name not in self._fixed)
        return max((preset.updated_at for preset in stored), default=0.0)

    async def start(self) -> None:
        """Read them once, then go on looking."""
        await self.look()
        self._polling = asyncio.create_task(self._poll(), name="look for named transformations")

    async def look(self) -> None:
        """See whether anything changed. A database that is away leaves what is known."""
        self._looked_at = time.monotonic()
        try:
            stamp = await self._store.stamp()
            if stamp == self._stamp:
                return
            stored = await self._store.all()
        except MetadataUnavailable as error:
            logger.warning("named transformations stay as they were: %s", error)
            return
        self._stamp = stamp
        if stored != self._stored:
            self._stored = stored
            self.named = {**{name: preset.text for name, preset in stored.items()}, **self._fixed}
            for listener in self._listeners:
                listener()

    async def missed(self) -> bool:
        """Look now, because a name was not known, unless somebody just did; whether it was worth while."""
        before = self.named
        # One look for all who wait: a database that is silent takes seconds.
        async with self._looking:
            if time.monotonic() - self._looked_at >= _IMPATIENT_SECONDS:
                await self.look()
                self._looked_at = time.monotonic()
        return self.named is not before

    async def close(self) -> None:
        """Stop looking."""
        if self._polling is not None:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._polling

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.look()
            except Exception:
                # Whatever it was, the next look may go well; without one, changes would never be seen again.
                logger.exception("looking for named transformations failed")
