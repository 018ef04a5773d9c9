"""`calotype serve`: prepares the ground, starts what the server needs, and keeps the HTTP processes alive.

The parent serves nothing itself. It runs the embedded Valkey, brings the database up to date, starts
`server.workers` HTTP processes on one port and starts each again if it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Iterator

from origin.metadata.current import is_current
from proxy import counters, logs
from proxy.config import Settings
from proxy.orders import READY, Orders, encode, listening_socket
from proxy.reload import Reread, reloaded
from proxy.samples import put_samples
from proxy.valkey import EmbeddedValkey, ValkeyStartError

logger = logging.getLogger(__name__)

_RESTART_SECONDS = (0.1, 1.0, 5.0)
_START_SECONDS = 30.0
_RULE = "*" * 80
_HTTP_PROCESS = "import gc; gc.disable(); from proxy.web import main; main()"
"""What is loaded stays; to look through it for cycles again and again took a tenth of the start."""


class CannotStart(Exception):
    """Something the server cannot do without is missing; the message says what to mend."""


def serve(settings: Settings, reread: Reread) -> int:
    """Serve until SIGTERM or SIGINT; `reread` the settings on SIGHUP. Returns the exit status."""
    logs.configure(level=settings.log.level, format=settings.log.format)
    try:
        return asyncio.run(Supervisor(settings, reread).run())
    except CannotStart as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1


class Supervisor:
    """Keeps the HTTP processes alive."""

    def __init__(self, settings: Settings, reread: Reread) -> None:
        self._settings = settings
        self._reread = reread
        self._stop = asyncio.Event()
        self._processes: dict[int, Process] = {}
        self._redis_url = settings.redis.url

    async def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._heed)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reload)
        with self._reserved_port():
            samples = self._prepare_folders()
            counters.prepare(self._settings.data_dir / "metrics")
            async with contextlib.AsyncExitStack() as stack:
                await self._start_redis(stack)
                await self._migrate()
                if not self._stop.is_set():
                    await self._serve(samples)
        return 0

    async def _serve(self, samples: list[str]) -> None:
        """Start the HTTP processes, keep them until we are told to stop, then stop them."""
        try:
            first = [await self._spawn(number) for number in range(self._settings.server.process_count)]
            await self._until_ready(first)
            if not self._stop.is_set():
                self._warn()
                self._announce(samples)
            await asyncio.gather(*(self._keep(number, process) for number, process in enumerate(first)))
        finally:
            if not self._stop.is_set():
                self._heed()
            await asyncio.gather(*(process.wait() for process in self._processes.values()))

    @contextlib.contextmanager
    def _reserved_port(self) -> Iterator[None]:
        """Holds the port for our processes: bound, never listening.

        A plain bind comes first. Sharing is open to every process of this user, so without it a second
        `calotype serve` would quietly take half of the first one's requests.
        """
        host, port = self._settings.server.host, self._settings.server.port
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
            held = listening_socket(host, port)
        except OSError as error:
            raise CannotStart(
                f"cannot listen on {host}:{port}: {error.strerror}. Another server may have the port; "
                f"choose one with --port or CALOTYPE_SERVER__PORT"
            ) from error
        with held:
            yield

    def _prepare_folders(self) -> list[str]:
        """Make the data folder, put samples into an empty default one; the paths worth trying."""
        try:
            self._settings.data_dir.mkdir(parents=True, exist_ok=True)
            return put_samples(self._settings)
        except OSError as error:
            raise CannotStart(f"cannot write to {self._settings.data_dir}: {error.strerror}") from error

    async def _start_redis(self, stack: contextlib.AsyncExitStack) -> None:
        if self._settings.redis.url:
            return
        directory = self._settings.data_dir.resolve() / "valkey"
        embedded = EmbeddedValkey(directory, max_memory_bytes=self._settings.redis.embedded_memory_bytes)
        try:
            await embedded.start()
        except ValkeyStartError as error:
            raise CannotStart(str(error)) from error
        stack.push_async_callback(embedded.stop)
        watch = asyncio.create_task(embedded.supervise(), name="watch over valkey")
        stack.callback(watch.cancel)
        self._redis_url = embedded.url

    async def _migrate(self) -> None:
        if is_current(self._settings.database_url):
            return
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "origin.metadata.migrate"),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate(self._settings.database_url.encode())
        if process.returncode:
            reason = said.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise CannotStart(f"cannot open the metadata database: {reason[-1]}")

    async def _keep(self, number: int, process: Process) -> None:
        """Start HTTP process `number` again whenever it dies, until we are told to stop."""
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            status = await process.wait()
            counters.process_gone(process.pid)
            if self._stop.is_set():
                return
            lived = asyncio.get_running_loop().time() - started
            failures = failures + 1 if lived < _START_SECONDS else 0
            logger.error("HTTP process %d ended with status %d; starting another", number, status)
            with contextlib.suppress(TimeoutError):
                pause = _RESTART_SECONDS[min(failures, len(_RESTART_SECONDS) - 1)]
                await asyncio.wait_for(self._stop.wait(), pause)
                return
            process = await self._spawn(number)

    async def _spawn(self, number: int) -> Process:
        # A session of its own: Ctrl-C in a terminal reaches the parent alone, which then stops us in order.
        # -P, here and elsewhere: a queue.py in the working folder must not pass for Python's own.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _HTTP_PROCESS),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._processes[number] = process
        assert process.stdin is not None
        process.stdin.write(encode(Orders(self._settings, self._redis_url)))
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()
        if self._stop.is_set():
            # The signal came while this one was on its way, and reached only the others.
            _terminate(process)
        return process

    async def _until_ready(self, processes: list[Process]) -> None:
        """Wait until every HTTP process answers; one that ends instead is a start that failed."""
        for process in processes:
            assert process.stdout is not None
            line = b""
            with contextlib.suppress(TimeoutError):
                line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            if line != READY and not self._stop.is_set():
                raise CannotStart("an HTTP process did not start; its message stands above")

    def _warn(self) -> None:
        """Say what an operator should know in the log and, for people, beside it."""
        for warning in self._settings.security.warnings(self._settings.server.host):
            logger.warning("%s", warning)
            print(f"{_RULE}\ncalotype: WARNING: {warning}.\n{_RULE}", file=sys.stderr, flush=True)

    def _announce(self, samples: list[str]) -> None:
        print(f"Calotype serves on {self._settings.public_url}", flush=True)
        for path in samples:
            print(f"  try  {self._settings.public_url}{path}", flush=True)

    def _reload(self) -> None:
        """Read the settings again, and hand on what can be taken of them."""
        settings = reloaded(self._settings, self._reread)
        if settings is None:
            return
        self._settings = settings
        for process in self._processes.values():
            if process.returncode is None and process.stdin is not None:
                process.stdin.write(encode(Orders(settings, self._redis_url)))

    def _heed(self) -> None:
        """The first signal asks for an orderly stop; a second one is passed on and forces it."""
        self._stop.set()
        for process in self._processes.values():
            _terminate(process)


def _terminate(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
