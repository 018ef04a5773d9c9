"""Looks into Redis without a task: one answer for each, and none where there is trouble."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest

from proxy.cache.redis import KEY_PREFIX
from proxy.variant import Variant
from tests.proxy.house import SMALL, House
from tests.proxy.test_cache_contract import ANA, KEY, make
from tests.services.faulty_wire import FaultyWire


async def look(house: House, key: str = KEY) -> list[Variant | None]:
    """What a look finds; empty where it is not possible now."""
    found: asyncio.Future[Variant | None] = asyncio.get_running_loop().create_future()
    return [await asyncio.wait_for(found, 10)] if house.tiers.look_beyond(key, found.set_result) else []


async def test_what_was_put_is_found_and_what_was_not_is_not(valkey: str) -> None:
    house = House(valkey)
    await house.redis.put(SMALL)
    found = [await look(house), await look(house, "00" * 32)]
    await house.close()

    assert [[SMALL], [None]] == found


@pytest.mark.parametrize("damage", [b"CLTV", SMALL.to_bytes()[:-1], make(b"other", key="00" * 32).to_bytes()])
async def test_what_is_damaged_or_anothers_is_not_found(valkey: str, damage: bytes) -> None:
    house = House(valkey)
    await house.link.warm(1)
    await house.link.client.set(f"{KEY_PREFIX}{KEY}", damage)
    found = await look(house)
    await house.close()

    assert [None] == found


async def test_what_finds_it_is_used_with_it(valkey: str) -> None:
    house = House(valkey)
    await house.link.warm(1)
    await house.redis.put(make(b"of ana", made_of=(ANA,)))
    await house.link.client.config_resetstat()
    for _ in range(3):
        await look(house)
    await house.link.execute("PING")
    told = await house.link.client.info("commandstats")
    await house.close()

    assert (3, 1) == (told["cmdstat_get"]["calls"], told["cmdstat_touch"]["calls"])


async def test_without_a_connection_nobody_is_asked(faulty_wire: FaultyWire) -> None:
    house = House(faulty_wire.url)
    found = await look(house)
    await house.close()

    assert [] == found


async def test_silence_is_no_answer_and_soon_nobody_is_asked(faulty_wire: FaultyWire) -> None:
    house = House(faulty_wire.url)
    await house.redis.put(SMALL)
    before = await look(house)
    faulty_wire.silent = True
    found = [await look(house) for _ in range(3)]
    await house.close()

    # A connection over which nothing comes is given up with the first.
    assert ([SMALL], [[None], [], []]) == (before, found)


@pytest.mark.parametrize(("silent", "told"), [(False, "succeed"), (True, "fail")])
async def test_the_breaker_hears_what_came_of_a_look(
    faulty_wire: FaultyWire, silent: bool, told: str
) -> None:
    house = House(faulty_wire.url)
    await house.redis.put(SMALL)
    house.link.breaker = breaker = Mock(state="closed")
    faulty_wire.silent = silent
    await look(house)
    breaker.state = "open"
    refused = await look(house)
    await house.close()

    assert ([told], []) == ([call[0] for call in breaker.method_calls], refused)
