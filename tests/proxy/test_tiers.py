"""The tiers as one cache: promotion, the order of writes, what is written behind and what is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from origin.storage.memory import MemoryStorage
from proxy.cache.base import TierError
from proxy.cache.behind import Behind
from proxy.cache.redis import KEY_PREFIX
from tests.proxy.house import LARGE, SMALL, House, settle
from tests.proxy.test_cache_contract import KEY


class SlowStorage(MemoryStorage):
    """Writes wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        await self.go.wait()
        await super().write(key, data, content_type=content_type)


class BrokenStorage(MemoryStorage):
    """Takes nothing."""

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        raise OSError("the disk is full")


@pytest_asyncio.fixture
async def house(valkey: str) -> AsyncIterator[House]:
    house = House(valkey)
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


async def test_what_is_put_for_good_is_in_the_storage_before_anything_else_is_done(valkey: str) -> None:
    storage = SlowStorage()
    house = House(valkey, storage=storage)
    putting = asyncio.create_task(house.tiers.put_for_good(SMALL))
    await settle()
    waited = not putting.done()
    storage.go.set()
    await putting
    where = await house.where()
    await house.close()

    assert waited
    assert ["memory", "redis", "derived"] == where


async def test_what_was_only_on_its_way_there_is_put_there_when_it_is_found(house: House) -> None:
    await house.redis.put(SMALL)

    assert SMALL == await house.tiers.find_for_good(KEY)
    assert "derived" in await house.where()


async def test_a_storage_that_fails_is_a_failure_for_good(valkey: str) -> None:
    house = House(valkey, storage=BrokenStorage())
    with pytest.raises(TierError, match="could not be kept"):
        await house.tiers.put_for_good(SMALL)
    await house.redis.put(SMALL)
    with pytest.raises(TierError, match="could not be kept"):
        await house.tiers.find_for_good(KEY)
    await house.close()
