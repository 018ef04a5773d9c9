"""Originals that kill workers are refused after the second death, by content, and nothing else is."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from proxy.errors import error_code, rule_for
from proxy.link import RedisLink
from proxy.poison import KEY_PREFIX, WINDOW_SECONDS, Poison, content_of
from proxy.renderer import RenderTimeout, WorkerDied
from proxy.renderer_errors import Poisoned
from tests.services.render_pool import MakePool, do, pid_of, until


@pytest.fixture
async def link(valkey: str) -> AsyncIterator[RedisLink]:
    link = RedisLink(valkey, budget_seconds=5.0)
    yield link
    await link.close()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def refused(poison: Poison, *contents: str) -> bool:
    try:
        await poison.check(contents)
    except Poisoned:
        return True
    return False


async def test_two_deaths_within_an_hour() -> None:
    events: list[str] = []
    poison = Poison(observe=events.append)
    await poison.blame(["bad"])
    assert not await refused(poison, "bad")
    await poison.blame(["bad"])
    assert await refused(poison, "bad")
    assert not await refused(poison, "good")

    assert ["death", "death", "poisoned", "refused"] == events


async def test_an_hour_heals() -> None:
    clock = Clock()
    poison = Poison(clock=clock)
    await poison.blame(["slow"])
    clock.now = WINDOW_SECONDS + 1
    await poison.blame(["slow"])
    assert not await refused(poison, "slow")
    clock.now += WINDOW_SECONDS - 1
    await poison.blame(["slow"])
    assert await refused(poison, "slow")
    clock.now += WINDOW_SECONDS + 1

    assert not await refused(poison, "slow")


async def test_several_originals_are_blamed_together() -> None:
    """One bad picture must not turn the logo away that lies on all of them."""
    poison = Poison()
    for _ in range(2):
        await poison.blame(["picture", "logo", ""])
    assert await refused(poison, "logo", "picture", "picture")
    assert not await refused(poison, "logo")

    assert not await refused(poison, "another", "logo")


async def test_nothing_is_known_of_a_job_without_an_original() -> None:
    poison = Poison()
    for _ in range(3):
        await poison.blame(["", ""])

    assert not await refused(poison, "")
    assert not await refused(poison)


async def test_instances_count_together(link: RedisLink) -> None:
    here, there, third = Poison(link), Poison(link), Poison(link)
    await here.blame(["bad"])
    assert not await refused(there, "bad")
    await there.blame(["bad"])
    assert await refused(there, "bad")
    assert await refused(third, "bad")
    left: Any = await link.client.ttl(KEY_PREFIX + "bad")

    assert 0 < left <= WINDOW_SECONDS


async def test_nonsense_in_redis_is_no_death(link: RedisLink) -> None:
    await link.client.set(KEY_PREFIX + "odd", "many")

    assert not await refused(Poison(link), "odd")


async def test_without_redis_each_process_counts_for_itself() -> None:
    away = RedisLink("unix:///nonexistent/redis.sock")
    poison = Poison(away)
    await poison.blame(["bad"])
    assert not await refused(poison, "bad")
    await poison.blame(["bad"])
    assert await refused(poison, "bad")

    await away.close()


@pytest.mark.parametrize("size", [10, 100_000])
async def test_bytes_are_named_as_the_library_names_them(size: int) -> None:
    named = await content_of(b"x" * size)

    assert 64 == len(named)
    assert named == await content_of(b"x" * size) != await content_of(b"y" * size)


def test_a_poisoned_original_is_the_picture_s_fault() -> None:
    assert (422, "poisoned") == (rule_for(Poisoned("no")).status, error_code(Poisoned("no")))


@pytest.mark.parametrize(
    ("act", "value", "error"), [("segfault", None, WorkerDied), ("signal", signal.SIGKILL, WorkerDied)]
)
async def test_the_third_job_on_a_killer_is_not_begun(
    make_pool: MakePool, act: str, value: object, error: type[Exception]
) -> None:
    pool = await make_pool(workers=2)
    for _ in range(2):
        with pytest.raises(error):
            await do(pool, act, value, content_hash="killer")
    with pytest.raises(Poisoned):
        await do(pool, act, value, content_hash="killer")
    assert b"x" == (await do(pool, "echo", data=b"x", content_hash="fine")).body

    assert {"died": 2} == pool.restarts


async def test_a_probe_is_refused_as_a_render_is(make_pool: MakePool) -> None:
    poison = Poison()
    pool = await make_pool(poison=poison)
    for _ in range(2):
        await poison.blame([await content_of(b"bomb")])
    with pytest.raises(Poisoned):
        await pool.probe(b"bomb")
    with pytest.raises(Poisoned):
        await do(pool, "echo", data=b"bomb", content_hash=await content_of(b"bomb"))

    assert (await pool.probe(b"12345")).delays == (100, 5)


async def test_a_long_render_that_was_not_done_in_time_is_nobody_s_fault(make_pool: MakePool) -> None:
    """Whoever writes URLs chooses how long a render takes, and could turn away the best of originals."""
    pool = await make_pool()
    for _ in range(3):
        with pytest.raises(RenderTimeout):
            await do(pool, "spin", content_hash="large", deadline_seconds=0.05)

    assert {"timeout": 3} == pool.restarts


async def test_who_does_not_wait_for_the_death_changes_nothing(make_pool: MakePool) -> None:
    pool = await make_pool()
    for _ in range(2):
        asked = asyncio.create_task(do(pool, "sleep", 60, content_hash="killer"))
        await until(lambda: pool.busy == 1)
        worker = next(iter(pool._staff._workers))
        await until(lambda worker=worker: _has_begun(worker.pid))
        asked.cancel()
        await asyncio.wait([asked])
        os.kill(worker.pid, signal.SIGKILL)
        await until(lambda: pool.busy == 0 and pool.alive == 1)
    with pytest.raises(Poisoned):
        await do(pool, "echo", content_hash="killer")

    assert await pid_of(pool)


def _has_begun(pid: int) -> bool:
    """Whether the worker sleeps in its job: in `nanosleep`, not in a read from its socket."""
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] not in ("0", "45", "63", "207", "running")
