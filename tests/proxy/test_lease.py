"""One at a time across processes, and promptly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.proxy.lease_holders import Process, hold_briefly, hold_for, ready


@pytest_asyncio.fixture
async def processes(valkey: str) -> AsyncIterator[list[Process]]:
    processes = [Process(valkey) for _ in range(3)]
    yield processes
    for process in processes:
        await process.close()


async def test_a_free_lease_is_held_at_once(processes: list[Process]) -> None:
    async with processes[0].leases.hold("name", patience_seconds=0) as lease:
        assert (True, False) == (lease.held, lease.waited)


async def test_a_lease_taken_is_not_had_by_another(processes: list[Process]) -> None:
    first, second, _ = processes
    async with (
        first.leases.hold("name", patience_seconds=0) as mine,
        second.leases.hold("name", patience_seconds=0.05) as theirs,
        second.leases.hold("another", patience_seconds=0) as other,
    ):
        assert [(True, False), (False, True), (True, False)] == [
            (lease.held, lease.waited) for lease in (mine, theirs, other)
        ]


async def test_two_holders_in_one_process_exclude_each_other(processes: list[Process]) -> None:
    leases = processes[0].leases
    async with (
        leases.hold("name", patience_seconds=0) as first,
        leases.hold("name", patience_seconds=0.01) as second,
    ):
        assert (True, False) == (first.held, second.held)


async def test_a_waiter_is_rung_and_not_left_to_look(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.lease._POLL_SECONDS", 60.0)
    await ready(processes)
    waiters = []
    async with processes[0].leases.hold("name", patience_seconds=0):
        waiters = [asyncio.create_task(hold_briefly(process)) for process in processes[1:]]
        await asyncio.sleep(0.05)
        early = [waiter.done() for waiter in waiters]
    # The lease's own life, five seconds, is the other way to wake.
    leases = await asyncio.wait_for(asyncio.gather(*waiters), 3)

    assert [False, False] == early
    assert [True, True] == [lease.waited for lease in leases]


async def test_who_comes_just_after_is_told_to_look(processes: list[Process]) -> None:
    """It looked before the other put, and asks after the other gave back: it must look again."""
    async with processes[0].leases.hold("name", patience_seconds=0):
        pass
    async with processes[1].leases.hold("name", patience_seconds=0) as lease:
        assert (True, True) == (lease.held, lease.waited)


async def test_an_early_release_lets_others_in_and_may_be_repeated(processes: list[Process]) -> None:
    async with processes[0].leases.hold("name", patience_seconds=0) as first:
        await first.release()
        await first.release()
        async with processes[1].leases.hold("name", patience_seconds=0) as second:
            assert (False, True) == (first.held, second.held)
            await first.release()
            async with processes[2].leases.hold("name", patience_seconds=0) as third:
                assert not third.held


async def test_an_exception_gives_the_lease_back(processes: list[Process]) -> None:
    with pytest.raises(KeyError):
        async with processes[0].leases.hold("name", patience_seconds=0):
            raise KeyError("in the middle")

    async with processes[1].leases.hold("name", patience_seconds=0) as lease:
        assert lease.held


async def test_a_cancelled_holder_gives_the_lease_back(processes: list[Process]) -> None:
    holder = asyncio.create_task(hold_for(processes[0], 60))
    await asyncio.sleep(0.05)
    holder.cancel()
    await asyncio.wait({holder})

    async with processes[1].leases.hold("name", patience_seconds=0) as lease:
        assert lease.held


async def test_a_cancelled_waiter_leaves_no_trace(processes: list[Process]) -> None:
    async with processes[0].leases.hold("name", patience_seconds=0):
        waiter = asyncio.create_task(hold_for(processes[1], 60))
        await asyncio.sleep(0.05)
        waiter.cancel()
        await asyncio.wait({waiter})

    async with processes[2].leases.hold("name", patience_seconds=0) as lease:
        assert lease.held


async def test_work_longer_than_the_life_of_a_lease_keeps_it(valkey: str) -> None:
    first, second = (Process(valkey, ttl_seconds=0.3) for _ in range(2))
    async with (
        first.leases.hold("name", patience_seconds=0) as lease,
        second.leases.hold("name", patience_seconds=1.0) as other,
    ):
        outcome = (lease.held, other.held)
    await first.close()
    await second.close()

    assert (True, False) == outcome


async def test_a_flushed_server_is_told_again(valkey: str) -> None:
    first, second = (Process(valkey, ttl_seconds=0.3) for _ in range(2))
    async with first.leases.hold("name", patience_seconds=0) as lease:
        await first.link.client.flushall()
        await asyncio.sleep(0.2)
        async with second.leases.hold("name", patience_seconds=0) as other:
            outcome = (lease.held, other.held)
    await first.close()
    await second.close()

    assert (True, False) == outcome


async def test_who_lost_his_lease_to_another_knows_and_takes_nothing_back(valkey: str) -> None:
    # The first renews twice while the other holds it, and not in the moment before that.
    first, second = Process(valkey, ttl_seconds=2), Process(valkey, ttl_seconds=0.3)
    async with first.leases.hold("name", patience_seconds=0) as lost:
        await first.link.client.flushall()
        async with second.leases.hold("name", patience_seconds=0) as taken:
            await asyncio.sleep(1.5)
            during = (lost.held, taken.held)
        await asyncio.sleep(0.2)
        async with second.leases.hold("name", patience_seconds=0) as again:
            after = (lost.held, again.held)
    await first.close()
    await second.close()

    assert ((False, True), (False, True)) == (during, after)


async def test_fifty_names_at_once(processes: list[Process]) -> None:
    inside: dict[str, int] = {}
    most: dict[str, int] = {}

    async def turn(process: Process, name: str) -> bool:
        async with process.leases.hold(name, patience_seconds=20) as lease:
            inside[name] = inside.get(name, 0) + 1
            most[name] = max(most.get(name, 0), inside[name])
            await asyncio.sleep(0.002)
            inside[name] -= 1
            return lease.held

    names = [f"name {number}" for number in range(50)]
    held = await asyncio.gather(*(turn(process, name) for name in names for process in processes * 2))

    assert ([True] * 300, dict.fromkeys(names, 1)) == (held, most)


async def test_a_ring_that_got_lost_costs_one_look(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.bell.Bell._ring", lambda *_: None)
    async with processes[0].leases.hold("name", patience_seconds=0):
        waiting = asyncio.create_task(hold_briefly(processes[1], patience_seconds=20))
        await asyncio.sleep(0.05)
    lease = await asyncio.wait_for(waiting, 3)

    assert lease.waited


async def test_closing_twice_and_unused_is_fine(valkey: str) -> None:
    process = Process(valkey)
    await process.leases.close()
    await process.close()
