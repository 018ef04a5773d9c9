"""Render workers as a client sees them: what stands around them, and what their deaths cost."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proxy.sandbox import landlock, seccomp
from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one render worker."""
    folder = tmp_path_factory.mktemp("workers")
    put_originals(folder / "originals")
    with serving(folder, CALOTYPE_RENDER__WORKERS="1") as server:
        yield server


def workers(server: Server) -> list[int]:
    """The process ids of the render workers, which are children of the HTTP process."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if b"render_worker" in (entry / "cmdline").read_bytes():
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if _parent(parent) == server.process.pid:
                    found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def eventually(condition: Callable[[], bool]) -> None:
    ended = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ended, "it never happened"
        time.sleep(0.02)


def busy_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def killed_at_it(server: Server, width: int) -> Answer:
    """The answer to a request whose worker is killed in the middle of it."""
    # The worker is there and warm when it has done something.
    assert 200 == server.get(f"/w_{width % 1000 + 100}/cat.jpg").status
    (worker,) = workers(server)
    before = busy_seconds(worker)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.get, f"/w_{width},h_{width},c_fill,f_avif/wide.jpg")
        eventually(lambda: busy_seconds(worker) > before + 0.2)
        os.kill(worker, signal.SIGKILL)
        return answer.result(60)


def test_ready_tells_what_stands_around_the_workers(alone: Server) -> None:
    ready = json.loads(alone.get("/-/ready").body)
    layers = {layer.partition(":")[0] for layer in ready["sandbox"]}
    kernel = {"rlimits": True, "landlock": landlock.abi() > 0, "seccomp": seccomp.available()}
    here = {layer for layer, there in kernel.items() if there}

    assert here == layers
    assert ("ok" == ready["checks"]["sandbox"]) == (len(here) == 3)
    eventually(lambda: alone.metric("calotype_render_sandbox", layer="rlimits") == 1)


def test_workers_killed_while_idle_cost_no_request(alone: Server) -> None:
    assert 200 == alone.get("/w_31/cat.jpg").status
    statuses = []
    for width in range(32, 37):
        eventually(lambda: len(workers(alone)) == 1)
        os.kill(workers(alone)[0], signal.SIGKILL)
        statuses.append(alone.get(f"/w_{width}/cat.jpg").status)

    assert [200] * 5 == statuses


def test_an_original_that_two_workers_died_of_is_refused_at_once(alone: Server) -> None:
    died = [killed_at_it(alone, width) for width in (3001, 3002)]
    other = alone.get("/w_52/cat.jpg")
    before = workers(alone)
    refused = [alone.get(path) for path in ("/w_50/wide.jpg", "/w_51,f_png/wide.jpg")]

    assert [(422, "render_crashed")] * 2 == [(each.status, each.error["code"]) for each in died]
    assert [(422, "poisoned")] * 2 == [(each.status, each.error["code"]) for each in refused]
    assert 200 == other.status
    assert 2 == alone.metric("calotype_poison_total", event="refused")
    assert 1 == alone.metric("calotype_poison_total", event="poisoned")
    assert before == workers(alone)
