"""The tiers as one cache: promotion, order of writes, and every way in which Redis can be gone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from origin.storage.memory import MemoryStorage
from proxy.cache.behind import Behind
from proxy.cache.derived import DerivedTier
from proxy.cache.failures import Failures
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import KEY_PREFIX, RedisTier
from proxy.cache.tiers import Tiers
from proxy.link import RedisLink, RedisUnavailable
from proxy.valkey import EmbeddedValkey
from tests.proxy.test_cache_contract import KEY, make
from tests.services.faulty_wire import FaultyWire

Fault = Callable[[FaultyWire], Awaitable[None]]

LARGE = make(bytes(50_000))
SMALL = make(b"small")


class SlowStorage(MemoryStorage):
    """Writes wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        await self.go.wait()
        await super().write(key, data, content_type=content_type)


class House:
    """Three tiers, what they were seen to do, and their parts."""

    def __init__(
        self, url: str, *, storage: MemoryStorage | None = None, behind: Behind | None = None
    ) -> None:
        self.seen: list[tuple[str, str]] = []
        self.link = RedisLink(url)
        self.memory = MemoryTier(max_bytes=1_000_000)
        self.redis = RedisTier(self.link, ttl_seconds=60, max_object_bytes=20_000)
        self.storage = storage or MemoryStorage()
        self.derived = DerivedTier(self.storage)
        self.tiers = Tiers(
            [self.memory, self.redis, self.derived],
            observe=lambda tier, result: self.seen.append((tier, result)),
            behind=behind,
            handover_seconds=0.05,
            flush_seconds=1.0,
        )

    async def where(self) -> list[str]:
        """The tiers that have it now."""
        all_tiers = (self.memory, self.redis, self.derived)
        return [tier.name for tier in all_tiers if await tier.get(KEY) is not None]

    async def close(self) -> None:
        await self.tiers.close()
        await self.link.close()


@pytest_asyncio.fixture
async def house(valkey: str) -> AsyncIterator[House]:
    house = House(valkey)
    yield house
    await house.close()


@pytest_asyncio.fixture
async def wired(faulty_wire: FaultyWire) -> AsyncIterator[House]:
    house = House(faulty_wire.url)
    yield house
    await house.close()


async def test_a_miss_everywhere(house: House) -> None:
    assert await house.tiers.get(KEY) is None
    assert [("memory", "miss"), ("redis", "miss"), ("derived", "miss")] == house.seen


async def test_put_fills_all(house: House) -> None:
    await house.tiers.put(SMALL)
    await settle()

    assert [("memory", "stored"), ("redis", "stored"), ("derived", "stored")] == house.seen
    assert ["memory", "redis", "derived"] == await house.where()


@pytest.mark.parametrize("source", ["redis", "derived"])
async def test_a_hit_fills_the_tiers_nearer(house: House, source: str) -> None:
    await getattr(house, source).put(SMALL)

    assert (SMALL, source) == await house.tiers.get(KEY)
    assert (SMALL, "memory") == await house.tiers.get(KEY)
    await settle()
    assert SMALL == await house.redis.get(KEY)


async def test_peek_is_memory_alone(house: House) -> None:
    await house.redis.put(SMALL)
    before = house.tiers.peek(KEY)
    await house.memory.put(SMALL)

    assert (None, SMALL) == (before, house.tiers.peek(KEY))
    assert [("memory", "hit")] == house.seen


