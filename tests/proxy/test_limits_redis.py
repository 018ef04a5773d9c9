"""Budgets over a real Redis: shared, given back, and gone on with in memory when it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from proxy.limits_meter import KEY_PREFIX, Account, Meter
from proxy.link import RedisLink
from proxy.renderer_errors import QueueFull
from tests.proxy.test_limits import HOUR, Till


@pytest.fixture
async def link(valkey_url: str) -> AsyncIterator[RedisLink]:
    # Far longer than usual: what is tested is not how soon a busy machine answers.
    link = RedisLink(valkey_url, budget_seconds=5)
    yield link
    await link.close()


async def test_processes_share_a_budget_over_redis(link: RedisLink) -> None:
    first, second = Till(asset=5, client=50, link=link), Till(asset=5, client=50, link=link)

    assert 3 == await first.made(3)
    assert 2 == await second.made(9)
    assert 0 == await first.made(3)


async def test_redis_gives_back_and_forgets(link: RedisLink) -> None:
    till = Till(asset=2, link=link)
    till.bill()
    with pytest.raises(QueueFull):
        await till.make(error=QueueFull("full"))
    made = await till.made(5)
    (key,) = await link.client.keys(f"{KEY_PREFIX}asset:*")
    left = await link.client.ttl(key)

    assert 2 == made
    assert HOUR - 60 < left <= HOUR


async def test_redis_tells_how_long(link: RedisLink) -> None:
    meter, account = Meter(link), Account("client:x", 2, 60.0)
    answers = [await meter.take([account]) for _ in range(3)]

    assert [None, None] == answers[:2]
    assert answers[2] is not None
    assert 29 < answers[2].seconds <= 30


async def test_redis_gone_counts_on_from_what_this_process_let_by(link: RedisLink) -> None:
    till = Till(asset=5, link=link)
    before = await till.made(3)
    link.breaker.fail()
    while link.breaker.admit():
        link.breaker.fail()

    assert (3, 2) == (before, await till.made(9))


async def test_nonsense_in_redis_is_as_no_redis(link: RedisLink) -> None:
    till, redis = Till(client=3, link=link), Redis(connection_pool=link.pool)
    await redis.set(f"{KEY_PREFIX}client:192.0.2.1", "nonsense")

    assert 3 == await till.made(9)


async def test_a_clock_that_went_wrong_does_not_lock_out_for_ever(link: RedisLink) -> None:
    meter, account = Meter(link), Account("client:x", 10, 60.0)
    await link.client.set(f"{KEY_PREFIX}client:x", "9000000000000000")
    empty = await meter.take([account])

    assert empty is not None
    assert 5 < empty.seconds <= 6
