"""What an upload really is: looked at in a render worker, and held against what may be uploaded.

Uploads wait here for their look, a few at a time: whoever renders may have filled the queue of the workers,
and an upload that is all here is not to be sent a second time for that. So a few are in memory at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from cachetools import TTLCache

from origin.hosting.received import Received
from proxy.renderer import RenderPool
from proxy.renderer_errors import QueueFull
from transforms.errors import UnsupportedFormat
from transforms.summary import Summary

NOT_ALLOWED = "format_not_allowed"
"""The code of a picture in a format that is read here, but not taken."""


_REMEMBERED, _REMEMBERED_SECONDS = 64, 5.0
"""Of how many uploads, and for how long, what was seen: many may send the same file at once."""
_ASK_AGAIN_SECONDS = 0.05


class Examiner:
    """Looks at uploads in `allowed` formats, at most `at_once` of them; one that finds no room among the
    renders tries again for `patience_seconds`."""

    def __init__(
        self,
        *,
        pool: RenderPool,
        allowed: Collection[str],
        keep_gps: bool = False,
        at_once: int = 2,
        patience_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._allowed = tuple(allowed)
        self._keep_gps = keep_gps
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._turns = asyncio.Semaphore(at_once)
        self._seen: TTLCache[str, Summary] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS, timer=clock)

    async def examine(self, received: Received, *, allowed: Collection[str] = ()) -> Summary:
        """What there is to say of an upload; `allowed` are those of ours that a preset or a call takes.

        Its bytes decide what it is, whatever its name and type say. Raises UnsupportedFormat,
        OriginalTooLarge, BrokenImage and RenderError.
        """
        async with self._turns:
            summary = self._seen.get(received.content_hash)
            if summary is None:
                summary = self._seen[received.content_hash] = await self._look(received)
        self._check(summary.info.format, self._allowed)
        self._check(summary.info.format, tuple(allowed) or self._allowed)
        return summary

    async def _look(self, received: Received) -> Summary:
        data = received.data if received.data is not None else await asyncio.to_thread(received.read)
        deadline = self._clock() + self._patience_seconds
        while True:
            try:
                return await self._pool.summarize(
                    data, content_hash=received.content_hash, keep_gps=self._keep_gps
                )
            except QueueFull:
                if self._clock() >= deadline:
                    raise
            await asyncio.sleep(_ASK_AGAIN_SECONDS)

    @staticmethod
    def _check(format: str, allowed: tuple[str, ...]) -> None:
        if format not in allowed:
            raise UnsupportedFormat(
                f"the upload is {format}: expected one of {', '.join(allowed)}", code=NOT_ALLOWED
            )
