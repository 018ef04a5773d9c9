"""The workers at hand: replaced when lost, relieved when worn."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.renderer import NoWorkers, RenderPool
from tests.proxy.render_jobs import ROOT
from tests.services.render_pool import MakePool, do, pid_of, running, told, until


async def test_an_idle_worker_that_dies_is_replaced(make_pool: MakePool) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: bool(pool.restarts))

    assert pid != await pid_of(pool)


async def test_a_grown_worker_is_replaced(make_pool: MakePool) -> None:
    pool = await make_pool(max_memory_bytes=100 << 20)
    small = await told(pool, "grow", 1 << 20)
    assert small == await pid_of(pool)
    large = await told(pool, "grow", 100 << 20)
    assert small == large
    await until(lambda: pool.restarts == {"grown": 1})

    assert large != await pid_of(pool)
    await until(lambda: not running(large))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("act", ["echo", "refuse", "fail"])
async def test_a_worker_lets_go_of_an_original(make_pool: MakePool, act: str) -> None:
    """Else it would weigh too much for its job's sake and be replaced."""
    pool = await make_pool()
    pid = await pid_of(pool)
    before = resident(pid)
    await asyncio.gather(do(pool, act, "", os.urandom(1 << 20) * 50), return_exceptions=True)
    assert pid == await pid_of(pool)
    after = resident(pid)

    assert after - before < 20 << 20


async def test_a_worn_worker_serves_until_its_replacement_is_warm(make_pool: MakePool) -> None:
    pool = await make_pool(recycle_after=5)
    pids = [await pid_of(pool) for _ in range(6)]
    await until(lambda: pool.restarts == {"worn": 1})

    assert 1 == len(set(pids))
    assert pids[0] != await pid_of(pool)
    assert 1 == pool.alive


async def test_closing_while_workers_are_being_replaced(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2)
    pids = {await pid_of(pool) for _ in range(4)}
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    await until(lambda: pool.restarts.get("died") == 2)
    await pool.close()

    assert 0 == pool.alive


async def test_no_worker_can_be_started(make_pool: MakePool, caplog: pytest.LogCaptureFixture) -> None:
    pool = await make_pool(command=(sys.executable, "-I", "-c", "raise SystemExit('no such codec')"))
    with pytest.raises(NoWorkers) as caught:
        await do(pool, "echo", data=b"x")

    assert 0 == pool.alive
    assert pool.restarts["start"] >= 1
    assert 1 <= caught.value.retry_after_seconds <= 5
    assert "no such codec" in caplog.text


async def test_the_program_of_the_workers_is_missing(make_pool: MakePool) -> None:
    pool = await make_pool(command=("/nonexistent/python",))
    with pytest.raises(NoWorkers):
        await pool.probe(b"x")


async def test_workers_that_never_get_ready(make_pool: MakePool) -> None:
    pool = await make_pool(
        command=(sys.executable, "-I", "-c", "import time; time.sleep(60)"), start_timeout_seconds=0.2
    )

    assert 0 == pool.alive


async def test_jobs_wait_for_workers_that_come_in_the_end(make_pool: MakePool, tmp_path: Path) -> None:
    """The first attempt fails; the pool tries again by itself, and then takes jobs."""
    flag = tmp_path / "flag"
    code = f"""
import pathlib, sys
flag = pathlib.Path({str(flag)!r})
if not flag.exists():
    flag.touch()
    sys.exit('not yet')
sys.path.append({ROOT!r})
from tests.proxy.render_jobs import main
main()
"""
    pool = await make_pool(command=(sys.executable, "-I", "-c", code))
    await until(lambda: pool.alive == 1)

    assert b"x" == (await do(pool, "echo", data=b"x")).body
    assert {"start": 1} == pool.restarts


async def test_a_pool_nobody_closed_leaves_nothing_behind() -> None:
    """The server's own start failed, say, with workers running and others on their way."""
    code = f"""
import asyncio, os, signal, sys
sys.path.append({ROOT!r})
from proxy.renderer import RenderPool
from tests.proxy.render_jobs import COMMAND

async def main():
    pool = RenderPool(workers=2, queue=2, deadline_seconds=60, command=COMMAND)
    await pool.start()
    pids = [worker.pid for worker in pool._staff._workers]
    print(*pids, flush=True)
    os.kill(pids[0], signal.SIGKILL)
    while not pool.restarts:
        await asyncio.sleep(0.001)

asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )

    assert 0 == done.returncode
    assert "Task was destroyed" not in done.stderr
    await until(lambda: not any(running(int(pid)) for pid in done.stdout.split()))


async def test_a_start_that_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        f"import os, pathlib, time; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch(); time.sleep(60)"
    )
    pool = RenderPool(workers=2, queue=1, deadline_seconds=1, command=(sys.executable, "-I", "-c", code))
    start = asyncio.create_task(pool.start())
    await until(lambda: len(pids_in(tmp_path)) == 2)
    start.cancel()
    await asyncio.wait([start])
    await pool.close()

    assert start.cancelled()
    assert not any(map(running, pids_in(tmp_path)))


def pids_in(folder: Path) -> list[int]:
    return [int(entry.name) for entry in folder.iterdir()]
