from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from proxy.render_process import worker_environment
from proxy.renderer import (
    NoWorkers,
    PoolClosed,
    QueueFull,
    RenderFailed,
    RenderPool,
    RenderTimeout,
    WorkerDied,
)
from tests.proxy.render_jobs import COMMAND, ROOT
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.rendition import Rendition

MakePool = Callable[..., Awaitable[RenderPool]]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    """Starts pools whose workers do the jobs of `render_jobs`, and closes them."""
    pools: list[RenderPool] = []

    async def make(**settings: Any) -> RenderPool:
        defaults: dict[str, Any] = {"workers": 1, "queue": 8, "deadline_seconds": 20.0, "command": COMMAND}
        pools.append(RenderPool(**(defaults | settings)))
        await pools[-1].start()
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


async def do(pool: RenderPool, act: str, value: Any = None, data: bytes = b"", **settings: Any) -> Rendition:
    return await pool.render((act, value), data, **settings)  # type: ignore[arg-type]


async def told(pool: RenderPool, act: str, value: Any = None, data: bytes = b"") -> Any:
    return json.loads((await do(pool, act, value, data)).body)


async def pid_of(pool: RenderPool) -> int:
    return int((await told(pool, "sleep", 0))["pid"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen; the bound is for a broken pool."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the pool has no event for what it does by itself
            await asyncio.sleep(0.01)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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


@pytest.mark.parametrize(
    ("act", "value", "how"),
    [
        ("exit", 3, "exit 3"),
        ("exit", 0, "exit 0"),
        ("segfault", None, "SIGSEGV"),
        ("abort", None, "SIGABRT"),
        ("signal", signal.SIGKILL, "SIGKILL"),
    ],
)
async def test_a_death_costs_one_job(make_pool: MakePool, act: str, value: object, how: str) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    jobs = [do(pool, act, value), pid_of(pool)]
    died, next_pid = await asyncio.gather(*jobs, return_exceptions=True)

    assert isinstance(died, WorkerDied)
    assert how == died.how
    assert isinstance(next_pid, int)
    assert pid != next_pid
    assert {"died": 1} == pool.restarts
    assert 1 == pool.alive


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        struct.pack("!IQ", 2**32 - 1, 0),
        struct.pack("!IQ", 2, 2**40) + b"{}",
        struct.pack("!IQ", 4, 0) + b"null",
        struct.pack("!IQ", 16, 0) + b'{"kind":"ready"}',
        (lambda head: struct.pack("!IQ", len(head), 0) + head)(pickle.dumps({"kind": "ready"})),
    ],
)
async def test_nonsense_from_a_worker_ends_it(make_pool: MakePool, raw: bytes) -> None:
    pool = await make_pool()
    pid = await pid_of(pool)
    with pytest.raises(WorkerDied):
        await do(pool, "garble", raw)

    await until(lambda: not running(pid))
    assert pid != await pid_of(pool)


async def test_an_answer_that_never_ends_meets_the_deadline(make_pool: MakePool) -> None:
    pool = await make_pool()
    with pytest.raises(RenderTimeout):
        await do(pool, "garble", struct.pack("!IQ", 100, 0) + b"{", deadline_seconds=0.1)

    assert await pid_of(pool)


async def test_the_answer_to_another_question_ends_the_worker(make_pool: MakePool) -> None:
    pool = await make_pool()
    with pytest.raises(WorkerDied):
        await do(pool, "probe instead")

    assert {"died": 1} == pool.restarts


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


@pytest.mark.parametrize("act", ["echo", "refuse", "fail"])
async def test_a_worker_lets_go_of_an_original(make_pool: MakePool, act: str) -> None:
    """Else it would weigh too much for its job's sake and be replaced."""
    pool = await make_pool()
    before = await told(pool, "resident")
    await asyncio.gather(do(pool, act, "", os.urandom(1 << 20) * 50), return_exceptions=True)
    after = await told(pool, "resident")

    assert after - before < 20 << 20


async def test_a_worn_worker_serves_until_its_replacement_is_warm(make_pool: MakePool) -> None:
    pool = await make_pool(recycle_after=5)
    pids = [await pid_of(pool) for _ in range(6)]
    await until(lambda: pool.restarts == {"worn": 1})

    assert 1 == len(set(pids))
    assert pids[0] != await pid_of(pool)
    assert 1 == pool.alive


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


