"""Every way in which Redis can be gone, and that the cache is then merely colder."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from proxy.link import RedisLink, RedisUnavailable
from proxy.valkey import EmbeddedValkey
from tests.proxy.house import SMALL, House, settle
from tests.proxy.test_cache_contract import KEY, make
from tests.services.faulty_wire import FaultyWire

Fault = Callable[[FaultyWire], Awaitable[None]]


@pytest_asyncio.fixture
async def wired(faulty_wire: FaultyWire) -> AsyncIterator[House]:
    house = House(faulty_wire.url)
    yield house
    await house.close()


async def test_trouble_is_logged_when_it_begins_and_when_it_ends(
    wired: House, faulty_wire: FaultyWire, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="proxy.cache.tiers"):
        await faulty_wire.refuse()
        for _ in range(3):
            await wired.tiers.get(KEY)
        await faulty_wire.listen()
        for _ in range(3):
            await wired.tiers.get(KEY)

    assert [("WARNING", "cache tier redis fails"), ("INFO", "cache tier redis works again")] == [
        (record.levelname, record.getMessage().split(":")[0]) for record in caplog.records
    ]


async def test_a_tier_that_only_reads_is_broken_until_it_writes_again(
    wired: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="proxy.cache.tiers"):
        await wired.link.client.execute_command("REPLICAOF", "127.0.0.1", "1")
        for _ in range(3):
            await wired.tiers.get(KEY)
            await wired.tiers.put(SMALL)
            await wired.memory.drop(KEY)
        await wired.link.client.execute_command("REPLICAOF", "NO", "ONE")
        for _ in range(2):
            await wired.tiers.put(SMALL)

    assert [("WARNING", "cache tier redis fails"), ("INFO", "cache tier redis works again")] == [
        (record.levelname, record.getMessage().split(":")[0]) for record in caplog.records
    ]


async def break_refused(wire: FaultyWire) -> None:
    await wire.refuse()


async def break_black_hole(wire: FaultyWire) -> None:
    wire.silent = True
    await wire.cut()


async def break_silent_midway(wire: FaultyWire) -> None:
    wire.silent = True


async def break_slow(wire: FaultyWire) -> None:
    wire.delay_seconds = 5.0


@pytest.mark.parametrize("fault", [break_refused, break_black_hole, break_silent_midway, break_slow])
@pytest.mark.parametrize("warm", [True, False], ids=["with open connections", "from the start"])
async def test_redis_gone_is_a_miss_and_soon_a_cheap_one(
    wired: House, faulty_wire: FaultyWire, fault: Fault, warm: bool
) -> None:
    """Nothing raises; soon Redis is not even asked; everything else still works."""
    if warm:
        await asyncio.gather(*(wired.redis.get(KEY) for _ in range(8)))
    await fault(faulty_wire)
    started = time.monotonic()
    answers = [await wired.tiers.get(KEY) for _ in range(100)]
    await settle()
    answers += [await wired.tiers.get(KEY) for _ in range(100)]
    await wired.tiers.put(SMALL)
    found = await wired.tiers.get(KEY)
    took = time.monotonic() - started

    assert ([None] * 200, (SMALL, "memory")) == (answers, found)
    assert SMALL == await wired.derived.get(KEY)
    # 200 budgets would be ten seconds: this is no measure of speed, but of being asked or not.
    assert took < 5
    assert "open" == wired.link.breaker.state


async def test_one_answer_lost_is_no_miss(wired: House, faulty_wire: FaultyWire) -> None:
    await wired.redis.put(SMALL)
    faulty_wire.swallow = 1
    found = await wired.redis.get(KEY)

    assert SMALL == found


async def test_a_crowd_at_a_black_hole_is_let_go_together(wired: House, faulty_wire: FaultyWire) -> None:
    faulty_wire.silent = True
    started = time.monotonic()
    answers = await asyncio.gather(*(wired.tiers.get(KEY) for _ in range(1000)))

    assert {None} == set(answers)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("fault", [break_refused, break_black_hole, break_silent_midway])
async def test_redis_comes_back(valkey: str, faulty_wire: FaultyWire, fault: Fault) -> None:
    house = House(faulty_wire.url)
    await house.redis.put(SMALL)
    await fault(faulty_wire)
    while house.link.breaker.state == "closed":
        await house.tiers.get("00" * 32)
    faulty_wire.silent = False
    await faulty_wire.cut()
    if fault is break_refused:
        await faulty_wire.listen()
    deadline = time.monotonic() + 10
    found = None
    while found is None and time.monotonic() < deadline:
        await settle()
        found = await house.tiers.get(KEY)
    await house.close()

    assert (SMALL, "redis") == found


async def test_answers_are_never_taken_for_one_another(wired: House, faulty_wire: FaultyWire) -> None:
    """A call given up on must not leave its answer on the connection for the next one to read."""
    variants = [make(b"%d" % number, key=f"{number:064x}") for number in range(30)]
    for variant in variants:
        await wired.redis.put(variant)
    wrong = []
    for turn in range(60):
        faulty_wire.delay_seconds = (0.0, 0.045, 0.0, 0.06)[turn % 4]
        variant = variants[turn % 30]
        try:
            found = await wired.redis.get(variant.key)
        except Exception as error:
            wrong.append(str(error))
        else:
            assert found == variant
    assert not [message for message in wrong if "lies under" in message or "variant:" in message]


async def test_redis_killed_while_it_is_asked(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = EmbeddedValkey(tmp_path_factory.mktemp("v"), max_memory_bytes=32_000_000)
    await server.start()
    house = House(server.url)
    await house.tiers.put(SMALL)
    await house.memory.drop(KEY)
    asking = [asyncio.create_task(house.tiers.get(KEY)) for _ in range(100)]
    await asyncio.sleep(0)
    await server.stop()
    answers = await asyncio.gather(*asking)
    await house.close()

    assert {SMALL.body} == {answer[0].body for answer in answers if answer}
    assert 100 == len([answer for answer in answers if answer])


@pytest.mark.parametrize(
    ("setting", "value", "meant"),
    [("maxmemory", "1", "out of memory"), ("min-replicas-to-write", "3", "no good replica")],
)
async def test_redis_that_takes_no_writes_is_still_read(
    tmp_path_factory: pytest.TempPathFactory, setting: str, value: str, meant: str
) -> None:
    server = EmbeddedValkey(tmp_path_factory.mktemp("v"), max_memory_bytes=32_000_000)
    await server.start()
    house = House(server.url)
    await house.redis.put(SMALL)
    await house.link.client.config_set("maxmemory-policy", "noeviction")
    await house.link.client.config_set(setting, value)
    other = make(b"other", key="00" * 32)
    for _ in range(10):
        await house.tiers.put(other)
    state, found = house.link.breaker.state, await house.tiers.get(KEY)
    await house.close()
    await server.stop()

    assert ("closed", (SMALL, "redis")) == (state, found), meant
    assert ("redis", "error") in house.seen


async def test_a_cancelled_call_is_no_failure(wired: House, faulty_wire: FaultyWire) -> None:
    faulty_wire.silent = True
    for _ in range(10):
        asking = asyncio.create_task(wired.tiers.get(KEY))
        await asyncio.sleep(0.005)
        asking.cancel()
        await asyncio.wait({asking})

    assert "closed" == wired.link.breaker.state


async def test_an_open_breaker_says_so(faulty_wire: FaultyWire) -> None:
    await faulty_wire.refuse()
    link = RedisLink(faulty_wire.url)
    messages = []
    for _ in range(6):
        with pytest.raises(RedisUnavailable) as caught:
            await link.call(link.client.ping)
        messages.append(str(caught.value))
        await asyncio.sleep(0.02)
    await link.close()

    assert "not asked" in messages[-1]
    assert "not asked" not in messages[0]
