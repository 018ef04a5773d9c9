"""What failed lately is known to every process, for a while, and Redis being gone is no failure of ours."""

from __future__ import annotations

import asyncio

from proxy.cache.failures import Failures
from proxy.link import RedisLink
from tests.services.faulty_wire import FaultyWire


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
