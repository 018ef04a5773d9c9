"""What is still to be done: rows written in the same transaction as what they follow from.

Whoever dispatches takes a lease on some that are due, does them or hands them to a queue, and strikes them
off. A lease that runs out is taken by somebody else: every job may come twice, and must have one effect. What
fails too often stays as a dead letter.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from origin.hosting.faultpoints import reach
from origin.hosting.model import HostedAsset, Job
from origin.hosting.transaction import Transaction
from origin.metadata.store import MetadataStore
from origin.metadata.tables import outbox

KINDS: Mapping[str, str] = {
    "purge": "purge a public id at the CDN",
    "purge_again": "purge it once more, when no render or answer that began before can still be under way",
    "collect_variants": "delete what was kept of generations that are past",
    "collect_blob": "delete an object that nothing refers to, after the time it is kept",
    "purge_album": "purge the pages of an album at the CDN",
    "empty_album": "delete the pictures of an album that was deleted with them",
    "scan": "look for viruses",
    "moderate": "ask whether the picture may be shown",
    "eager": "make renditions",
    "faces": "find faces",
    "palette": "find the colours of a palette",
    "webhook": "tell somebody",
}
"""Every kind by its name, and what is to be done."""

URGENT, NORMAL, BULK = 0, 5, 9
"""Priorities: what takes pictures down, what somebody waits for, what is made for many at once."""
MOST_ATTEMPTS = 12
_FIRST_WAIT_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: what is to be done about what, and how it went so far."""

    id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    priority: int
    created_at: float
    not_before: float
    attempts: int
    """How often it was taken, this time included."""
    lease: str | None = None
    lease_until: float | None = None
    last_error: str | None = None
    dead_at: float | None = None


def post(transaction: Transaction, job: Job, *, key: str) -> None:
    """Write down a job. Raises ValueError for a kind that is not one of KINDS."""
    if job.kind not in KINDS:
        raise ValueError(f"{job.kind!r}: Expected one of {', '.join(KINDS)}")
    values = {
        "kind": job.kind,
        "key": key,
        "payload": dict(job.payload),
        "priority": job.priority,
        "created_at": transaction.now,
        "not_before": transaction.now + job.delay_seconds,
        "attempts": 0,
    }
    transaction.connection.execute(insert(outbox).values(values))


def post_about(transaction: Transaction, asset: HostedAsset, job: Job) -> None:
    """Write down a job about a picture as it is now; its key says which generation."""
    about = {"asset_id": asset.asset_id, "public_id": asset.public_id, "generation": asset.generation}
    told = Job(
        kind=job.kind,
        payload={**job.payload, **about},
        delay_seconds=job.delay_seconds,
        priority=job.priority,
    )
    post(transaction, told, key=f"{asset.asset_id}.{asset.generation}")


