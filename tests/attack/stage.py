"""A server to attack, of our own or somebody's, and what must be as before when an attack is over."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from origin.storage.filesystem import UNFINISHED
from tests.attack.raw import ask
from tests.attack.rows import Row
from tests.edge.conftest import photograph
from tests.services.calotype import serving

PICTURE, LARGE, ORIGINAL = "/w_10/cat.jpg", "/large.jpg", "cat.jpg"
_LARGE_BYTES = 8_000_000
_MOST_GROWTH_BYTES = 128_000_000
"""What server and Valkey may hold more afterwards, by default: their caches, which are bounded to less."""
_MOST_WORKER_BYTES = 1_000_000_000
_CONTROL_SECONDS, _CONTROLS = 0.25, 20


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    folder: Path
    """Where servers of our own keep what is theirs."""
    base: str = ""
    picture: str = PICTURE
    large: str = ""
    original: str = ORIGINAL
    pid: int = 0
    mount: Path | None = None
    testsets: Path | None = None
    quick: bool = False


@dataclass(frozen=True)
class Attacked:
    """A running server. What is empty or 0 of somebody's server cannot be seen from here."""

    base: str
    picture: str = PICTURE
    large: str = ""
    original: str = ORIGINAL
    pid: int = 0
    mount: Path | None = None
    """The folder of its originals."""
    scratch: Path | None = None
    """Its folder for temporary files, and for nothing else."""
    data_dir: Path | None = None
    log: Path | None = None


@contextlib.contextmanager
def attacked(options: Options, name: str, **settings: str) -> Iterator[Attacked]:
    """The server that the options name; else one of our own, with these settings, until the block ends."""
    if options.base:
        yield Attacked(
            options.base, options.picture, options.large, options.original, options.pid, options.mount
        )
        return
    with own_server(options.folder / name, **settings) as server:
        yield server


@contextlib.contextmanager
def own_server(folder: Path, **settings: str) -> Iterator[Attacked]:
    """A server of our own, with small caches, so that what it holds says something."""
    originals, scratch = folder / "originals", folder / "scratch"
    scratch.mkdir(parents=True)
    originals.mkdir()
    # No more than that: made-up URLs are to name nothing that there is.
    photograph(800, 600).write_to_file(str(originals / ORIGINAL), Q=90)
    large = (originals / ORIGINAL).read_bytes() + os.urandom(_LARGE_BYTES)
    (originals / LARGE.strip("/")).write_bytes(large)
    given = {
        "TMPDIR": str(scratch),
        "CALOTYPE_LOG__ACCESS": "false",
        "CALOTYPE_RENDER__WORKERS": "2",
        "CALOTYPE_CACHE__MEMORY_BYTES": "32000000",
        "CALOTYPE_ORIGIN__RECENT_BYTES": "16000000",
        "CALOTYPE_REDIS__EMBEDDED_MEMORY_BYTES": "32000000",
        **settings,
    }
    with serving(folder, **given) as server:
        yield Attacked(
            server.url,
            large=LARGE,
            pid=server.process.pid,
            mount=originals,
            scratch=scratch,
            data_dir=folder,
            log=server.log,
        )


@dataclass
class Watch:
    """A server as it was before an attack."""

    server: Attacked
    most_growth_bytes: int = _MOST_GROWTH_BYTES
    settling_seconds: float = 15.0
    """How long what is under way may still have temporary files."""
    lasting: frozenset[int] = field(init=False)
    held: int = field(init=False)

    def __post_init__(self) -> None:
        # Warm: what is loaded with the first request is no growth.
        for _ in range(_CONTROLS):
            ask(self.server.base, self.server.picture)
        self.lasting, self.held = _lasting(self.server.pid), memory(self.server.pid)

    def rows(self, group: str) -> Iterator[Row]:
        """What an attack must leave as it was, so far as it can be seen from here."""
        if self.server.pid:
            yield self._processes(group)
            yield self._memory(group)
            yield self._workers(group)
        if self.server.scratch is not None:
            yield self._files(group)
        if self.server.log is not None:
            traces = self.server.log.read_text(errors="replace").count("Traceback")
            yield Row(group, "the log", "no traceback", f"{traces}", holds=not traces)
        yield self._control(group)

    def _processes(self, group: str) -> Row:
        now = _lasting(self.server.pid)
        got = "the same" if now == self.lasting else f"{len(self.lasting - now)} gone"
        return Row(group, "processes", "the same", got, holds=now == self.lasting)

    def _memory(self, group: str) -> Row:
        now = memory(self.server.pid)
        got = f"{self.held / 1e6:.0f} MB before, {now / 1e6:.0f} after"
        expected = f"grows by less than {self.most_growth_bytes / 1e6:.0f} MB"
        holds = now - self.held < self.most_growth_bytes
        return Row(group, "memory of server and Valkey", expected, got, holds=holds)

    def _workers(self, group: str) -> Row:
        peak = max((_peak(pid) for pid in _workers(self.server.pid)), default=0)
        got = f"{peak / 1e6:.0f} MB"
        return Row(group, "a render worker's most", "below 1 GB", got, holds=peak < _MOST_WORKER_BYTES)

    def _files(self, group: str) -> Row:
        deadline = time.monotonic() + self.settling_seconds
        while (left := self._left_over()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return Row(group, "temporary files", "none", ", ".join(left[:3]) or "none", holds=not left)

    def _left_over(self) -> list[str]:
        assert self.server.scratch is not None
        found = [path.name for path in self.server.scratch.iterdir()]
        if self.server.data_dir is not None:
            found += [path.name for path in self.server.data_dir.rglob(f"{UNFINISHED}*")]
        return found

    def _control(self, group: str) -> Row:
        times, statuses = [], set()
        for _ in range(_CONTROLS):
            started = time.monotonic()
            statuses.add(ask(self.server.base, self.server.picture).status)
            times.append(time.monotonic() - started)
        middle = statistics.median(times)
        got = f"{' '.join(map(str, sorted(statuses)))} in {middle * 1000:.1f} ms"
        expected = f"200 within {_CONTROL_SECONDS * 1000:.0f} ms"
        holds = statuses == {200} and middle < _CONTROL_SECONDS
        return Row(group, "a control URL", expected, got, seconds=middle, holds=holds)


def memory(pid: int) -> int:
    """Bytes that the processes of a server hold, but for render workers; 0 when they cannot be seen."""
    total = 0
    for each in _lasting(pid):
        with contextlib.suppress(OSError):
            total += processes.memory(each).proportional
    return total


def _lasting(pid: int) -> frozenset[int]:
    """The processes that no attack may end: all but render workers, which are there to be replaced."""
    return frozenset(each for each in _tree(pid) if processes.role(each) in ("supervisor", "http", "valkey"))


def _workers(pid: int) -> list[int]:
    return [each for each in _tree(pid) if processes.role(each) == "worker"]


def _tree(pid: int) -> list[int]:
    return processes.tree(pid) if pid else []


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError):
        return processes.memory(pid).peak
    return 0
