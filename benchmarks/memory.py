"""Memory of the server while it renders a 24-megapixel photograph many times, beside bare pyvips doing so."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks import originals, processes, server
from benchmarks.group import Options, tell
from benchmarks.report import Column, Row, Table
from benchmarks.server import Client, Renderer, Server

COLUMNS = (
    Column("ratio", "server/bare", 2),
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
)
NOTES = (
    "MB of 1,000,000 bytes. Shares of memory (PSS), so that what processes have in common counts once; RSS",
    "  and peak (the most ever resident) where it says so. One HTTP process, one worker, never replaced.",
)
_MB = 1e6
_WIDTH, _HEIGHT = 6000, 4000
_IDLE_SECONDS = 3.0
_SIZES = tuple(itertools.product(range(280, 320), range(70, 90)))


def measure(options: Options) -> Table:
    """A row for each stage; both sides work at the same time, each on what it has."""
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
    with server.calotype(folder, pictures, settings) as running, server.renderer() as renderer:
        rows.append(_row("at the start", running, renderer))
        for kind, count in stages:
            tell(f"memory: {count} renders, {kind}")
            _render_on_both_sides(running, renderer, files / f"{kind}.jpg", count)
            rows.append(_row(f"after {count} {'more, ' if len(rows) > 1 else ''}{kind}", running, renderer))
        time.sleep(_IDLE_SECONDS)
        rows.append(_row(f"after {_IDLE_SECONDS:.0f} s of rest", running, renderer))
    return Table("memory", "w_300 of a 24 MP photograph", COLUMNS, tuple(rows), NOTES)


def _render_on_both_sides(running: Server, renderer: Renderer, original: Path, count: int) -> None:
    sizes = list(itertools.islice(_SIZES, count))

    def bare() -> None:
        for width, quality in sizes:
            renderer.render("bare", original, format="jpg", width=width, quality=quality)

    other = threading.Thread(target=bare)
    other.start()
    try:
        with contextlib.closing(Client(running)) as client:
            for width, quality in sizes:
                client.picture(f"/w_{width},f_jpg,q_{quality}/{original.name}")
    finally:
        other.join()


def _row(name: str, running: Server, renderer: Renderer) -> Row:
    found: dict[str, float] = defaultdict(float)
    for role, memory in _memories(running):
        found[role] += memory.proportional / _MB
        found["server"] += memory.proportional / _MB
        if role == "worker":
            found["worker_resident"] = memory.resident / _MB
            found["worker_peak"] = memory.peak / _MB
    bare = processes.memory(renderer.pid)
    found |= {"bare": bare.proportional / _MB, "bare_peak": bare.peak / _MB}
    found |= {
        "ratio": found["server"] / found["bare"],
        "peak_ratio": found["worker_peak"] / found["bare_peak"],
    }
    return Row(name, {key: (value,) for key, value in found.items()})


def _memories(running: Server) -> Iterator[tuple[str, processes.Memory]]:
    for pid in processes.tree(running.pid):
        with contextlib.suppress(OSError):
            yield processes.role(pid), processes.memory(pid)
