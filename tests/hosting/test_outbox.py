"""The outbox, on both databases: leases, failures, dead letters."""

from __future__ import annotations

import asyncio

import pytest

from origin.hosting.model import Job
from origin.hosting.outbox import KINDS, Outbox, post
from tests.hosting.conftest import Hosting


async def put(hosting: Hosting, *jobs: Job) -> None:
    def write(transaction: object) -> None:
        for number, job in enumerate(jobs):
            post(transaction, job, key=f"k{number}")  # type: ignore[arg-type]

    await hosting.store.write(write)


async def test_what_is_due_is_taken_in_order(hosting: Hosting) -> None:
    await put(
        hosting,
        Job(kind="eager", priority=9),
        Job(kind="webhook", payload={"url": "x"}),
        Job(kind="purge", priority=0),
        Job(kind="purge_again", delay_seconds=60, priority=0),
    )
    taken = await hosting.outbox.lease(limit=10, seconds=30)

    assert [entry.kind for entry in taken] == ["purge", "webhook", "eager"]
    assert (taken[1].payload, taken[1].attempts, taken[1].key) == ({"url": "x"}, 1, "k1")
    assert await hosting.outbox.lease(limit=10, seconds=30) == ()
    hosting.clock.now += 60
    assert len(await hosting.outbox.lease(limit=10, seconds=30, kinds=["purge_again", "scan"])) == 1


async def test_nobody_gets_what_another_has(hosting: Hosting) -> None:
    await put(hosting, *(Job(kind="eager") for _ in range(50)))
    taken = await asyncio.gather(*(hosting.outbox.lease(limit=7, seconds=30) for _ in range(10)))
    ids = [entry.id for entries in taken for entry in entries]
    rest = await hosting.outbox.lease(limit=50, seconds=30)

    assert sorted([*ids, *(entry.id for entry in rest)]) == sorted({*ids, *(entry.id for entry in rest)})
    assert len(ids) + len(rest) == 50


async def test_a_lease_that_runs_out_is_taken_by_another(hosting: Hosting) -> None:
    await put(hosting, Job(kind="eager"))
    (first,) = await hosting.outbox.lease(limit=1, seconds=30)
    kept = await hosting.outbox.renew(first, seconds=60)
    hosting.clock.now += 31
    early = await hosting.outbox.lease(limit=1, seconds=30)
    hosting.clock.now += 31
    (second,) = await hosting.outbox.lease(limit=1, seconds=30)

    assert (kept, early, second.id, second.attempts) == (True, (), first.id, 2)
    assert not await hosting.outbox.renew(first, seconds=60)
    await hosting.outbox.failed(first, "too late")
    assert (await hosting.outbox.waiting()) == {"eager": 1}
    await hosting.outbox.done(second)
    assert await hosting.outbox.waiting() == {}


async def test_what_fails_is_put_off_and_given_up(hosting: Hosting) -> None:
    outbox = Outbox(hosting.store.metadata, max_attempts=3, clock=hosting.clock)
    await put(hosting, Job(kind="webhook"))
    waits = []
    for _ in range(3):
        (entry,) = await outbox.lease(limit=1, seconds=30)
        await outbox.failed(entry, "no answer")
        due = await outbox.next_due_at()
        waits.append(due and due - hosting.clock.now)
        hosting.clock.now += 3600

    assert waits[0] is not None
    assert 1 <= waits[0] <= 2
    assert waits[2] is None
    (dead,) = await outbox.dead()
    assert (dead.last_error, dead.attempts) == ("no answer", 3)
    assert await outbox.revive() == 1
    assert len(await outbox.lease(limit=1, seconds=30)) == 1


async def test_what_cannot_succeed_is_given_up_at_once(hosting: Hosting) -> None:
    await put(hosting, Job(kind="webhook"))
    (entry,) = await hosting.outbox.lease(limit=1, seconds=30)
    await hosting.outbox.failed(entry, "no such address", retry=False)

    assert [dead.id for dead in await hosting.outbox.dead()] == [entry.id]


async def test_kinds_are_known_and_told(hosting: Hosting) -> None:
    with pytest.raises(ValueError, match=r"'dance': Expected one of purge, "):
        await put(hosting, Job(kind="dance"))
    assert all(KINDS.values())
