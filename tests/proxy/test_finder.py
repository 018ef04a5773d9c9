"""Finding assets: what is fresh, what is stale, and who may learn an original first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from origin.errors import OriginUnavailable
from origin.storage.memory import MemoryStorage
from proxy.coalesce import Coalescer
from proxy.finder import Finder, Found
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.renderer_errors import QueueFull
from proxy.url import read_delivery_url
from tests.origin.house import FaultyStorage, House, prepare, probe
from transforms.frame import ImageInfo

CAT = read_delivery_url("/cat.jpg")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    storage = MemoryStorage()
    await storage.write("cat.jpg", b"meow")
    house = House(FaultyStorage(storage), await prepare(tmp_path))
    yield house
    await house.close()


@pytest.fixture
async def leases(valkey: str) -> AsyncIterator[Leases]:
    link = RedisLink(valkey)
    leases = Leases(link)
    yield leases
    await leases.close()
    await link.close()


def finder(house: House, leases: Leases, **options: Any) -> Finder:
    settings = {"stale_seconds": 1000, "learn_seconds": 5, "patience_seconds": 1, **options}
    return Finder(library=house.library, coalescer=Coalescer(), leases=leases, **settings)


async def learn(finder: Finder) -> Found:
    """The first look at the cat, its claim given back."""
    found = await finder.find(CAT)
    assert found.claim is not None
    await found.claim.release()
    return found


async def test_an_original_is_learnt_under_a_claim_and_then_known(house: House, leases: Leases) -> None:
    found = finder(house, leases)
    first = await learn(found)
    second = await found.find(CAT)

    assert (first.asset, 0.0, None) == (second.asset, second.stale_for, second.claim)
    assert {("main", "ok"): 1} == house.reads


async def test_a_claim_that_nobody_waited_for_is_given_back(house: House, leases: Leases) -> None:
    hurried = asyncio.create_task(finder(house, leases, claim_seconds=0.1).find(CAT))
    await asyncio.sleep(0)
    hurried.cancel()
    await asyncio.wait({hurried})

    async with leases.hold("learn:cat.jpg", patience_seconds=5) as lease:
        assert (True, True) == (lease.held, lease.waited)
    assert [] == [task for task in asyncio.all_tasks() if task.get_name().startswith("renew lease")]


@pytest.mark.parametrize("passed", [301, -301])
async def test_facts_are_checked_when_they_are_old_or_from_the_future(
    house: House, leases: Leases, passed: int
) -> None:
    found = finder(house, leases)
    await learn(found)
    house.clock.now += passed
    checked = await found.find(CAT)

    assert (house.clock.now, 0.0) == (checked.asset.checked_at, checked.stale_for)


async def test_a_storage_that_fails_leaves_what_is_known_until_it_is_too_old(
    house: House, leases: Leases
) -> None:
    found = finder(house, leases)
    await learn(found)
    assert isinstance(house.storage, FaultyStorage)
    house.storage.fail(OriginUnavailable("gone"))
    house.clock.now += 310
    stale = await found.find(CAT)
    again = await found.find(CAT)
    house.clock.now += 1000

    with pytest.raises(OriginUnavailable):
        await found.find(CAT)
    assert [10.0, 10.0] == [stale.stale_for, again.stale_for]
    assert {("main", "ok"): 1, ("main", "unavailable"): 2} == house.looks


async def test_a_change_that_nobody_has_time_to_look_at_waits(tmp_path: Path, leases: Leases) -> None:
    async def busy(data: bytes) -> ImageInfo:
        if data == b"purr":
            raise QueueFull("too many")
        return await probe(data)

    house = House(MemoryStorage(), await prepare(tmp_path), prober=busy)
    await house.storage.write("cat.jpg", b"meow")
    found = finder(house, leases)
    first = await learn(found)
    await house.storage.write("cat.jpg", b"purr")
    house.clock.now += 301
    stale = await found.find(CAT)
    await house.close()

    assert (first.asset, 1.0) == (stale.asset, stale.stale_for)


async def test_an_answer_does_not_wait_long_for_a_slow_check(house: House, leases: Leases) -> None:
    found = finder(house, leases, patience_seconds=0.01)
    await learn(found)
    assert isinstance(house.storage, FaultyStorage)
    house.storage.hang()
    house.clock.now += 301
    stale = await found.find(CAT)
    await found.close()

    assert 1.0 == stale.stale_for
