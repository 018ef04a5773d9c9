"""The tier of one machine: variants as files, for when those that last lie in a bucket far away.

It lasts over restarts, and that is what makes it different from the tiers around it. A takedown reaches what
all instances share where it is, and what a process holds by a notice; a machine that was off, or deaf, while
a picture was taken down would keep it. So a file counts only from when the process began to hear: what is
older is served when the store that lasts still has it, and removed when it has not. That is found out when it
is asked for, and behind that for all files, a few at a time.

The files are named as those of the derived store, markers of layers included; see there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from cachetools import TTLCache

from origin.breaker import Breaker
from origin.errors import AssetNotFound
from origin.hosting.standing import Standing
from origin.storage.filesystem import FilesystemStorage
from proxy.cache.base import Damaged, TierError
from proxy.cache.disk_room import DiskRoom
from proxy.cache.stored import StoredTier
from proxy.variant import Variant

logger = logging.getLogger(__name__)

Confirm = Callable[[str], Awaitable[bool]]
"""Whether the store that lasts has the variant of that key. Raises TierError where it does not answer."""

_LARGEST_SHARE, _MOST_OBJECT_BYTES = 8, 64_000_000
"""What is larger would push out too much for one."""
_TOUCH_SECONDS = 60.0
_AHEAD_SECONDS = 1.0
"""Clocks of a file system are coarse."""
_MOST_TOUCHED = 10_000
_SWEEP_PAUSE_SECONDS = 0.05
"""Between two questions to the store that lasts about files that nobody asked for."""


class DiskTier(StoredTier):
    """Variants under `folder`, at most about `max_bytes` of them, used by `processes` processes at a time.

    `hears` says whether this process is told of takedowns at the moment; None where there are none.
    """

    name = "disk"
    shared = False
    durable = False

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int,
        processes: int,
        confirm: Confirm,
        hears: Callable[[], bool] | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            FilesystemStorage(path=folder, create=True),
            max_object_bytes=min(_MOST_OBJECT_BYTES, max_bytes // _LARGEST_SHARE),
            breaker=Breaker(rest_seconds=5.0),
        )
        self._room = DiskRoom(folder, max_bytes=max_bytes, processes=processes)
        self._confirm = confirm
        self._hears = hears
        self._clock = clock
        self._trusted_since = clock()
        self._touched: TTLCache[str, None] = TTLCache(_MOST_TOUCHED, _TOUCH_SECONDS)
        self._forgetting: Counter[str] = Counter()
        """Hashes of originals whose variants are being removed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.Task[None] | None = None

    async def get(self, key: str) -> Variant | None:
        try:
            variant, stat = await self._find(key)
        except AssetNotFound:
            return None
        except Damaged:
            await self.drop(key)
            raise
        if any(self._forgetting[each] for each in variant.made_of):
            return None
        if not self._is_trusted(stat.modified_at) and not await self._is_confirmed(key):
            return None
        if key not in self._touched:
            self._touched[key] = None
            await self._room.wanted(self._place(key))
        return variant

    async def put(self, variant: Variant, standings: Sequence[Standing] = ()) -> bool:
        await self._room.make(len(variant.body))
        return await super().put(variant, standings)

    def forget(self, key: str) -> None:
        """Remove the file behind this: it has become another."""
        self._begin(self._remove_one(key))

    def forget_made_of(self, content_hashes: Sequence[str]) -> None:
        """Show nothing more of it from now on, and remove it behind that."""
        self._forgetting.update(content_hashes)
        self._begin(self._remove(content_hashes))

    def forget_all(self) -> None:
        """Ask again about every file: some notice may have been missed."""
        self._trusted_since = self._clock()
        self._touched.clear()
        if self._sweep is None or self._sweep.done():
            self._sweep = asyncio.create_task(self._look_through(), name="look through the files")

    async def close(self) -> None:
        tasks = {*self._tasks, *((self._sweep,) if self._sweep is not None else ())}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await super().close()

    def _is_trusted(self, modified_at: float) -> bool:
        if self._hears is None:
            return True
        # What lies in the future was stamped by a clock that has been set back since.
        return self._hears() and self._trusted_since <= modified_at <= self._clock() + _AHEAD_SECONDS

    async def _is_confirmed(self, key: str) -> bool:
        """Whether the store that lasts has it; the file goes where it has not."""
        # As of when it was asked: what was missed while the answer was on its way counts against it.
        asked_at = self._clock()
        if await self._confirm(key):
            await self._room.confirmed(self._place(key), at=asked_at)
            return True
        await self.drop(key)
        return False

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="remove from the disk")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _remove_one(self, key: str) -> None:
        with contextlib.suppress(TierError):
            await self.drop(key)

    async def _remove(self, content_hashes: Sequence[str]) -> None:
        try:
            await self.drop_made_of(content_hashes)
        except TierError as error:
            logger.warning("what was taken down could not be removed from %s: %s", self._room.folder, error)
            self.forget_all()
        finally:
            self._forgetting.subtract(content_hashes)
            self._forgetting += Counter()  # without those at none

    async def _look_through(self) -> None:
        """Confirm or remove what is older than our hearing; one process a machine, whoever comes first."""
        async with self._room.alone() as alone:
            since, now = self._trusted_since, self._clock() + _AHEAD_SECONDS
            for key in await self._room.keys_outside(since, now) if alone else ():
                # Where it cannot be asked now, it is when somebody wants it.
                with contextlib.suppress(TierError):
                    await self._is_confirmed(key)
                await asyncio.sleep(_SWEEP_PAUSE_SECONDS)
