"""What waits, and what does not wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from saq import Worker

from proxy.channel import ended
from proxy.jobs import redis_queue
from proxy.jobs.redis_queue import open_queue
from proxy.web import end_after


async def test_workers_rest_while_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    enough = asyncio.Event()
    sleep = asyncio.sleep

    async def rest(seconds: float) -> None:
        if seconds == redis_queue.REST_SECONDS:
            rests.append(seconds)
            if len(rests) == 3:
                enough.set()
                await sleep(60)
        await sleep(0)

    monkeypatch.setattr("proxy.jobs.redis_queue.asyncio.sleep", rest)
    queue = open_queue("redis://127.0.0.1:1", name="jobs")
    worker: Worker = Worker(queue, functions=[("nothing", enough.wait)])  # type: ignore[type-arg, list-item]
    looks = [await worker.process(), await worker.process()]
    third = asyncio.create_task(worker.process())
    await asyncio.wait_for(enough.wait(), 10)
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    with contextlib.suppress(RedisConnectionError):
        await queue.disconnect()

    # Nothing was done, and each look was followed by a rest.
    assert ([False, False], 3) == (looks, len(rests))


async def test_what_loses_a_cancellation_is_cancelled_again() -> None:
    begun = asyncio.Event()

    async def hard_of_hearing() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            begun.set()
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def fails() -> None:
        raise ValueError("nobody asks")

    tasks = [asyncio.create_task(hard_of_hearing()), asyncio.create_task(fails())]
    await begun.wait()
    await asyncio.wait_for(ended(tasks), 20)

    assert [True, False] == [task.cancelled() for task in tasks]


async def test_a_stop_that_hangs_ends_and_says_on_what(caplog: pytest.LogCaptureFixture) -> None:
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    hanging = asyncio.create_task(asyncio.Event().wait(), name="what hangs")
    with caplog.at_level(logging.ERROR, logger="proxy.web"):
        end_after(0.01, ended.set_result)
        status = await asyncio.wait_for(ended, 10)
    hanging.cancel()

    assert 1 == status
    assert "what hangs" in caplog.text
