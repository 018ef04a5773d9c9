"""Room for renders: large ones wait for each other, small ones pass for a moment, too much is refused."""

from __future__ import annotations

import asyncio

import pytest

from proxy.render_lanes import Lanes
from proxy.render_queue import Job, JobQueue
from proxy.renderer import PoolClosed, QueueFull
from tests.services.render_pool import MakePool, told, until


def job(memory_bytes: int, data: bytes = b"", waited: float = 0.0) -> Job:
    made = Job("render", b"", data, deadline_seconds=1, address_space_bytes=None, memory_bytes=memory_bytes)
    made.queued_at -= waited
    return made


async def order(queue: JobQueue, most: int) -> list[int]:
    found = []
    while (each := queue.first(lambda job: job.memory_bytes <= most)) is not None:
        queue.discard(each)
        found.append(each.memory_bytes)
    return found


async def test_small_jobs_pass_large_ones_for_a_moment() -> None:
    queue = JobQueue(Lanes(workers=1))
    for size in (5, 9, 3, 9, 1):
        queue.push(job(size))

    assert [5, 3, 1] == await order(queue, 5)
    assert 2 == len(queue)


async def test_nobody_passes_who_has_waited() -> None:
    queue = JobQueue(Lanes(workers=1))
    for waiting in (job(5), job(9, waited=2), job(3)):
        queue.push(waiting)

    assert [5] == await order(queue, 5)
    assert [9, 3] == await order(queue, 9)


async def test_what_waits_is_weighed() -> None:
    queue, first, second = JobQueue(Lanes(workers=1)), job(1, b"12345"), job(1, b"123")
    queue.push(first)
    queue.push(second)
    queue.discard(second)
    before = queue.waiting_bytes
    queue.discard(first)
    queue.put_back(first)

    assert (5, 5) == (before, queue.waiting_bytes)
    assert queue.first() is first


async def test_large_renders_wait_for_each_other(make_pool: MakePool) -> None:
    pool = await make_pool(workers=3, memory_bytes=100)
    spans = await asyncio.gather(*(told(pool, "sleep", 0.05, b"x" * 30) for _ in range(4)))
    spans.sort(key=lambda span: span["begun"])
    at_once = [sum(a["begun"] <= b["begun"] < a["ended"] for a in spans) for b in spans]

    # Each holds its original twice: 60 of 100 bytes.
    assert 1 == max(at_once)


async def test_one_that_is_larger_than_all_room_is_done_alone(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2, memory_bytes=10)

    assert 50 == len((await told(pool, "sleep", 0.0, b"x" * 50))["data"])


async def test_room_is_given_back_by_whoever_dies(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2, memory_bytes=100)
    results = await asyncio.gather(
        *(pool.render(("exit", 1), b"%d" % number * 40) for number in range(3)),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    await until(lambda: pool.alive == 2)

    assert ["WorkerDied"] * 3 == [type(result).__name__ for result in results]
    assert 40 == len((await told(pool, "sleep", 0.0, b"x" * 40))["data"])


async def test_originals_that_wait_take_no_more_than_the_room(make_pool: MakePool) -> None:
    pool = await make_pool(workers=1, queue=8, memory_bytes=100)
    jobs = [asyncio.create_task(told(pool, "sleep", 0.2, b"x" * 45)) for _ in range(3)]
    await until(lambda: pool.depth == 2)
    with pytest.raises(QueueFull):
        await told(pool, "sleep", 0, b"x" * 45)
    await asyncio.gather(*jobs)

    assert 0 == pool.depth


async def test_places_are_bounded_before_anything_is_read(make_pool: MakePool) -> None:
    pool = await make_pool(workers=1, queue=2, reading=1)
    with pool.room.place(), pool.room.place(), pool.room.place(), pool.room.place():
        with pytest.raises(QueueFull) as caught:
            pool.room.check()
        # Who has a place is not turned away for there being no other.
        assert "x" == (await told(pool, "sleep", 0, b"x"))["data"]
    pool.room.check()

    assert 1 <= caught.value.retry_after_seconds <= 5


async def test_a_closed_pool_has_no_room(make_pool: MakePool) -> None:
    pool = await make_pool()
    await pool.close()

    with pytest.raises(PoolClosed):
        pool.room.check()


async def test_who_would_wait_in_vain_is_refused_at_once(make_pool: MakePool) -> None:
    pool = await make_pool(workers=1, queue=50, queue_timeout_seconds=0.5)
    for _ in range(20):
        # So that it is known what a job takes: a tenth of a second.
        await told(pool, "sleep", 0.1)
    results = await asyncio.gather(*(told(pool, "sleep", 0.1) for _ in range(20)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, QueueFull)]

    assert 20 > len(refused) > 10
    assert {"Too many renders wait already"} == {str(error) for error in refused[-10:]}
    # It is over as soon as nobody waits.
    assert "x" == (await told(pool, "sleep", 0, b"x"))["data"]
