"""A server's life: it starts cleanly, survives the loss of its parts, and stops without cutting off."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.edge.conftest import put_originals
from tests.services.calotype import CALOTYPE, Server, free_port, serving


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    put_originals(tmp_path / "originals")
    return tmp_path


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two HTTP processes, for what it is to outlive; other modules lie in its working folder."""
    folder = tmp_path_factory.mktemp("durable")
    put_originals(folder / "originals")
    for name in ("queue", "secrets", "proxy"):
        (folder / f"{name}.py").write_text("raise SystemExit('not ours')")
    with serving(folder, CALOTYPE_SERVER__WORKERS="2", CALOTYPE_RENDER__WORKERS="2") as server:
        yield server


def children(pid: int) -> list[int]:
    """Every process below `pid`."""
    found = []
    # A process may end while we look.
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (thread / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def named(server: Server, name: str) -> list[int]:
    """The processes below the server whose command line has `name` in it."""
    return [p for p in children(server.process.pid) if name in command_line(p)]


def command_line(pid: int) -> str:
    """The command line of a process; empty when it has just ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def eventually(check: object, seconds: float = 15.0) -> None:
    """Wait until `check()` is true."""
    assert callable(check)
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def status(server: Server) -> str:
    return str(json.loads(server.get("/-/ready").body)["status"])


def test_what_lies_in_the_working_folder_hides_no_module(durable: Server) -> None:
    assert 200 == durable.get("/w_100/cat.jpg").status


def test_valkey_lost_is_not_noticed_by_clients_and_it_comes_back(durable: Server) -> None:
    durable.get("/w_100/cat.jpg")
    (valkey,) = named(durable, "valkey-server")
    os.kill(valkey, signal.SIGKILL)
    answers = [durable.get(f"/w_{width}/cat.jpg").status for width in range(100, 120)]
    eventually(lambda: status(durable) == "ready")

    assert [200] * 20 == answers
    assert durable.get("/w_300/cat.jpg").status == 200


def test_without_any_redis_pictures_are_served_and_ready_says_degraded(originals: Path) -> None:
    with serving(originals, CALOTYPE_REDIS__URL="redis://127.0.0.1:1/0") as server:
        made = server.get("/w_100/cat.jpg")
        again = server.get("/w_100/cat.jpg")
        ready = json.loads(server.get("/-/ready").body)

        assert (200, 200) == (made.status, again.status)
        assert again.headers["cache-status"] == "calotype; hit; detail=memory"
        assert ("degraded", ["redis"]) == (ready["status"], ready["degraded"])


def test_a_render_worker_killed_is_replaced(durable: Server) -> None:
    durable.get("/w_130/cat.jpg")
    killed = set(named(durable, "proxy.render_worker"))
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: len(set(named(durable, "proxy.render_worker")) - killed) == 2)

    assert 200 == durable.get("/w_131/cat.jpg").status


def test_an_http_process_killed_is_replaced(durable: Server) -> None:
    before = set(named(durable, "proxy.web"))
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(set(named(durable, "proxy.web")) - before) == 1)
    eventually(lambda: len(named(durable, "proxy.render_worker")) >= 2)

    assert durable.get("/w_132/cat.jpg").status == 200


def test_a_render_in_flight_is_finished_before_the_server_stops(originals: Path) -> None:
    with serving(originals) as server, ThreadPoolExecutor(4) as pool:
        paths = ("/w_3000,h_3000,c_fill,f_avif/cat", "/w_2500,f_webp/cat", "/w_2400,f_png/cat")
        asked = [pool.submit(server.get, path) for path in paths]
        time.sleep(0.15)
        exit_status = server.stop()

        assert [200, 200, 200] == [answer.result(60).status for answer in asked]
        assert 0 == exit_status
        assert [] == named_anywhere(server.data_dir)


def named_anywhere(data_dir: Path) -> list[int]:
    """Processes that still name the data folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_text()
            except OSError:
                continue
            if str(data_dir) in line:
                found.append(int(entry.name))
    return found


def test_ctrl_c_stops_it_too(originals: Path) -> None:
    with serving(originals) as server:
        assert 0 == server.stop(signal.SIGINT)


def test_a_signal_during_the_start_stops_it_too(tmp_path: Path) -> None:
    environment = {"CALOTYPE_DATA_DIR": str(tmp_path), "CALOTYPE_SERVER__PORT": str(free_port())}
    with subprocess.Popen([CALOTYPE, "serve"], env=os.environ | environment, cwd=tmp_path) as process:
        # The first thing it starts: neither the database nor an HTTP process is there yet.
        eventually((tmp_path / "valkey" / "valkey.sock").exists)
        process.terminate()

        assert 0 == process.wait(20)


def test_a_killed_server_leaves_nothing_running(originals: Path) -> None:
    with serving(originals) as server:
        below = children(server.process.pid)
        server.stop(signal.SIGKILL)

        assert len(below) >= 3
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_a_second_server_on_the_port_is_told_so(durable: Server, tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"cannot listen on .*Address already in use"),
        serving(tmp_path / "second", CALOTYPE_SERVER__PORT=str(durable.port)),
    ):
        pass

    assert durable.get("/-/live").status == 200


