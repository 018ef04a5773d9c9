"""Calotype as a user starts it, and the small programs it is compared with."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks import processes
from benchmarks.machine import ROOT

_CALOTYPE = Path(sys.executable).with_name("calotype")
_START_SECONDS = 60.0
_STOP_SECONDS = 40.0
_ANSWER_SECONDS = 60.0
_KEPT_SECONDS = 3.0
"""Then a client connects anew: some of the peers close what has been idle for five seconds."""

HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the seconds from the request to its last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Server:
    """An HTTP server that runs: Calotype with its processes, or the bare one."""

    pid: int
    port: int

    def cpu_seconds(self) -> dict[str, float]:
        """CPU used so far by all its processes, by role."""
        return processes.cpu_seconds(self.pid)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all lines that carry these labels."""
        total = 0.0
        for line in get(self, "/-/metrics").body.decode().splitlines():
            head, _, value = line.rpartition(" ")
            if head.partition("{")[0] == name and all(f'{k}="{v}"' in head for k, v in labels.items()):
                total += float(value)
        return total


class Client:
    """One kept connection that asks one thing at a time, as cheaply as the standard library can."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(HERE, server.port, timeout=_ANSWER_SECONDS)
        self._connect()

    def _connect(self) -> None:
        self._connection.connect()
        assert self._connection.sock is not None
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used = time.monotonic()

    def get(self, path: str) -> Answer:
        """Any status is an answer. OSError when there is none."""
        if time.monotonic() - self._used > _KEPT_SECONDS:
            self._connection.close()
            self._connect()
        try:
            return self._get(path)
        finally:
            self._used = time.monotonic()

    def _get(self, path: str) -> Answer:
        started = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - started
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body, seconds)

    def picture(self, path: str) -> Answer:
        """A 200; RuntimeError with the server's words for anything else."""
        answer = self.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.body[:300].decode(errors='replace')}")
        return answer

    def close(self) -> None:
        self._connection.close()


def get(server: Server, path: str) -> Answer:
    """One request on a connection of its own."""
    with contextlib.closing(Client(server)) as client:
        return client.get(path)


@contextlib.contextmanager
def calotype(
    folder: Path,
    originals: Mapping[str, bytes],
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    cores: Sequence[int] | None = None,
) -> Iterator[Server]:
    """`calotype serve` over `originals` (bytes by file name) until the block ends.

    `folder` becomes its data folder; `settings` are those of the environment without the CALOTYPE_ before
    them; `cores` are all that its processes may use.
    """
    for name, data in originals.items():
        path = folder / "originals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    port = free_port()
    # Unless it is what a group measures, all variants of an original shall cost the same.
    plain = {"RENDER__MEZZANINE__ENABLED": "false"}
    told = {"DATA_DIR": str(folder), "SERVER__PORT": str(port)} | plain | dict(settings)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CALOTYPE_")}
    environment |= {f"CALOTYPE_{name}": value for name, value in told.items()}
    log = folder / "serve.log"
    with log.open("wb") as output, on_cores(cores):
        process = subprocess.Popen(
            (_CALOTYPE, "serve"),
            env=environment,
            cwd=folder,  # not the checkout, whose config.yaml is somebody's own
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(process.pid, port)
        _wait_until_ready(process, server, log)
        yield server
    finally:
        stop(process)


@contextlib.contextmanager
def bare(bodies: Mapping[str, tuple[str, bytes]], *, cores: Sequence[int] | None = None) -> Iterator[Server]:
    """A plain aiohttp server that answers these paths from a dict of (content type, body)."""
    with program("benchmarks.bare", cores=cores) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(pickle.dumps(dict(bodies)))
        process.stdin.flush()
        yield Server(process.pid, int(process.stdout.readline()))


class Renderer:
    """A process that renders with nothing around it, at the server's own settings; see `bare_renders`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def render(
        self, how: str, original: Path, *, format: str, width: int, quality: int, kept: Path | None = None
    ) -> dict[str, Any]:
        """One render by `bare` pyvips or by the `core`: its `ms`, `cpu_ms`, `bytes`, `width` and `height`.

        The picture itself is written to `kept`, if that is given.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        job = {"how": how, "original": str(original), "format": format, "width": width, "quality": quality}
        job |= {} if kept is None else {"kept": str(kept)}
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the renderer died; its message stands above")
        told: dict[str, Any] = json.loads(answer)
        return told


@contextlib.contextmanager
def renderer() -> Iterator[Renderer]:
    """A `Renderer` until the block ends."""
    with program("benchmarks.bare_renders") as process:
        yield Renderer(process)


@contextlib.contextmanager
def program(module: str, *, cores: Sequence[int] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """One of our modules as a process that ends with the block; it also ends when its input does."""
    with on_cores(cores):
        process = subprocess.Popen(
            (sys.executable, "-m", module), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    try:
        yield process
    finally:
        stop(process)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()


def scratch(folder: Path, name: str) -> Path:
    """A new folder for one server."""
    path = folder / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


@contextlib.contextmanager
def on_cores(cores: Sequence[int] | None) -> Iterator[None]:
    """Whatever is started in the block inherits these cores; None leaves them as they are."""
    usual = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, usual if cores is None else cores)
        yield
    finally:
        os.sched_setaffinity(0, usual)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if get(server, "/-/ready").status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"calotype serve did not start:\n{log.read_text(errors='replace')[-3000:]}")


def connects(port: int) -> bool:
    """Whether anybody listens there."""
    try:
        socket.create_connection((HERE, port), timeout=1).close()
    except OSError:
        return False
    return True


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and make it end if it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
