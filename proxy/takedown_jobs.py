"""What follows from a takedown: at once, before it is answered, and by the jobs that were written with it.

Every job may come twice, and comes again until all has been done and acknowledged; what was done is written
into the receipt of the takedown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from origin.errors import OriginError
from origin.hosting.model import Receipt as Record
from proxy.notice import Notice
from proxy.tags import album_tag
from proxy.takedown import INLINE_SECONDS, Receipt, Takedown

logger = logging.getLogger(__name__)

Payloads = Sequence[Mapping[str, Any]]
Mark = Callable[[str, str], Awaitable[None]]
"""Writes into the receipt of that id that a step was done."""

MOST_MARKED_INLINE = 10
"""Beyond that the receipts of one answer are marked by the jobs alone: each mark is a transaction."""


class TakedownIncomplete(Exception):
    """Something did not answer; the job is to be done again."""


class TakedownJobs:
    """Runs takedowns for whoever deletes, and for the outbox: `handlers` are by the kind of its rows.

    A handler takes the payloads of any number of rows, which succeed or fail together. It raises
    TakedownIncomplete where something did not answer, OriginError where the database did not, and ValueError
    for a payload that does not read.
    """

    def __init__(self, *, takedown: Takedown, mark: Mark) -> None:
        self._takedown = takedown
        self._mark = mark

    @property
    def handlers(self) -> Mapping[str, Callable[[Payloads], Awaitable[None]]]:
        return {
            "purge": self.purge,
            "purge_again": self.purge_again,
            "collect_variants": self.collect_variants,
            "purge_album": self.purge_album,
        }

    async def published(self, records: Sequence[Record]) -> None:
        """Make what was committed a moment ago felt, for as long as whoever asked may wait; never fails."""
        try:
            receipt = await self._takedown.run([Notice.of(record) for record in records])
            if len(records) <= MOST_MARKED_INLINE:
                await self._mark_all([record.receipt_id for record in records], _steps(receipt, "purged"))
        except Exception:
            # It is committed, and must be answered so. The jobs that were committed with it do it again.
            logger.exception("a takedown is left to its jobs")

    async def purge(self, payloads: Payloads) -> None:
        """Mark, tell, drop, and purge at the CDNs."""
        await self._run(payloads, "purged")

    async def purge_again(self, payloads: Payloads) -> None:
        """The same once more, when nothing that began before can be under way any longer: a write into a
        storage whose writer died, an answer on its way to a CDN."""
        await self._run(payloads, "purged_again")

    async def collect_variants(self, payloads: Payloads) -> None:
        """Drop what was made of bytes that are no longer shown, wherever it is kept."""
        dropped = await self._takedown.drop(Notice.read(payload).content_hash for payload in payloads)
        failed = [tier for tier, number in dropped.items() if number is None]
        if failed:
            raise TakedownIncomplete(f"{', '.join(failed)} did not drop")
        await self._mark_all(_receipt_ids(payloads), ("variants_collected",))

    async def albums_changed(self, album_ids: Sequence[str]) -> None:
        """Purge the pages of albums, for as long as whoever changed them may wait; never fails."""
        try:
            async with asyncio.timeout(INLINE_SECONDS):
                await self._takedown.purge([album_tag(album_id) for album_id in album_ids])
        except Exception:
            logger.exception("the pages of %d albums are left to the jobs", len(album_ids))

    async def purge_album(self, payloads: Payloads) -> None:
        """Purge the pages of albums that changed."""
        if not all(isinstance(payload.get("album_id"), str) for payload in payloads):
            raise ValueError("purge_album: Expected an album_id")
        sent = await self._takedown.purge([album_tag(payload["album_id"]) for payload in payloads])
        if failed := sorted({each.backend for each in sent if each.acknowledged_at is None}):
            raise TakedownIncomplete(f"{', '.join(failed)} did not acknowledge a purge")

    async def _run(self, payloads: Payloads, step: str) -> None:
        receipt = await self._takedown.run([Notice.read(each) for each in payloads], within_seconds=None)
        await self._mark_all(_receipt_ids(payloads), _steps(receipt, step))
        if not receipt.complete:
            raise TakedownIncomplete(receipt.missing)

    async def _mark_all(self, receipt_ids: Sequence[str], steps: Sequence[str]) -> None:
        for receipt_id in receipt_ids:
            for step in steps:
                await self._mark(receipt_id, step)


def _steps(receipt: Receipt, last: str) -> tuple[str, ...]:
    if receipt.complete:
        return "published", last
    return ("published",) if receipt.published else ()


def _receipt_ids(payloads: Payloads) -> list[str]:
    """Those of the rows that have one: the purge of a 404 at an upload has none."""
    return [str(payload["receipt_id"]) for payload in payloads if payload.get("receipt_id")]


class OldestPurge:
    """Tells `observe` every few seconds how old the oldest takedown is that is not felt everywhere; `oldest`
    asks that of the database. Both in seconds."""

    def __init__(
        self,
        *,
        oldest: Callable[[], Awaitable[float]],
        observe: Callable[[float], None],
        every_seconds: float = 5.0,
    ) -> None:
        self._oldest = oldest
        self._observe = observe
        self._every_seconds = every_seconds
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and then again and again."""
        self._watch = asyncio.create_task(self._look_on(), name="watch the oldest purge")

    async def close(self) -> None:
        """Look no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})

    async def look(self) -> None:
        """Look once; tells nothing while the database is away."""
        try:
            self._observe(await self._oldest())
        except OriginError as error:
            logger.warning("the age of the oldest purge is not known: %s", error)

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._every_seconds)
