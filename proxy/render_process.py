"""One render worker as the server sees it: a process to start, ask, weigh and kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

from proxy.render_log import WorkerLog
from proxy.renderer_errors import NotBegun, WorkerDied
from proxy.sandbox import rlimits
from proxy.wire import (
    BEGUN,
    PREFIX_BYTES,
    Answer,
    Ready,
    WireError,
    WorkerLimits,
    checked_lengths,
    decode_answer,
    encode_request,
    prefix,
)
from transforms.fonts import CONFIGURATION

ROOT = str(Path(__file__).resolve().parent.parent)
"""Where our packages lie."""
# Isolated from PYTHON* variables, the home and the working directory. Our root goes to the end of the path:
# nothing lying beside us may hide a module of the standard library.
COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import sys; sys.path.append({ROOT!r}); from proxy.render_worker import main; main()",
)
"""Starts a worker; the descriptor of its socket is appended."""

NICENESS = 10
"""Of every worker: whoever answers requests goes first."""

_INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "GLIBC_TUNABLES",
)
# Past any plan within the limits (an animation is one tall strip), short of what libvips would try.
_MAX_COORDINATE = 1_000_000
# A picture takes up megabytes, and pages of two of them save a tenth of a progressive JPEG's CPU. Read by
# glibc from 2.35 on; the kernel gives them where its transparent_hugepage says `madvise` or `always`.
_HUGE_PAGES = "glibc.malloc.hugetlb=1"
_UNLESS_TOLD = {
    "VIPS_MAX_COORD": str(_MAX_COORDINATE),
    "FONTCONFIG_FILE": CONFIGURATION,
    "GLIBC_TUNABLES": _HUGE_PAGES,
}
# One worker a core is enough; those of a numerical library would each take address space besides.
_ONE_THREAD = dict.fromkeys(("VIPS_CONCURRENCY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_DEATH_SECONDS = 1.0
_PAGE_BYTES = resource.getpagesize()


def worker_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The little of our environment that a worker may see: no credentials, no addresses."""
    kept = {k: v for k, v in inherited.items() if k in _INHERITED or k.startswith("VIPS_")}
    return _UNLESS_TOLD | kept | _ONE_THREAD


