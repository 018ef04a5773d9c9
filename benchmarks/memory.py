"""Memory of the server while it renders a 24-megapixel photograph many times, beside pyvips and thumbor."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import originals, peers, processes, server
from benchmarks.group import Options, tell
from benchmarks.report import Column, Row, Table
from benchmarks.server import Client, Renderer, Server

COLUMNS = (
    Column("ratio", "server/bare", 2),
    Column("to_thumbor", "to thumbor's peak", 2),
    Column("peak_ratio", "worker/bare peak", 2),
    Column("server", "server MB", 0),
    Column("http", "http", 0),
    Column("worker", "worker", 0),
    Column("valkey", "valkey", 0),
    Column("supervisor", "supervisor", 0),
    Column("worker_resident", "worker RSS", 0),
    Column("worker_peak", "worker peak", 0),
    Column("bare", "bare MB", 0),
    Column("bare_peak", "bare peak", 0),
    Column("thumbor_peak", "thumbor peak", 0),
)
NOTES = (
    "MB of 1,000,000 bytes. Shares of memory (PSS), so that what processes have in common counts once; RSS",
    "  and peak (the most ever resident) where it says so. One HTTP process, one worker, never replaced.",
)
_MB = 1e6
_WIDTH, _HEIGHT = 6000, 4000
_IDLE_SECONDS = 3.0
_THUMBOR_PATH = "/unsafe/{width}x0/filters:quality({quality})/{name}"
_SIZES = tuple(itertools.product(range(280, 320), range(70, 90)))


@dataclass(frozen=True, slots=True)
class Sides:
    """Those whose memory is compared."""

    calotype: Server
    renderer: Renderer
    thumbor: Server | None


def measure(options: Options) -> Table:
    """A row for each stage; all sides work at the same time, each on what it has."""
    stages = (("baseline", options.most(500, 20)), ("progressive", options.most(60, 5)))
    pictures = {
        f"{kind}.jpg": originals.dandelion(progressive=kind == "progressive", width=_WIDTH, height=_HEIGHT)
        for kind, _ in stages
    }
    files = options.folder / "memory" / "files"
    originals.write(files, pictures)
    folder = server.scratch(options.folder, "memory/server")
    settings = {"RENDER__WORKERS": "1", "RENDER__RECYCLE_AFTER": "1000000"}
    rows = []
    with contextlib.ExitStack() as stack:
        sides = Sides(
            stack.enter_context(server.calotype(folder, pictures, settings)),
            stack.enter_context(server.renderer()),
            _thumbor(options, stack, files),
        )
        rows.append(_row("at the start", sides))
        for kind, count in stages:
            tell(f"memory: {count} renders, {kind}")
            _render_on_all_sides(sides, files / f"{kind}.jpg", count)
            rows.append(_row(f"after {count} {'more, ' if len(rows) > 1 else ''}{kind}", sides))
        time.sleep(_IDLE_SECONDS)
        rows.append(_row(f"after {_IDLE_SECONDS:.0f} s of rest", sides))
    missing = () if sides.thumbor else (f"thumbor: {peers.MISSING}",)
    return Table("memory", "w_300 of a 24 MP photograph", COLUMNS, tuple(rows), (*NOTES, *missing))


def _thumbor(options: Options, stack: contextlib.ExitStack, files: Path) -> Server | None:
    if peers.program("thumbor") is None:
        return None
    return stack.enter_context(peers.thumbor(server.scratch(options.folder, "memory/thumbor"), files))


def _render_on_all_sides(sides: Sides, original: Path, count: int) -> None:
    sizes = tuple(itertools.islice(_SIZES, count))

    def bare() -> None:
        for width, quality in sizes:
            sides.renderer.render("bare", original, format="jpg", width=width, quality=quality)

    def asked(one: Server, path: str) -> None:
        with contextlib.closing(Client(one)) as client:
            for width, quality in sizes:
                client.picture(path.format(width=width, quality=quality, name=original.name))

    with ThreadPoolExecutor() as pool:
        others = [pool.submit(bare)]
        if sides.thumbor:
            others.append(pool.submit(asked, sides.thumbor, _THUMBOR_PATH))
        asked(sides.calotype, "/w_{width},f_jpg,q_{quality}/{name}")
        for other in others:
            other.result()


def _row(name: str, sides: Sides) -> Row:
    found: dict[str, float] = defaultdict(float)
    for role, memory in _memories(sides.calotype):
        found[role] += memory.proportional / _MB
        found["server"] += memory.proportional / _MB
        if role == "worker":
            found["worker_resident"] = memory.resident / _MB
            found["worker_peak"] = memory.peak / _MB
    bare = processes.memory(sides.renderer.pid)
    found |= {"bare": bare.proportional / _MB, "bare_peak": bare.peak / _MB}
    found |= {
        "ratio": found["server"] / found["bare"],
        "peak_ratio": found["worker_peak"] / found["bare_peak"],
    }
    if sides.thumbor:
        found["thumbor_peak"] = sum(memory.peak for _, memory in _memories(sides.thumbor)) / _MB
        found["to_thumbor"] = found["server"] / found["thumbor_peak"]
    return Row(name, {key: (value,) for key, value in found.items()})


def _memories(running: Server) -> Iterator[tuple[str, processes.Memory]]:
    for pid in processes.tree(running.pid):
        with contextlib.suppress(OSError):
            yield processes.role(pid), processes.memory(pid)