async def test_put_does_not_wait_for_storage_when_redis_has_it(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    await house.tiers.put(SMALL)
    before = await house.where()
    storage.go.set()
    await house.close()

    assert (["memory", "redis"], SMALL) == (before, await house.derived.get(KEY))


async def test_put_waits_for_storage_when_it_is_too_large_for_redis(house: House) -> None:
    await house.tiers.put(LARGE)

    assert ["memory", "derived"] == await house.where()


async def test_put_does_not_wait_for_storage_for_ever(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    await asyncio.wait_for(house.tiers.put(LARGE), 5)
    storage.go.set()
    await house.close()

    assert LARGE == await house.derived.get(KEY)


async def test_put_without_derived(house: House) -> None:
    await house.tiers.put(SMALL, derived=False)
    await house.tiers.put(LARGE, derived=False)
    await settle()

    assert "derived" not in [tier for tier, _ in house.seen]


async def test_closing_finishes_what_was_begun(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    await house.tiers.put(SMALL)
    closing = asyncio.create_task(house.close())
    await settle()
    storage.go.set()
    await closing

    assert SMALL == await house.derived.get(KEY)


async def test_closing_does_not_wait_for_ever(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    await house.tiers.put(SMALL)
    await asyncio.wait_for(house.close(), 5)

    assert await house.derived.get(KEY) is None


async def test_drop_forgets_everywhere_and_what_is_being_written(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    await house.tiers.put(SMALL)
    await house.tiers.drop(KEY)
    storage.go.set()
    await settle()

    assert await house.where() == []
    await house.close()


async def test_writes_behind_are_bounded(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage, behind=Behind(max_writes=1))
    await house.tiers.put(SMALL)
    await house.tiers.put(SMALL)
    storage.go.set()
    await house.close()

    assert [1, 1] == [house.seen.count(("derived", result)) for result in ("skipped", "stored")]


async def test_writes_behind_are_bounded_by_bytes() -> None:
    behind, go = Behind(max_bytes=100), asyncio.Event()
    begun = [behind.start("key", size, go.wait) is not None for size in (60, 60, 40)]
    go.set()
    await behind.close(grace_seconds=1)
    again = behind.start("key", 100, go.wait)
    await behind.close(grace_seconds=1)

    assert ([True, False, True], True) == (begun, again is not None)


async def test_damage_in_redis_is_served_from_storage_and_mended(house: House) -> None:
    await house.tiers.put(SMALL)
    await settle()
    await house.memory.drop(KEY)
    await house.link.client.set(f"{KEY_PREFIX}:{KEY}", SMALL.to_bytes()[:-1] + b"!")
    house.seen.clear()

    assert (SMALL, "derived") == await house.tiers.get(KEY)
    assert [("memory", "miss"), ("redis", "error"), ("derived", "hit")] == house.seen[:3]
    await settle()
    assert SMALL == await house.redis.get(KEY)


async def test_a_tier_with_a_bug_is_a_miss(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    for operation in ("get", "put", "drop"):
        monkeypatch.setattr(house.redis, operation, broken)
    await house.tiers.put(SMALL)
    await house.memory.drop(KEY)

    assert (SMALL, "derived") == await house.tiers.get(KEY)
    await house.tiers.drop(KEY)


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
    """Nothing raises; after five failures Redis is not even asked; everything else still works."""
    if warm:
        await asyncio.gather(*(wired.redis.get(KEY) for _ in range(8)))
    await fault(faulty_wire)
    started = time.monotonic()
    answers = [await wired.tiers.get(KEY) for _ in range(200)]
    await wired.tiers.put(SMALL)
    found = await wired.tiers.get(KEY)
    took = time.monotonic() - started

    assert ([None] * 200, (SMALL, "memory")) == (answers, found)
    assert SMALL == await wired.derived.get(KEY)
    # 200 budgets would be ten seconds: this is no measure of speed, but of being asked or not.
    assert took < 5
    assert "open" == wired.link.breaker.state


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


async def test_failures_reach_other_processes(valkey: str) -> None:
    links = [RedisLink(valkey) for _ in range(2)]
    here, there = (Failures(link) for link in links)
    await here.put("key", "broken_image", {"message": "cut short"}, ttl_seconds=30)
    expected = {"code": "broken_image", "message": "cut short"}

    assert [expected, expected, None] == [await here.get("key"), await there.get("key"), await there.get("x")]
    await links[0].client.flushall()
    assert expected == await there.get("key")
    for link in links:
        await link.close()


async def test_failures_are_forgotten(valkey: str) -> None:
    links = [RedisLink(valkey) for _ in range(2)]
    here, there = (Failures(link) for link in links)
    await here.put("key", "broken_image", {}, ttl_seconds=0.05)
    await asyncio.sleep(0.06)

    assert [None, None] == [await here.get("key"), await there.get("key")]
    for link in links:
        await link.close()


async def test_failures_without_redis(faulty_wire: FaultyWire) -> None:
    await faulty_wire.refuse()
    link = RedisLink(faulty_wire.url)
    for failures in (Failures(link), Failures(None)):
        await failures.put("key", "broken_image", {"position": 3}, ttl_seconds=30)

        assert {"code": "broken_image", "position": 3} == await failures.get("key")
        assert await failures.get("another") is None
    await link.close()


async def test_nonsense_in_redis_is_no_failure(valkey: str) -> None:
    link = RedisLink(valkey)
    answers = []
    for text in ("", "[]", "{}", '{"until": "x", "failure": {}}', '{"until": 1, "failure": 3}'):
        await link.client.set("calotype:1:failure:key", text)
        answers.append(await Failures(link).get("key"))
    await link.close()

    assert [None] * 5 == answers


async def test_an_open_breaker_says_so(faulty_wire: FaultyWire) -> None:
    await faulty_wire.refuse()
    link = RedisLink(faulty_wire.url)
    messages = []
    for _ in range(6):
        with pytest.raises(RedisUnavailable) as caught:
            await link.call(link.client.ping)
        messages.append(str(caught.value))
    await link.close()

    assert "not asked" in messages[-1]
    assert "not asked" not in messages[0]


async def settle() -> None:
    """Let what was begun behind end."""
    await asyncio.sleep(0.05)
