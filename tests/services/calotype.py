"""A real `calotype serve`, started as a user would, for tests that speak HTTP."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.services import commands

CALOTYPE = Path(sys.executable).with_name("calotype")
DATABASE = "calotype.db"
_START_SECONDS = 60.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    """Status, headers (by lower-case name) and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)["error"]
        return found


@dataclass
class Server:
    """One running `calotype serve`."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        """One request; an error status is an answer like any other."""
        request = urllib.request.Request(self.url + path, headers=dict(headers or {}), method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _lower(error.headers), error.read())

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all lines that carry these labels."""
        total = 0.0
        for line in self.get("/-/metrics").body.decode().splitlines():
            head, _, value = line.rpartition(" ")
            if head.partition("{")[0] == name and all(f'{k}="{v}"' in head for k, v in labels.items()):
                total += float(value)
        return total

    def run(self, *arguments: str) -> str:
        """What a command says that is run beside the server, on the same settings."""
        done = commands.run(*arguments, folder=self.data_dir, environment=self.environment)
        if done.returncode:
            raise RuntimeError(f"calotype {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the server, wait for it; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@cache
def empty_database() -> Path:
    """Made once: to bring one up to date takes half a second."""
    folder = Path(tempfile.mkdtemp(prefix="calotype-database-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CALOTYPE_")}
    environment["CALOTYPE_DATA_DIR"] = str(folder)
    subprocess.run([CALOTYPE, "db", "upgrade"], env=environment, cwd=folder, check=True, capture_output=True)
    return folder / DATABASE


@contextlib.contextmanager
def serving(data_dir: Path, *, first: bool = False, **environment: str) -> Iterator[Server]:
    """Run `calotype serve` until the block ends, on a free port if they name none; settings by their
    environment names. Unless it is to be a `first` start, there is an empty database already."""
    port = int(environment.get("CALOTYPE_SERVER__PORT") or free_port())
    data_dir.mkdir(parents=True, exist_ok=True)
    if not first and not (data_dir / DATABASE).exists():
        shutil.copy(empty_database(), data_dir / DATABASE)
    log = data_dir / f"serve-{port}.log"
    settings = {
        "CALOTYPE_DATA_DIR": str(data_dir),
        "CALOTYPE_SERVER__PORT": str(port),
        "CALOTYPE_RENDER__WORKERS": "1",
        # What it is made of would depend on when it is asked for.
        "CALOTYPE_RENDER__MEZZANINE__ENABLED": "false",
        **environment,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CALOTYPE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [CALOTYPE, "serve"],
            env=inherited | settings,
            # Not the checkout: its config.yaml must not leak into tests.
            cwd=data_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, data_dir, log, settings)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        # Said once every HTTP process is up; any one of them would answer /-/ready before.
        if "Calotype serves on" in server.log.read_text(errors="replace"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"calotype serve did not start:\n{server.log.read_text(errors='replace')[-4000:]}")