class Outbox:
    """Takes jobs and strikes them off. Every method raises MetadataUnavailable."""

    def __init__(
        self,
        metadata: MetadataStore,
        *,
        max_attempts: int = MOST_ATTEMPTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._metadata = metadata
        self._max_attempts = max_attempts
        self._clock = clock

    async def lease(
        self, *, limit: int, seconds: float, kinds: Sequence[str] | None = None
    ) -> tuple[Entry, ...]:
        """At most `limit` jobs that are due, ours for `seconds`; the urgent first, then the oldest."""
        token, now = secrets.token_hex(8), self._clock()
        due = select(outbox.c.id).where(*_due(now), *([outbox.c.kind.in_(kinds)] if kinds else []))
        due = due.order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id).limit(limit)

        def take(connection: Connection) -> list[Entry]:
            # Those that another dispatcher is taking at this moment are left to it.
            ids = connection.execute(due.with_for_update(skip_locked=True)).scalars().all()
            leased = {"attempts": outbox.c.attempts + 1, "lease": token, "lease_until": now + seconds}
            taken = update(outbox).where(outbox.c.id.in_(ids)).values(leased).returning(outbox)
            return [_entry(row) for row in connection.execute(taken)] if ids else []

        entries = await self._metadata.write(take)
        await reach("outbox.leased")
        return tuple(sorted(entries, key=lambda entry: (entry.priority, entry.not_before, entry.id)))

    async def done(self, *entries: Entry) -> None:
        """Strike off what is done, whoever has the lease by now."""
        struck = delete(outbox).where(outbox.c.id.in_([entry.id for entry in entries]))
        await self._metadata.write(lambda connection: connection.execute(struck).rowcount)
        await reach("outbox.done")

    async def failed(self, entry: Entry, error: str, *, retry: bool = True) -> None:
        """Put off a job that failed, twice as long each time; a dead letter after the last attempt, or at
        once without `retry`. One that somebody else has taken meanwhile is left to him."""
        now = self._clock()
        dead = not retry or entry.attempts >= self._max_attempts
        values = {
            "last_error": error[:1000],
            "lease": None,
            "lease_until": None,
            "not_before": now + _wait_seconds(entry.attempts),
            "dead_at": now if dead else None,
        }
        mine = and_(outbox.c.id == entry.id, outbox.c.lease == entry.lease)
        changed = update(outbox).where(mine).values(values)
        await self._metadata.write(lambda connection: connection.execute(changed).rowcount)
        await reach("outbox.failed")

    async def renew(self, entry: Entry, *, seconds: float) -> bool:
        """Keep a job for longer; False when somebody else has it."""
        mine = and_(outbox.c.id == entry.id, outbox.c.lease == entry.lease)
        kept = update(outbox).where(mine).values(lease_until=self._clock() + seconds)
        return await self._metadata.write(lambda connection: connection.execute(kept).rowcount == 1)

    async def dead(self, *, limit: int = 100) -> tuple[Entry, ...]:
        """The dead letters, the latest first."""
        asked = select(outbox).where(outbox.c.dead_at.is_not(None)).order_by(outbox.c.dead_at.desc())
        return await self._metadata.run(
            lambda connection: tuple(_entry(row) for row in connection.execute(asked.limit(limit)))
        )

    async def revive(self, *ids: int) -> int:
        """Give dead letters all their attempts again; without any ids, all of them. How many there were."""
        dead = outbox.c.dead_at.is_not(None)
        which = and_(dead, outbox.c.id.in_(ids)) if ids else dead
        changed = update(outbox).where(which).values(dead_at=None, attempts=0, not_before=self._clock())
        return await self._metadata.write(lambda connection: connection.execute(changed).rowcount)

    def now(self) -> float:
        """The time by which jobs are due, in epoch seconds."""
        return self._clock()

    async def count_dead(self) -> int:
        """How many dead letters there are."""
        asked = select(func.count()).where(outbox.c.dead_at.is_not(None))
        return await self._metadata.run(lambda connection: int(connection.execute(asked).scalar_one()))

    async def pending(self, *, limit: int = 100) -> tuple[Entry, ...]:
        """Jobs that are still to be done, the next first."""
        asked = select(outbox).where(outbox.c.dead_at.is_(None))
        asked = asked.order_by(outbox.c.not_before, outbox.c.priority, outbox.c.id).limit(limit)
        return await self._metadata.run(
            lambda connection: tuple(_entry(row) for row in connection.execute(asked))
        )

    async def waiting(self) -> Mapping[str, int]:
        """How many jobs of each kind are still to be done, those that are not due yet and leased included."""
        asked = select(outbox.c.kind, func.count()).where(outbox.c.dead_at.is_(None)).group_by(outbox.c.kind)
        return await self._metadata.run(
            lambda connection: {row.kind: int(row[1]) for row in connection.execute(asked)}
        )

    async def oldest(self, *kinds: str) -> float:
        """Seconds since the oldest job of these kinds was written that is still to be done, dead letters
        included; 0 where there is none. One that has its time to come does not count."""
        now = self._clock()
        begun = or_(outbox.c.not_before <= now, outbox.c.attempts > 0)
        asked = select(func.min(outbox.c.created_at)).where(outbox.c.kind.in_(kinds), begun)
        written_at = await self._metadata.run(lambda connection: connection.execute(asked).scalar_one())
        return 0.0 if written_at is None else max(0.0, now - float(written_at))

    async def next_due_at(self) -> float | None:
        """When the next job is due, in epoch seconds; None when nothing waits."""
        asked = select(outbox.c.not_before, outbox.c.lease_until).where(outbox.c.dead_at.is_(None))
        asked = asked.order_by(outbox.c.not_before).limit(100)
        rows = await self._metadata.run(lambda connection: list(connection.execute(asked)))
        return min((max(row.not_before, row.lease_until or 0.0) for row in rows), default=None)


def _due(now: float) -> tuple[Any, ...]:
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    return (outbox.c.dead_at.is_(None), outbox.c.not_before <= now, free)


def _wait_seconds(attempts: int) -> float:
    longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** max(0, attempts - 1))
    return random.uniform(longest / 2, longest)


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)
