"""One at a time across processes, promptly, and never a reason to fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from proxy.lease import Lease, Leases
from proxy.link import RedisLink
from tests.services.faulty_wire import FaultyWire

ROOT = Path(__file__).parents[2]

# Takes one lease after another on the same names and checks with plain Redis commands that it is alone.
CONTENDER = """
import asyncio, sys
from proxy.lease import Leases
from proxy.link import RedisLink

async def main(url, turns):
    link = RedisLink(url)
    leases = Leases(link)
    clashes = unheld = 0
    for turn in range(turns):
        async with leases.hold("shared", patience_seconds=30) as lease:
            unheld += not lease.held
            clashes += await link.client.incr("inside") != 1
            await asyncio.sleep(0.001)
            await link.client.decr("inside")
    await leases.close()
    await link.close()
    print(clashes, unheld)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

HOLDER = """
import asyncio, sys
from proxy.lease import Leases
from proxy.link import RedisLink

async def main(url):
    leases = Leases(RedisLink(url), ttl_seconds=1.0)
    async with leases.hold("name", patience_seconds=1) as lease:
        print(lease.held, flush=True)
        await asyncio.sleep(60)

asyncio.run(main(sys.argv[1]))
"""


class Process:
    """What a process has: a link of its own, and leases over it."""

    def __init__(self, url: str, *, ttl_seconds: float = 5.0) -> None:
        self.link = RedisLink(url)
        self.leases = Leases(self.link, ttl_seconds=ttl_seconds)

    async def close(self) -> None:
        await self.leases.close()
        await self.link.close()


@pytest_asyncio.fixture
async def processes(valkey: str) -> AsyncIterator[list[Process]]:
    processes = [Process(valkey) for _ in range(3)]
    yield processes
    for process in processes:
        await process.close()


def run_elsewhere(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@contextmanager
def holder_elsewhere(url: str) -> Iterator[subprocess.Popen[str]]:
    holder = run_elsewhere(HOLDER, url)
    try:
        yield holder
    finally:
        holder.kill()
        holder.communicate()


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
    first, second = (Process(valkey, ttl_seconds=0.3) for _ in range(2))
    async with first.leases.hold("name", patience_seconds=0) as lost:
        await first.link.client.flushall()
        async with second.leases.hold("name", patience_seconds=0) as taken:
            await asyncio.sleep(0.5)
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


async def test_processes_are_never_inside_together(valkey: str) -> None:
    contenders = [run_elsewhere(CONTENDER, valkey, "40") for _ in range(4)]
    outputs = [(await asyncio.to_thread(contender.communicate))[0] for contender in contenders]

    assert ["0 0\n"] * 4 == outputs


async def test_a_killed_holder_is_outlived_within_the_life_of_his_lease(valkey: str) -> None:
    process = Process(valkey, ttl_seconds=1.0)
    with holder_elsewhere(valkey) as holder:
        assert holder.stdout is not None
        held = await asyncio.to_thread(holder.stdout.readline)
        waiting = asyncio.create_task(hold_briefly(process, patience_seconds=10))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        holder.kill()
        lease = await waiting
        took = time.monotonic() - started
    await process.close()

    assert ("True\n", True) == (held, lease.waited)
    # One life and a little; the waiter's patience was ten seconds.
    assert took < 3


async def test_without_redis_nothing_is_held_and_nothing_waits() -> None:
    leases = Leases(None)
    async with (
        leases.hold("name", patience_seconds=60) as first,
        leases.hold("name", patience_seconds=60) as second,
    ):
        assert [(False, False)] * 2 == [(lease.held, lease.waited) for lease in (first, second)]
    await leases.close()


@pytest.mark.parametrize("silent", [False, True], ids=["refused", "black hole"])
async def test_redis_gone_is_no_error(faulty_wire: FaultyWire, silent: bool) -> None:
    process = Process(faulty_wire.url)
    faulty_wire.silent = silent
    if not silent:
        await faulty_wire.refuse()
    started = time.monotonic()
    held = [(await hold_briefly(process, patience_seconds=60)).waited for _ in range(30)]
    took = time.monotonic() - started
    await process.close()

    assert [False] * 30 == held
    assert took < 5


async def test_redis_failing_mid_hold_is_no_error(faulty_wire: FaultyWire) -> None:
    process = Process(faulty_wire.url, ttl_seconds=0.3)
    async with process.leases.hold("name", patience_seconds=0) as lease:
        before = lease.held
        await faulty_wire.refuse()
        await asyncio.sleep(0.5)
        after = lease.held
    await process.close()

    assert (True, False) == (before, after)


async def test_redis_back_mid_hold_holds_again(faulty_wire: FaultyWire) -> None:
    process = Process(faulty_wire.url, ttl_seconds=0.6)
    async with process.leases.hold("name", patience_seconds=0) as lease:
        await faulty_wire.refuse()
        await asyncio.sleep(0.3)
        await faulty_wire.listen()
        await asyncio.sleep(0.6)
        held = lease.held
    await process.close()

    assert held


async def test_an_answer_that_comes_too_late_leaves_no_lease_behind(
    valkey: str, faulty_wire: FaultyWire
) -> None:
    """The server gave us the lease, we never heard of it: others must not wait for its end."""
    process, other = Process(faulty_wire.url), Process(valkey)
    faulty_wire.silent = True
    lease = await hold_briefly(process)
    async with other.leases.hold("name", patience_seconds=1) as theirs:
        outcome = (lease.waited, theirs.held)
    await process.close()
    await other.close()

    assert (False, True) == outcome


async def test_a_lost_subscription_is_made_again(
    valkey: str, faulty_wire: FaultyWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, waiter = Process(valkey), Process(faulty_wire.url)
    await ready([waiter])
    await faulty_wire.refuse()
    await subscribed(holder.link, 0)
    await faulty_wire.listen()
    await subscribed(holder.link, 1)
    monkeypatch.setattr("proxy.lease._POLL_SECONDS", 60.0)
    async with holder.leases.hold("name", patience_seconds=0):
        waiting = asyncio.create_task(hold_briefly(waiter, patience_seconds=20))
        await asyncio.sleep(0.05)
    lease = await asyncio.wait_for(waiting, 3)
    await holder.close()
    await waiter.close()

    assert lease.waited


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


async def hold_briefly(process: Process, *, patience_seconds: float = 20) -> Lease:
    async with process.leases.hold("name", patience_seconds=patience_seconds) as lease:
        return lease


async def hold_for(process: Process, seconds: float) -> None:
    async with process.leases.hold("name", patience_seconds=60):
        await asyncio.sleep(seconds)


async def ready(processes: list[Process]) -> None:
    """Have every process listen to the bell."""
    for process in processes:
        async with process.leases.hold("warm", patience_seconds=5):
            pass
    await subscribed(processes[0].link, len(processes))


async def subscribed(link: RedisLink, number: int) -> None:
    """Wait until that many processes listen."""
    deadline = time.monotonic() + 10
    while (await link.client.pubsub_numsub("calotype:1:lease:released"))[0][1] != number:
        assert time.monotonic() < deadline, "nobody subscribed"
        await asyncio.sleep(0.01)
