"""A Redis that fails over: a replica takes the place of the primary, behind the same address."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from proxy.cache.base import TierError
from proxy.channel import Channel
from proxy.lease import Leases
from tests.proxy.house import SMALL, House
from tests.proxy.test_cache_contract import KEY, make
from tests.services.faulty_wire import FaultyWire
from tests.services.valkey_pair import Pair, valkey_pair

OTHER = make(b"other", key="00" * 32)


@dataclass
class Scene:
    pair: Pair
    wire: FaultyWire
    house: House

    async def stored(self) -> bool:
        """Whether Redis takes a variant again, within some seconds."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                return await self.house.redis.put(OTHER)
            except TierError:
                await asyncio.sleep(0.1)
        return False


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with valkey_pair(Path(tmp_path_factory.mktemp("v"))) as pair:
        yield pair


@pytest_asyncio.fixture
async def scene(pair: Pair) -> AsyncIterator[Scene]:
    wire = FaultyWire(pair.primary)
    await wire.listen()
    house = House(wire.url)
    assert await house.redis.put(SMALL)
    yield Scene(pair, wire, house)
    await house.close()
    await wire.refuse()


async def test_open_connections_to_a_demoted_primary_are_left(scene: Scene) -> None:
    """They answer READONLY to every write, for as long as they live; reads go on all the while."""
    await asyncio.gather(*(scene.house.redis.get(KEY) for _ in range(8)))
    scene.pair.demote()
    scene.wire.lead_to(scene.pair.replica)
    read = await scene.house.redis.get(KEY)
    stored = await scene.stored()
    found = await scene.house.redis.get(OTHER.key)

    assert (SMALL, True, OTHER) == (read, stored, found)
    assert "closed" == scene.house.link.breaker.state


async def test_a_killed_primary_is_followed_by_its_replica(scene: Scene) -> None:
    scene.pair.kill()
    lost = [await scene.house.tiers.get(KEY) for _ in range(3)]
    scene.pair.promote()
    scene.wire.lead_to(scene.pair.replica)
    stored = await scene.stored()
    found = await scene.house.redis.get(KEY)

    assert [None] * 3 == lost
    # Replication is no write-ahead log, but what was there for a while has arrived.
    assert (True, SMALL) == (stored, found)


async def test_leases_outlive_a_failover(scene: Scene) -> None:
    """A turn is had by one, given back, and then had by the next."""
    mine, others = Leases(scene.house.link), Leases(scene.house.link)
    async with mine.hold("a", patience_seconds=1) as before:
        held_before = before.held
        scene.pair.demote()
        scene.wire.lead_to(scene.pair.replica)
        assert await scene.stored()
    async with others.hold("b", patience_seconds=1) as first:
        held_after = first.held
        waiting = asyncio.create_task(_turn(mine, "b"))
        await asyncio.sleep(0.1)
        alone = not waiting.done()
    had = await waiting
    await mine.close()
    await others.close()

    assert (True, True, True, True) == (held_before, held_after, alone, had)


@pytest.mark.parametrize("writing", [True, False], ids=["by a write that fails", "by its own silence"])
async def test_a_subscription_moves_to_the_new_primary(
    scene: Scene, writing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that is published there reaches the old one, if that follows nobody."""
    if not writing:
        monkeypatch.setattr("proxy.channel._SILENCE_SECONDS", 0.2)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    joined = asyncio.Event()
    channel = Channel(scene.house.link, name="c", hear=heard.put_nowait, joined=joined.set)
    channel.start()
    await asyncio.wait_for(joined.wait(), 5)
    if writing:
        await asyncio.gather(*(scene.house.redis.get(KEY) for _ in range(8)))
    joined.clear()
    scene.pair.isolate()
    scene.wire.lead_to(scene.pair.replica)
    if writing:
        assert await scene.stored()
    else:
        # The connections of all others broke, and lead to the new one already.
        await scene.house.link.pool.disconnect(inuse_connections=False)
    await asyncio.wait_for(joined.wait(), 10)
    await scene.house.link.client.publish("c", "gone")
    message = await asyncio.wait_for(heard.get(), 5)
    await channel.close()

    assert b"gone" == message


async def _turn(leases: Leases, name: str) -> bool:
    async with leases.hold(name, patience_seconds=10) as lease:
        return lease.held


async def test_a_paused_redis_costs_its_budget_and_heals(scene: Scene) -> None:
    """CLIENT PAUSE holds answers back, as an overloaded server does."""
    await scene.house.link.client.execute_command("CLIENT", "PAUSE", "1500", "ALL")
    missed = [await scene.house.tiers.get(KEY) for _ in range(10)]
    stored = await scene.stored()
    found = await scene.house.redis.get(KEY)

    assert ([None] * 10, True, SMALL) == (missed, stored, found)


async def test_a_redis_that_only_reads_is_not_connected_to_anew_with_every_write(scene: Scene) -> None:
    await scene.house.link.client.execute_command("REPLICAOF", "127.0.0.1", "1")
    moves: list[None] = []
    scene.house.link.on_move(lambda: moves.append(None))
    for _ in range(50):
        await scene.house.tiers.put(OTHER)
    read = await scene.house.redis.get(KEY)

    assert (1, SMALL) == (len(moves), read)
