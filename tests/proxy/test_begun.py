"""A worker that is dead before it begins costs no job; one that dies of its job is not given it again."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from proxy.render_process import RenderProcess
from proxy.renderer import RenderPool, WorkerDied
from tests.services.render_pool import MakePool, do, pid_of, running, told, until


def pids_of(pool: RenderPool) -> list[int]:
    return [worker.pid for worker in pool._staff._workers]


def kill_at_once(pids: list[int]) -> None:
    """Kill, and block the loop until they are dead: it has no chance to be told."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    ended = time.monotonic() + 20
    while any(map(running, pids)) and time.monotonic() < ended:
        time.sleep(0.005)


@pytest.mark.parametrize("workers", [1, 3])
async def test_workers_killed_while_idle_cost_no_job(make_pool: MakePool, workers: int) -> None:
    pool = await make_pool(workers=workers)
    for _ in range(3):
        await until(lambda: pool.alive == workers)
        kill_at_once(pids_of(pool))
        bodies = await asyncio.gather(*(do(pool, "echo", data=b"%d" % n) for n in range(5)))
        assert [b"0", b"1", b"2", b"3", b"4"] == [each.body for each in bodies]

    assert {"died": 3 * workers} == pool.restarts


async def test_a_worker_that_dies_between_the_look_and_the_question(
    make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it died just after it was found alive: the job is lost on the way, and asked again."""
    monkeypatch.setattr(RenderProcess, "gone", property(lambda self: False))
    pool = await make_pool(workers=2)
    victim = pool._staff._idle[0].pid
    kill_at_once([victim])
    data = os.urandom(1 << 20) * 8

    assert data == (await do(pool, "echo", data=data)).body
    assert {"died": 1} == pool.restarts


async def test_a_job_that_finds_two_dead_workers_is_answered(
    make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RenderProcess, "gone", property(lambda self: False))
    pool = await make_pool(workers=2)
    kill_at_once(pids_of(pool))

    assert b"x" == (await do(pool, "echo", data=b"x")).body
    assert {"died": 2} == pool.restarts


async def test_a_job_that_kills_its_worker_is_not_given_to_another(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2)
    with pytest.raises(WorkerDied) as caught:
        await do(pool, "signal", signal.SIGKILL)

    assert "SIGKILL" == caught.value.how
    assert {"died": 1} == pool.restarts


async def test_a_worker_killed_at_its_job_fails_that_job_alone(make_pool: MakePool) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    job = asyncio.create_task(told(pool, "sleep", 60))
    await until(lambda: pool.busy == 1)
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerDied):
        await job

    assert {"died": 1} == pool.restarts
    assert await pid_of(pool)