class RenderProcess:
    """A worker that has said it is ready. One question at a time."""

    # Not asyncio's own subprocess: with Python 3.11 a start cancelled at the wrong moment never ends, and
    # every child costs a thread. Here the kernel tells the loop by a descriptor, and the process id stays
    # ours until we have taken its exit status, so that a late kill cannot hit a stranger.

    def __init__(self, process: Popen[bytes], channel: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self.jobs = 0
        """Questions answered."""
        self.confined: tuple[str, ...] = ()
        """The layers of the sandbox that hold, as the worker says."""
        self.leaving: str | None = None
        """Why it is to be replaced, while its replacement starts."""
        self.relieved = False
        """Its replacement has come; it goes when its job is done."""
        self.exited: asyncio.Future[int] = loop.create_future()
        """Its exit status, or the negative number of the signal that ended it."""
        self._process = process
        self._channel = channel
        self._log = WorkerLog(process)
        self._watch = os.pidfd_open(process.pid)
        loop.add_reader(self._watch, self._take_status)

    @classmethod
    async def start(
        cls, command: Sequence[str], limits: WorkerLimits, *, timeout_seconds: float
    ) -> RenderProcess:
        """A new worker, its libraries loaded. WorkerDied if it does not get that far in time."""
        worker = cls(*_spawn(command))
        try:
            await worker._greet(limits, timeout_seconds)
        except BaseException:
            await worker.close()
            raise
        return worker

    async def _greet(self, limits: WorkerLimits, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await self.ask(encode_request("limit", limits), b"")
        except TimeoutError:
            raise WorkerDied(f"not ready after {timeout_seconds:g} s") from None
        if not isinstance(answer, Ready):
            raise WorkerDied("said something else than ready")
        self.confined = answer.confined
        self.jobs = 0

    def _take_status(self) -> None:
        asyncio.get_running_loop().remove_reader(self._watch)
        os.close(self._watch)
        self.exited.set_result(self._process.wait())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether the process has exited, even if the loop has not been told yet."""
        if self.exited.done():
            return True
        waiting = select.poll()
        waiting.register(self._watch, select.POLLIN)
        return bool(waiting.poll(0))

    def bound(self, *, seconds: float, address_space_bytes: int | None) -> None:
        """Bound what the next job may use: seconds of its deadline; memory, None for all there is."""
        # A worker that is gone is told by `ask`. Where we may not set its limits, its own hold.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            rlimits.bound_cpu(self.pid, seconds)
            rlimits.bound_memory(self.pid, address_space_bytes)

    async def ask(self, head: bytes, data: bytes) -> Answer:
        """Send a request and wait for its answer; WorkerDied if there comes none or nonsense.

        NotBegun if it was gone before it had all of the request. Cancelled, or after WorkerDied, the worker
        is of no more use and must be closed.
        """
        try:
            await self._send(head, data)
        except (OSError, EOFError) as error:
            raise NotBegun(await self._death()) from error
        try:
            answer = await self._receive()
        except WireError as error:
            raise WorkerDied(str(error)) from error
        except (OSError, EOFError) as error:
            raise WorkerDied(await self._death()) from error
        self.jobs += 1
        return answer

    async def _send(self, head: bytes, data: bytes) -> None:
        """Hand over a request, and wait for the word that all of it has come."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._channel, prefix(head, data) + head)
        if data:
            await loop.sock_sendall(self._channel, data)
        if await self._read(len(BEGUN)) != BEGUN:
            raise WorkerDied("said something else than that it begins")

    async def _receive(self) -> Answer:
        head_length, body_length = checked_lengths(await self._read(PREFIX_BYTES))
        answer_head = bytes(await self._read(head_length))
        return decode_answer(answer_head, bytes(await self._read(body_length)))

    async def _read(self, length: int) -> bytearray:
        loop = asyncio.get_running_loop()
        data = bytearray(length)
        view, done = memoryview(data), 0
        while done < length:
            count = await loop.sock_recv_into(self._channel, view[done:])
            if not count:
                raise EOFError("the worker closed its socket")
            done += count
        return data

    async def _death(self) -> str:
        """How the process ended: a signal's name, an exit status, or that it only closed its socket."""
        await asyncio.wait([self.exited], timeout=_DEATH_SECONDS)
        if not self.exited.done():
            return "closed its socket"
        status = self.exited.result()
        return signal.Signals(-status).name if status < 0 else f"exit {status}"

    def memory_bytes(self) -> int:
        """Resident now; 0 if the process is gone."""
        try:
            fields = Path(f"/proc/{self.pid}/statm").read_bytes().split()
        except OSError:
            return 0
        return int(fields[1]) * _PAGE_BYTES

    def cpu_seconds(self) -> float:
        """CPU it has used so far; 0 if it is gone."""
        try:
            # The clock of another process, as clock_getcpuclockid(3) makes its number.
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            return 0.0

    def kill(self) -> None:
        """End the worker and whatever it may have started, at once."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Kill, and wait until nothing is left."""
        self.kill()
        await asyncio.wait([self.exited])
        self._log.close()
        self._channel.close()


def _spawn(command: Sequence[str]) -> tuple[Popen[bytes], socket.socket]:
    """A process and our end of its socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        try:
            process = Popen(
                [*command, str(theirs.fileno())],
                bufsize=0,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                cwd="/",
                env=worker_environment(os.environ),
                pass_fds=(theirs.fileno(),),
                # A group: what it starts is killed with it, and no key pressed in a terminal reaches it. Not
                # a session: where the kernel shares the cores among sessions (sched(7), "The autogroup
                # feature") a process is nice to its own only, and hits took seconds beside renders.
                process_group=0,
            )
        except OSError as error:
            ours.close()
            raise WorkerDied(f"could not be started: {error}") from error
    return process, ours