def test_a_deadline_kills_the_render_and_is_remembered(originals: Path) -> None:
    with serving(originals, CALOTYPE_RENDER__DEADLINE_SECONDS="0.3") as server:
        first = server.get("/w_6000,h_6000,c_fill,f_png/cat")
        second = server.get("/w_6000,h_6000,c_fill,f_png/cat")
        small = server.get("/w_50/cat.jpg")

        assert [504, 504] == [first.status, second.status]
        assert first.error["code"] == "render_timeout"
        assert 1 == server.metric("calotype_renders_total", outcome="render_timeout")
        assert small.status == 200


def test_a_full_queue_says_come_back(originals: Path) -> None:
    busy = {"CALOTYPE_RENDER__WORKERS": "1", "CALOTYPE_RENDER__QUEUE": "1"}
    with serving(originals, **busy) as server, ThreadPoolExecutor(12) as pool:
        server.get("/w_50/cat.jpg")
        answers = list(pool.map(server.get, [f"/w_{2000 + n},f_webp/cat" for n in range(12)]))
        refused = [answer for answer in answers if answer.status == 503]

        assert {200, 503} == {answer.status for answer in answers}
        assert all(1 <= int(answer.headers["retry-after"]) <= 5 for answer in refused)
        assert {"no-store"} == {answer.headers["cache-control"] for answer in refused}


def test_a_picture_stands_in_for_errors_where_one_is_configured(originals: Path) -> None:
    placeholder = originals / "originals" / "logo.png"
    with serving(originals, CALOTYPE_DELIVERY__PLACEHOLDER=str(placeholder)) as server:
        image = server.get("/w_5/none", {"Accept": "image/avif,image/webp,*/*;q=0.8"})
        page = server.get("/w_5/none", {"Accept": "text/html,*/*;q=0.8"})

        assert (404, "image/png") == (image.status, image.headers["content-type"])
        assert placeholder.read_bytes() == image.body
        assert (404, "not_found") == (page.status, page.error["code"])
        assert "Accept" == image.headers["vary"] == page.headers["vary"]


def test_a_second_signal_does_not_wait(originals: Path) -> None:
    slow = {"CALOTYPE_RENDER__DEADLINE_SECONDS": "60", "CALOTYPE_RENDER__LIMITS__MAX_OUTPUT_SIDE": "9000"}
    with serving(originals, **slow) as server, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.get, "/w_6300,h_6300,c_fill,f_gif/cat")
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.8)
        waiting = server.process.poll() is None
        server.stop()

        assert waiting
        with pytest.raises((OSError, http.client.HTTPException)):
            asked.result(30)


def test_a_client_that_leaves_does_not_disturb_the_next(durable: Server) -> None:
    before = durable.metric("calotype_renders_total")
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", durable.port)) as hasty:
            hasty.sendall(b"GET /w_700,f_webp/cat HTTP/1.1\r\nHost: x\r\n\r\n")

    assert durable.get("/w_700,f_webp/cat").status == 200
    assert before + 1 == durable.metric("calotype_renders_total")
