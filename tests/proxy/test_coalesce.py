"""However many ask, the work runs once; nobody who leaves stops it; its outcome reaches all who stayed."""

from __future__ import annotations

import asyncio
import gc

import pytest

from proxy.coalesce import Coalescer, CoalescerFull, RunAbandoned


class Work:
    """Counts its runs and ends when it is told to."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.runs = 0
        self.done = asyncio.Event()
        self.finished = 0
        self._error = error

    async def __call__(self) -> str:
        self.runs += 1
        await self.done.wait()
        self.finished += 1
        if self._error:
            raise self._error
        return f"result {self.runs}"


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_thousand_waiters_one_run() -> None:
    coalescer, work = Coalescer(), Work()
    waiters = [asyncio.create_task(coalescer.run("key", work)) for _ in range(1000)]
    await turns()
    waiting = coalescer.waiters("key")
    work.done.set()
    results = await asyncio.gather(*waiters)

    assert (1, 1000) == (work.runs, waiting)
    assert [("result 1", False)] + [("result 1", True)] * 999 == results
    assert (0, 0) == (coalescer.depth, coalescer.waiters("key"))


async def test_keys_are_apart() -> None:
    coalescer, first, second = Coalescer(), Work(), Work()
    tasks = [
        asyncio.create_task(coalescer.run(key, work)) for key, work in (("a", first), (("b", 1), second))
    ]
    await turns()
    depth = coalescer.depth
    first.done.set()
    second.done.set()

    assert [("result 1", False)] * 2 == await asyncio.gather(*tasks)
    assert depth == 2


async def test_the_first_who_leaves_does_not_stop_the_work() -> None:
    coalescer, work = Coalescer(), Work()
    leader = asyncio.create_task(coalescer.run("key", work))
    await turns()
    follower = asyncio.create_task(coalescer.run("key", work))
    await turns()
    leader.cancel()
    await turns()
    waiting = coalescer.waiters("key")
    work.done.set()

    assert ("result 1", True) == await follower
    assert (True, 1, 1) == (leader.cancelled(), waiting, work.runs)


async def test_work_ends_even_when_all_have_left() -> None:
    coalescer, work = Coalescer(), Work()
    waiters = [asyncio.create_task(coalescer.run("key", work)) for _ in range(3)]
    await turns()
    for waiter in waiters:
        waiter.cancel()
    await asyncio.wait(waiters)
    work.done.set()
    await turns()

    assert (1, 0) == (work.finished, coalescer.depth)


async def test_an_exception_reaches_everyone() -> None:
    coalescer, work = Coalescer(), Work(error=KeyError("broken"))
    waiters = [asyncio.create_task(coalescer.run("key", work)) for _ in range(10)]
    await turns()
    work.done.set()
    results = await asyncio.gather(*waiters, return_exceptions=True)

    assert ["KeyError('broken')"] * 10 == [repr(result) for result in results]


async def test_an_exception_nobody_waits_for_is_not_complained_of() -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    coalescer, work = Coalescer(), Work(error=KeyError("broken"))
    waiter = asyncio.create_task(coalescer.run("key", work))
    await turns()
    waiter.cancel()
    await asyncio.wait({waiter})
    work.done.set()
    await turns()
    gc.collect()

    assert ([], 1) == (complaints, work.finished)


async def test_a_finished_run_is_not_joined() -> None:
    coalescer, work = Coalescer(), Work()
    work.done.set()
    results = [await coalescer.run("key", work) for _ in range(3)]

    assert [("result 1", False), ("result 2", False), ("result 3", False)] == results


async def test_a_failed_run_is_tried_anew() -> None:
    coalescer, failing, working = Coalescer(), Work(error=KeyError("once")), Work()
    failing.done.set()
    working.done.set()
    with pytest.raises(KeyError):
        await coalescer.run("key", failing)

    assert ("result 1", False) == await coalescer.run("key", working)


async def test_work_may_ask_for_another_key() -> None:
    coalescer, inner = Coalescer(), Work()
    inner.done.set()

    async def outer() -> str:
        result, _ = await coalescer.run("inner", inner)
        return f"outer of {result}"

    assert ("outer of result 1", False) == await coalescer.run("outer", outer)


async def test_there_is_a_bound() -> None:
    coalescer, work = Coalescer(max_runs=1), Work()
    first = asyncio.create_task(coalescer.run("a", work))
    await turns()
    with pytest.raises(CoalescerFull):
        await coalescer.run("b", work)
    joined = asyncio.create_task(coalescer.run("a", work))
    work.done.set()

    assert [("result 1", False), ("result 1", True)] == [await first, await joined]


async def test_closing_waits_for_the_work() -> None:
    coalescer, work = Coalescer(), Work()
    waiter = asyncio.create_task(coalescer.run("key", work))
    await turns()
    closing = asyncio.create_task(coalescer.close(grace_seconds=30))
    await turns()
    work.done.set()
    await closing

    assert ("result 1", False) == await waiter
    with pytest.raises(RunAbandoned):
        await coalescer.run("key", work)


async def test_closing_gives_up_late_work_but_cancels_no_waiter() -> None:
    coalescer, work = Coalescer(), Work()
    waiters = [asyncio.create_task(coalescer.run("key", work)) for _ in range(3)]
    await turns()
    await coalescer.close(grace_seconds=0.01)
    results = await asyncio.gather(*waiters, return_exceptions=True)

    assert [RunAbandoned] * 3 == [type(result) for result in results]
    assert work.finished == 0


async def test_a_waiter_cancelled_together_with_the_work_is_cancelled() -> None:
    coalescer, work = Coalescer(), Work()
    waiter = asyncio.create_task(coalescer.run("key", work))
    await turns()
    closing = asyncio.create_task(coalescer.close(grace_seconds=0))
    await turns(1)
    waiter.cancel()
    await closing
    await asyncio.wait({waiter})

    assert waiter.cancelled()