async def test_what_a_worker_is_allowed(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("CALOTYPE_REDIS__URL", "redis://:hush@localhost")
    pool = await make_pool(niceness=12, address_space_bytes=3 << 30)
    facts = await told(pool, "facts")

    assert "hush" not in json.dumps(facts)
    assert "1" == facts["environment"]["VIPS_CONCURRENCY"]
    assert 12 == facts["nice"]
    assert "/" == facts["folder"]
    assert facts["leader"]
    assert 5 >= len(facts["descriptors"])
    assert [3 << 30, 3 << 30] == facts["limits"]["RLIMIT_AS"]
    assert [0, 0] == facts["limits"]["RLIMIT_CORE"]
    assert [0, 0] == facts["limits"]["RLIMIT_FSIZE"]
    assert 64 == facts["limits"]["RLIMIT_NOFILE"][1]
    assert "1" == facts["privileges"]


def test_the_environment_keeps_what_libvips_was_told() -> None:
    given = {"PATH": "/bin", "VIPS_MAX_COORD": "5", "VIPS_CONCURRENCY": "8", "TOKEN": "t", "PYTHONPATH": "/x"}

    assert {"PATH": "/bin", "VIPS_MAX_COORD": "5", "VIPS_CONCURRENCY": "1"} == worker_environment(given)


async def test_a_worker_writes_no_files(make_pool: MakePool, tmp_path: Path) -> None:
    pool = await make_pool()
    with pytest.raises(RenderFailed):
        await do(pool, "write", str(tmp_path / "file"))

    assert 0 == (tmp_path / "file").stat().st_size


async def test_a_worker_takes_no_more_memory_than_it_may(make_pool: MakePool) -> None:
    pool = await make_pool(address_space_bytes=1 << 30)
    with pytest.raises(RenderFailed):
        await do(pool, "grow", 2 << 30)

    assert {} == pool.restarts


async def test_what_a_worker_mutters_is_logged_within_bounds(
    make_pool: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    pool = await make_pool()
    await do(pool, "mutter", 1000)
    await pool.close()
    lines = [record.getMessage() for record in caplog.records if "render worker" in record.getMessage()]

    assert lines[0].endswith(": line 0")
    assert 200 == len(lines)
    assert max(map(len, lines)) < 1100


async def test_uvloop_will_do(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys, uvloop
sys.path.append({ROOT!r})
from proxy.renderer import *
from tests.proxy.render_jobs import COMMAND

async def main():
    pool = RenderPool(workers=1, queue=2, deadline_seconds=0.5, command=COMMAND)
    await pool.start()
    data = b"x" * 5_000_000
    print((await pool.render(("echo", None), data)).body == data)
    for act in "segfault", "spin":
        try:
            await pool.render((act, None), b"")
        except RenderError as error:
            print(type(error).__name__)
    print(sorted(pool.restarts.items()))
    await pool.close()

uvloop.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    expected = "True\nWorkerDied\nRenderTimeout\n[('died', 1), ('timeout', 1)]\n"

    assert expected == done.stdout, done.stderr


async def test_the_workers_die_with_the_server(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
sys.path.append({ROOT!r})
from proxy.renderer import RenderPool
from tests.proxy.render_jobs import COMMAND

async def main():
    pool = RenderPool(workers=2, queue=2, deadline_seconds=60, command=COMMAND)
    await pool.start()
    print(*(worker.pid for worker in pool._staff._workers), flush=True)
    await pool.render(("spin in C", None), b"")

asyncio.run(main())
"""
    server = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None
        pids = [int(word) for word in (await asyncio.to_thread(server.stdout.readline)).split()]
        await until(lambda: any(busy_seconds(pid) > 0.3 for pid in pids))
        server.kill()

    assert 2 == len(pids)
    await until(lambda: not any(map(running, pids)))


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


def busy_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def test_the_server_does_not_load_libvips() -> None:
    code = f"import sys; sys.path.append({ROOT!r}); import proxy.renderer; print('pyvips' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout
