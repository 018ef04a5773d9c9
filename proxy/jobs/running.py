"""One job of the outbox, from its lease to its end, wherever it runs.

A row is struck off only when its job is done. Meanwhile its lease is renewed, so that a job whose worker dies
is somebody else's soon, and one that is merely slow is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from origin.hosting.faultpoints import reach
from origin.hosting.outbox import Entry, Outbox

logger = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Does what a payload asks for. Whatever it raises has it done again later; JobRefused does not."""

LEASE_SECONDS = 15.0
"""How long a job is left to a worker that says nothing: what a dead one delays it."""
_RENEW_SECONDS = 4.0
_LONGEST_SECONDS = 900.0
"""Of one attempt: the most renditions of one upload, each as slow as a render may be, come again after it."""


class JobRefused(Exception):
    """Trying again would not help: the job is a dead letter at once."""


class Runner:
    """Runs jobs by `handlers` of their kinds. `observe` is told of the kind and done, failed, refused or lost
    (somebody else has it)."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        handlers: Mapping[str, Handler],
        observe: Callable[[str, str], None],
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.outbox = outbox
        self.handlers = handlers
        self.lease_seconds = lease_seconds
        self._observe = observe

    async def run(self, entry: Entry) -> str:
        """Do the job and strike it off, or put it off; what came of it. Raises MetadataUnavailable."""
        result = "lost"
        if await self.outbox.renew(entry, seconds=self.lease_seconds):
            result = await self._run_leased(entry)
        self._observe(entry.kind, result)
        return result

    async def _run_leased(self, entry: Entry) -> str:
        renewing = asyncio.create_task(self._renew(entry))
        try:
            await reach("job.begun")
            async with asyncio.timeout(_LONGEST_SECONDS):
                await self.handlers[entry.kind](entry.payload)
            await reach("job.stored")
        except Exception as error:
            refused = isinstance(error, JobRefused)
            logger.warning("job %d (%s, attempt %d): %s", entry.id, entry.kind, entry.attempts, _told(error))
            await self.outbox.failed(entry, _told(error), retry=not refused)
            return "refused" if refused else "failed"
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
        await self.outbox.done(entry)
        return "done"

    async def _renew(self, entry: Entry) -> None:
        while True:
            await asyncio.sleep(min(_RENEW_SECONDS, self.lease_seconds / 3))
            # The database may be away for a moment; the lease outlasts two of these.
            with contextlib.suppress(Exception):
                await self.outbox.renew(entry, seconds=self.lease_seconds)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
