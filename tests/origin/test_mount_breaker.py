"""A storage that fails again and again is not asked for a while, and what it failed at is told apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from origin.breaker import Breaker, RetryBudget
from origin.errors import (
    AssetNotFound,
    OriginDenied,
    OriginError,
    OriginRefused,
    OriginResting,
    OriginUnavailable,
    StorageTimeout,
)
from origin.library import Mount
from origin.storage.memory import MemoryStorage
from tests.origin.house import Clock, FaultyStorage, House


@dataclass
class Parts:
    """A library over one mount with a breaker, and what moves its time."""

    house: House
    storage: FaultyStorage
    breaker: Breaker
    clock: Clock

    async def outcome(self, name: str) -> str:
        """What came of looking for that name."""
        try:
            await self.house.library.learn(name)
        except OriginError as error:
            return type(error).__name__
        return "found"


@pytest.fixture
async def parts(database: str) -> AsyncIterator[Parts]:
    storage, clock = FaultyStorage(MemoryStorage()), Clock()
    await storage.write("cat.jpg", b"meow")
    breaker = Breaker(failures=3, spread_seconds=0.0, rest_seconds=2.0, clock=clock)
    mount = Mount(name="main", prefix="", storage=storage, revalidate_seconds=300, breaker=breaker)
    house = House(storage, database, mounts=[mount], fetch_timeout_seconds=0.2)
    yield Parts(house, storage, breaker, clock)
    await house.close()


async def test_a_storage_that_fails_is_not_asked_for_a_while(parts: Parts) -> None:
    parts.storage.fail(OriginUnavailable("away"))
    told = [await parts.outcome(f"dog{number}") for number in range(5)]
    parts.storage.fault = None
    resting = await parts.outcome("cat")
    parts.clock.now += 2.5
    healed = await parts.outcome("cat")

    assert ["StorageUnavailable"] * 3 + ["OriginResting"] * 2 == told
    assert ("OriginResting", "found") == (resting, healed)
    assert ("closed", 3) == (parts.breaker.state, parts.house.looks["main", "resting"])


async def test_one_that_hangs_is_not_asked_either(parts: Parts) -> None:
    parts.storage.hang()
    told = [await parts.outcome(f"dog{number}") for number in range(4)]

    assert ["StorageTimeout"] * 3 + ["OriginResting"] == told


async def test_one_probe_at_a_time(parts: Parts) -> None:
    parts.storage.fail(OriginUnavailable("away"))
    for number in range(3):
        await parts.outcome(f"dog{number}")
    parts.storage.hang()
    parts.clock.now += 2.5
    told = await asyncio.gather(*(parts.outcome(f"bird{number}") for number in range(20)))

    assert {"StorageTimeout": 1, "OriginResting": 19} == {word: told.count(word) for word in set(told)}
    assert "open" == parts.breaker.state


@pytest.mark.parametrize("error", [OriginDenied, OriginRefused])
async def test_a_refusal_is_an_answer(parts: Parts, error: type[OriginError]) -> None:
    parts.storage.fail(error("not for you"))
    told = {await parts.outcome(f"dog{number}") for number in range(10)}

    assert ({error.__name__}, "closed") == (told, parts.breaker.state)


async def test_what_is_missing_is_an_answer(parts: Parts) -> None:
    told = {await parts.outcome(f"dog{number}") for number in range(10)}

    assert ({AssetNotFound.__name__}, "closed") == (told, parts.breaker.state)


async def test_who_leaves_says_nothing_about_the_storage(parts: Parts) -> None:
    parts.storage.hang()
    for number in range(5):
        reading = asyncio.create_task(
            parts.house.library._reader.look(
                parts.house.library._mounts.places(f"dog{number}")[0], extension=None
            )
        )
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.wait({reading})

    assert "closed" == parts.breaker.state


async def test_facts_stay_known_while_the_storage_rests(parts: Parts) -> None:
    asset = await parts.house.library.learn("cat")
    parts.storage.fail(OriginUnavailable("away"))
    for number in range(3):
        await parts.outcome(f"dog{number}")
    with pytest.raises(OriginResting) as caught:
        await parts.house.library.check(asset)

    assert 1 <= caught.value.retry_after_seconds <= 5
    assert asset == await parts.house.library.recall("cat")


async def test_waiting_for_a_turn_is_not_the_storages_fault(database: str) -> None:
    """Reads have one slot here: whoever waits for it until the time is up never asked."""
    storage, breaker = FaultyStorage(MemoryStorage()), Breaker(failures=2, spread_seconds=0.0)
    for number in range(5):
        await storage.write(f"cat{number}.jpg", b"meow%d" % number)
    mount = Mount(name="main", prefix="", storage=storage, revalidate_seconds=300, breaker=breaker)
    house = House(storage, database, mounts=[mount], fetch_timeout_seconds=0.3, fetch_concurrency=1)
    places = [house.library._mounts.places(f"cat{number}.jpg")[0] for number in range(5)]
    storage.hang()
    reads = (house.library._reader.read(place.mount, place.name) for place in places)
    told = await asyncio.gather(*reads, return_exceptions=True)
    await house.close()

    assert [StorageTimeout] * 5 == [type(error) for error in told]
    assert "closed" == breaker.state


def test_retries_are_a_tenth_of_the_calls() -> None:
    budget = RetryBudget(share=0.1, most=10)
    taken = 0
    for _ in range(1000):
        budget.called()
        taken += budget.take()

    assert 100 <= taken <= 111
