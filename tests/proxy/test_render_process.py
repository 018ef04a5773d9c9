"""One worker: how it may end, what it may do, and that it never survives its server."""

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
from pathlib import Path

import pytest

from proxy.render_process import worker_environment
from proxy.renderer import RenderFailed, RenderTimeout, WorkerDied
from tests.proxy.render_jobs import ROOT
from tests.services.render_pool import MakePool, do, pid_of, running, told, until


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
    # Else the kernel may share the cores between us and our workers as between strangers.
    assert os.getsid(0) == facts["session"]
    assert 5 >= len(facts["descriptors"])
    assert [3 << 30, 3 << 30] == facts["limits"]["RLIMIT_AS"]
    assert [0, 0] == facts["limits"]["RLIMIT_CORE"]
    assert [0, 0] == facts["limits"]["RLIMIT_FSIZE"]
    assert 64 == facts["limits"]["RLIMIT_NOFILE"][1]
    assert 1 == facts["privileges given up"]


def test_the_environment_keeps_what_libvips_was_told() -> None:
    given = {"PATH": "/bin", "VIPS_MAX_COORD": "5", "VIPS_CONCURRENCY": "8", "TOKEN": "t", "PYTHONPATH": "/x"}

    actual = worker_environment(given)
    expected = {"PATH", "VIPS_MAX_COORD", "VIPS_CONCURRENCY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}

    assert expected | {"FONTCONFIG_FILE", "GLIBC_TUNABLES"} == set(actual)
    assert ("5", "1") == (actual["VIPS_MAX_COORD"], actual["VIPS_CONCURRENCY"])


def test_huge_pages_are_asked_for_unless_told_otherwise() -> None:
    told = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"}
    actual = [worker_environment(given)["GLIBC_TUNABLES"] for given in ({}, told)]

    assert ["glibc.malloc.hugetlb=1", "glibc.malloc.hugetlb=0"] == actual


async def test_a_worker_writes_no_files(make_pool: MakePool, tmp_path: Path) -> None:
    pool = await make_pool()
    with pytest.raises(RenderFailed):
        await do(pool, "write", str(tmp_path / "file"))

    assert not (tmp_path / "file").exists() or not (tmp_path / "file").stat().st_size


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


def busy_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")
