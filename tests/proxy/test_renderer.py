"""The pool: who is served when, and who is told what."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable
from itertools import pairwise
from pathlib import Path

import pytest

from proxy.renderer import PoolClosed, QueueFull, RenderFailed, RenderTimeout
from tests.proxy.render_jobs import ROOT
from tests.services.render_pool import MakePool, do, pid_of, running, told, until
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.rendition import Rendition


async def test_a_render_and_a_probe(make_pool: MakePool) -> None:
    pool = await make_pool()
    rendition = await do(pool, "echo", data=b"picture")
    info = await pool.probe(b"12345")
    expected = Rendition(body=b"picture", format="jpg", width=4, height=3, pages=1)

    assert expected == rendition
    assert ["decode", "queue"] == sorted(rendition.timings)
    assert ImageInfo("gif", 40, 30, pages=2, animated=True, delays=(100, 5)) == info


async def test_large_originals_and_results(make_pool: MakePool) -> None:
    pool = await make_pool()
    data = os.urandom(1 << 20) * 50
    rendition = await do(pool, "echo", data=data)

    assert data == rendition.body


async def test_an_empty_original(make_pool: MakePool) -> None:
    pool = await make_pool()

    assert "" == (await told(pool, "sleep", 0, b""))["data"]


async def test_jobs_are_done_in_order_but_probes_first(make_pool: MakePool) -> None:
    pool = await make_pool()
    order: list[str] = []

    async def note(name: str, work: Awaitable[object]) -> None:
        await work
        order.append(name)

    jobs = [note("running", do(pool, "sleep", 0.1))]
    jobs += [note(f"render {number}", do(pool, "sleep", 0)) for number in range(3)]
    jobs += [note(f"probe {number}", pool.probe(b"")) for number in range(2)]
    await asyncio.gather(*jobs)

    assert ["running", "probe 0", "probe 1", "render 0", "render 1", "render 2"] == order


async def test_one_job_a_worker_at_a_time(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2, queue=20)
    spans = await asyncio.gather(*(told(pool, "sleep", 0.02) for _ in range(10)))
    by_worker: dict[int, list[tuple[float, float]]] = {}
    for span in spans:
        by_worker.setdefault(span["pid"], []).append((span["begun"], span["ended"]))

    assert 2 == len(by_worker)
    for times in by_worker.values():
        times.sort()
        assert all(ended <= begun for (_, ended), (begun, _) in pairwise(times))


async def test_two_hundred_mixed_jobs(make_pool: MakePool) -> None:
    seen: list[tuple[str, str]] = []
    pool = await make_pool(
        workers=2, queue=200, recycle_after=40, observe=lambda kind, outcome, _: seen.append((kind, outcome))
    )
    kinds = [("echo", None), ("refuse", None), ("sleep", 0.001), ("fail", "no"), ("probe", None)]
    jobs = [
        pool.probe(b"1") if act == "probe" else do(pool, act, value, b"data") for act, value in kinds * 40
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    names = [type(result).__name__ for result in results]

    assert ["Rendition", "BrokenImage", "Rendition", "RenderFailed", "ImageInfo"] * 40 == names
    assert 200 == len(seen)
    assert {("render", "ok"), ("render", "refused"), ("render", "failed"), ("probe", "ok")} == set(seen)
    await until(lambda: pool.restarts.get("worn", 0) >= 2)


async def test_a_refusal_is_raised_as_it_was(make_pool: MakePool) -> None:
    pool = await make_pool()
    with pytest.raises(BrokenImage) as caught:
        await do(pool, "refuse")
    error = caught.value
    actual = (error.message, error.code, error.parameter, error.position, error.component)

    assert ("the\N{REPLACEMENT CHARACTER}scan ends early", "truncated", "w_1", 3, 2) == actual
    assert 1 == pool.alive
    assert {} == pool.restarts


async def test_a_fault_of_ours_is_logged_and_costs_one_job(
    make_pool: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    with pytest.raises(RenderFailed) as caught:
        await do(pool, "fail", "secret detail")

    assert "secret" not in str(caught.value)
    assert "ValueError: secret detail" in caplog.text
    assert pid == await pid_of(pool)


async def test_past_the_queue_is_refused_at_once(make_pool: MakePool) -> None:
    pool = await make_pool(queue=2)
    waiting = [asyncio.create_task(do(pool, "sleep", 0.3)) for _ in range(3)]
    await until(lambda: pool.depth == 2)
    with pytest.raises(QueueFull) as caught:
        await do(pool, "echo", data=b"late")

    assert 1 <= caught.value.retry_after_seconds <= 5
    assert 1 == pool.busy
    assert 3 == len(await asyncio.gather(*waiting))
    assert 0 == pool.depth


async def test_waiting_too_long_is_refused(make_pool: MakePool) -> None:
    pool = await make_pool(queue_timeout_seconds=0.05)
    running_job = asyncio.create_task(do(pool, "sleep", 0.5))
    await until(lambda: pool.busy == 1)
    with pytest.raises(QueueFull):
        await do(pool, "echo", data=b"late")

    assert 0 == pool.depth
    assert await running_job


@pytest.mark.parametrize("act", ["spin", "spin in C", "sleep"])
async def test_the_deadline_kills(make_pool: MakePool, act: str) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    with pytest.raises(RenderTimeout) as caught:
        await do(pool, act, 60, deadline_seconds=0.1)

    assert 0.1 == caught.value.deadline_seconds
    await until(lambda: not running(pid))
    assert pid != await pid_of(pool)
    assert {"timeout": 1} == pool.restarts


async def test_the_wait_does_not_count_to_the_deadline(make_pool: MakePool) -> None:
    pool = await make_pool(deadline_seconds=1.0)
    renditions = await asyncio.gather(*(do(pool, "sleep", 0.4) for _ in range(4)))

    assert renditions[3].timings["queue"] > 1000


async def test_a_job_abandoned_in_the_queue_is_never_begun(make_pool: MakePool, tmp_path: Path) -> None:
    pool = await make_pool()
    first = asyncio.create_task(do(pool, "sleep", 0.2))
    abandoned = asyncio.create_task(do(pool, "exit", 1))
    await until(lambda: pool.depth == 1)
    abandoned.cancel()
    await asyncio.wait([abandoned])

    assert 0 == pool.depth
    assert await first
    assert await pid_of(pool)
    assert {} == pool.restarts


async def test_a_job_abandoned_while_it_runs_runs_on(make_pool: MakePool) -> None:
    outcomes: list[str] = []
    pool = await make_pool(observe=lambda _, outcome, __: outcomes.append(outcome))
    pid = await pid_of(pool)
    abandoned = asyncio.create_task(do(pool, "sleep", 0.2))
    await until(lambda: pool.busy == 1)
    abandoned.cancel()
    await asyncio.wait([abandoned])
    assert 1 == pool.busy

    assert pid == await pid_of(pool)
    assert ["ok", "ok"] == outcomes[:2]


async def test_closing_finishes_what_is_at_hand(make_pool: MakePool) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    jobs = [asyncio.create_task(do(pool, "sleep", 0.1)) for _ in range(2)]
    await until(lambda: pool.depth == 1)
    await pool.close(grace_seconds=20)

    assert [4, 4] == [(await job).width for job in jobs]
    assert not running(pid)
    with pytest.raises(PoolClosed):
        await do(pool, "echo", data=b"late")


async def test_closing_does_not_wait_for_ever(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2)
    pids = {await pid_of(pool) for _ in range(4)}
    jobs = [asyncio.create_task(do(pool, "spin")) for _ in range(3)]
    await until(lambda: pool.depth == 1)
    await pool.close(grace_seconds=0.1)
    results = await asyncio.gather(*jobs, return_exceptions=True)

    assert ["PoolClosed"] * 3 == [type(result).__name__ for result in results]
    assert 2 == len(pids)
    assert not any(map(running, pids))
    assert 0 == pool.alive


def test_the_server_does_not_load_libvips() -> None:
    code = f"import sys; sys.path.append({ROOT!r}); import proxy.renderer; print('pyvips' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout
