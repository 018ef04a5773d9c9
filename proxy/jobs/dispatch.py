"""The dispatcher: takes what is due from the outbox, does what is small, and feeds the queue with the rest.

Without a queue, or while it does not answer, the rest is done here too. No more is taken than the queue may
hold, so that what is urgent never stands behind what is heavy, and an upload waits for nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from origin.errors import OriginError
from origin.hosting.outbox import KINDS, Entry
from proxy.jobs.feed import Feed
from proxy.jobs.running import Runner

logger = logging.getLogger(__name__)

HEAVY = ("eager", "scan", "moderate", "faces", "palette")
LIGHT = tuple(kind for kind in KINDS if kind not in HEAVY)
_MOST_LIGHT = 16
"""Done at once by one dispatcher."""
_MOST_QUEUED = 8
"""Heavy ones that wait in the queue, over all processes: their leases must outlast the wait."""
_WATCH_SECONDS = 5.0


class Dispatcher:
    """Looks into the outbox again and again. `direct` heavy jobs are done here at once where there is no
    queue; `observe` is told the age of the oldest job in seconds and the number of dead letters."""

    def __init__(
        self,
        *,
        runner: Runner,
        feed: Feed | None,
        direct: int,
        observe: Callable[[float, int], None],
        every_seconds: float = 0.5,
    ) -> None:
        self._runner = runner
        self._feed = feed
        self._direct = direct
        self._observe = observe
        self._every_seconds = every_seconds
        self._light: set[asyncio.Task[None]] = set()
        self._heavy: set[asyncio.Task[None]] = set()
        self._looking: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """Look now, and then again and again."""
        self._looking = (
            asyncio.create_task(self._look_on(), name="dispatch jobs"),
            asyncio.create_task(self._watch(), name="watch the oldest job"),
        )

    async def close(self, *, grace_seconds: float) -> None:
        """Take no more; what is begun may be finished for so long."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)
        running = self._light | self._heavy
        if running:
            _, late = await asyncio.wait(running, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def look(self) -> None:
        """Take what is due, and have it done. Raises MetadataUnavailable."""
        if not await self._due():
            return
        if room := _MOST_LIGHT - len(self._light):
            for entry in await self._lease(room, LIGHT):
                self._run_here(entry, self._light)
        if room := await self._heavy_room():
            for entry in await self._lease(room, HEAVY):
                await self._hand_on(entry)

    async def _lease(self, limit: int, kinds: tuple[str, ...]) -> tuple[Entry, ...]:
        outbox, seconds = self._runner.outbox, self._runner.lease_seconds
        able = [kind for kind in kinds if kind in self._runner.handlers]
        return await outbox.lease(limit=limit, seconds=seconds, kinds=able) if able else ()

    async def _due(self) -> bool:
        # Reading first: a lease is a write, and most looks find nothing.
        due_at = await self._runner.outbox.next_due_at()
        return due_at is not None and due_at <= self._runner.outbox.now()

    async def _heavy_room(self) -> int:
        here = self._direct - len(self._heavy)
        if self._feed is None:
            return max(0, here)
        try:
            return await self._feed.room(_MOST_QUEUED)
        except Exception as error:
            logger.warning("the queue of jobs does not answer: %s", error)
            return max(0, here)

    async def _hand_on(self, entry: Entry) -> None:
        if self._feed is not None:
            try:
                await self._feed.put(entry)
                return
            except Exception as error:
                logger.warning("job %d is not queued: %s", entry.id, error)
        if len(self._heavy) < self._direct:
            self._run_here(entry, self._heavy)

    def _run_here(self, entry: Entry, running: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(self._run(entry), name=f"job {entry.id}")
        running.add(task)
        task.add_done_callback(running.discard)

    async def _run(self, entry: Entry) -> None:
        try:
            await self._runner.run(entry)
        except OriginError as error:
            # The row is as it was: it comes again when its lease has run out.
            logger.warning("job %d: %s", entry.id, error)

    async def _look_on(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                logger.warning("jobs cannot be looked for: %s", error)
            await asyncio.sleep(self._every_seconds)

    async def _watch(self) -> None:
        while True:
            try:
                outbox = self._runner.outbox
                self._observe(await outbox.oldest(*KINDS), await outbox.count_dead())
            except OriginError as error:
                logger.warning("the age of the oldest job is not known: %s", error)
            await asyncio.sleep(_WATCH_SECONDS)
