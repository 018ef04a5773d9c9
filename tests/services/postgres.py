"""A real PostgreSQL for the tests, from Debian's or anyone's server binaries, on a unix socket."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.services import children

_START_SECONDS = 30
_numbers = count(1)
WITHOUT = "CALOTYPE_TEST_WITHOUT_POSTGRES"


def postgres_binary(name: str) -> str | None:
    """The path of `initdb` or `postgres`: on the PATH, else Debian's newest."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


@contextmanager
def postgres_running() -> Iterator[Path]:
    """Start a server in a temporary folder; yields the folder of its unix socket."""
    initdb, postgres = postgres_binary("initdb"), postgres_binary("postgres")
    if initdb is None or postgres is None:
        raise RuntimeError(
            "no PostgreSQL server binaries found: `apt-get install postgresql`, "
            f"or set {WITHOUT}=1 to leave these tests out"
        )
    # Not pytest's folder: the path of a unix socket has room for 107 bytes, and root's folders are closed.
    with tempfile.TemporaryDirectory(prefix="calotype-pg-") as name:
        folder = Path(name)
        user = _owner(folder)
        data = folder / "data"
        _run_initdb(initdb, data, user)
        options = {"fsync": "off", "listen_addresses": "", "unix_socket_directories": name}
        command = [postgres, "-D", str(data), *(f"-c{key}={value}" for key, value in options.items())]
        process = children.start(command, log=folder / "log", user=user)
        try:
            _wait_until_up(folder, process)
            yield folder
        finally:
            process.send_signal(signal.SIGINT)  # SIGTERM would wait for everybody to leave
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _owner(folder: Path) -> str | None:
    """Whom the server runs as: PostgreSQL refuses root, so root lends the folder to somebody else."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    return user


def _run_initdb(initdb: str, data: Path, user: str | None) -> None:
    command = [
        initdb,
        "-D",
        str(data),
        "-U",
        "calotype",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=data.parent, user=user, check=False)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")


def _wait_until_up(folder: Path, process: subprocess.Popen[bytes]) -> None:
    ready = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready.exists() and ready.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not come up: {(folder / 'log').read_text()[-2000:]}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """One real PostgreSQL for the whole run, as the folder of its socket."""
    if os.environ.get(WITHOUT) == "1" and postgres_binary("postgres") is None:
        pytest.skip(f"no PostgreSQL here, and {WITHOUT}=1 says that is meant")
    with postgres_running() as folder:
        yield folder


@pytest.fixture
def postgres_url(postgres_server: Path) -> str:
    """The URL of a fresh database of this test's own."""
    name = f"test_{next(_numbers)}"
    with ThreadPoolExecutor(1) as pool:  # the test's own loop may be running in this thread
        pool.submit(asyncio.run, create_database(postgres_server, name)).result()
    return f"postgresql://calotype@/{name}?host={postgres_server}"


async def create_database(server: Path, name: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(host=str(server), user="calotype", database="postgres")
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
