"""Leases while holders are killed and Redis is gone, comes back, or keeps its answers to itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy.lease import Leases
from tests.proxy.lease_holders import Process, hold_briefly, ready, subscribed
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


async def test_one_answer_lost_is_not_redis_gone(faulty_wire: FaultyWire) -> None:
    process = Process(faulty_wire.url)
    faulty_wire.swallow = 1
    async with process.leases.hold("name", patience_seconds=1) as lease:
        held = lease.held
    await process.close()

    assert held


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
    # A wide budget, so that what is sent arrives even on a busy machine.
    process, other = Process(faulty_wire.url, budget_seconds=0.4), Process(valkey)
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
