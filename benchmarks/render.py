"""Cold renders: the server beside the same render in bare pyvips, request by request in turn."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Renderer, Server

COLUMNS = (
    Column("ratio", "server/bare", 2),
    Column("cpu_ratio", "CPU", 2),
    Column("core_ratio", "core/bare", 2),
    Column("overhead_ms", "overhead ms", 1),
    Column("server_ms", "server ms", 1),
    Column("bare_ms", "bare ms", 1),
    Column("worker_cpu_ms", "CPU worker", 1),
    Column("http_cpu_ms", "http", 2),
    Column("valkey_cpu_ms", "valkey", 2),
    Column("bytes_ratio", "bytes", 2),
)
NOTES = (
    "server/bare: time of a request for a variant nobody has asked for, to the same render in a process of",
    "  pyvips alone (thumbnail_buffer, our encoder options). CPU: of all the server's processes, to pyvips'.",
    "core/bare: `transforms` in that same process. first look: the original is new to the server as well.",
)
_SETTLE_SECONDS = 0.05
_WIDTHS = range(296, 305)
_QUALITIES = range(70, 90)


@dataclass(frozen=True, slots=True)
class Case:
    """What one row renders; its originals are taken in turn."""

    name: str
    originals: Sequence[str]
    format: str


@dataclass(frozen=True, slots=True)
class Bench:
    """The two sides, and sizes that were not asked for before."""

    server: Server
    client: Client
    renderer: Renderer
    files: Path
    sizes: Iterator[tuple[int, int]]


def measure(options: Options) -> Table:
    """A row for each case."""
    fresh = options.rounds * options.most(4, 1)
    pictures = _originals(fresh)
    files = options.folder / "render" / "files"
    originals.write(files, pictures)
    data_folder = server.scratch(options.folder, "render/server")
    with (
        server.calotype(data_folder, pictures) as running,
        contextlib.closing(Client(running)) as client,
        server.renderer() as renderer,
    ):
        bench = Bench(running, client, renderer, files, itertools.product(_WIDTHS, _QUALITIES))
        _warm(bench, [name for name in pictures if not name.startswith("fresh")])
        rounds = Rounds()
        for number in range(options.rounds):
            tell(f"render: round {number + 1} of {options.rounds}")
            for case in _cases(fresh):
                rounds.add(case.name, _round(bench, case, number, options.most(4, 1)))
    rows = (Row(name, _row(measured)) for name, measured in rounds.samples.items())
    return Table("render", "cold w_300 of a photograph", COLUMNS, tuple(rows), NOTES)


def _originals(fresh: int) -> dict[str, bytes]:
    pictures = originals.photographs()
    baseline = originals.dandelion(progressive=False)
    pictures["baseline.jpg"] = baseline
    return pictures | {f"fresh-{n}.jpg": originals.distinct(baseline, n) for n in range(fresh)}


def _cases(fresh: int) -> Iterator[Case]:
    for format in ("jpg", "webp", "avif"):
        yield Case(f"16 MP baseline → {format}", ("baseline.jpg",), format)
        yield Case(f"16 MP progressive → {format}", ("dandelion.jpg",), format)
    yield Case("the five samples → jpg", tuple(originals.photographs()), "jpg")
    yield Case("16 MP baseline → jpg, first look", tuple(f"fresh-{n}.jpg" for n in range(fresh)), "jpg")


def _warm(bench: Bench, names: Sequence[str]) -> None:
    """Both sides know every original, and have loaded what each format takes."""
    for name, format in (*((name, "jpg") for name in names), *((names[0], f) for f in ("webp", "avif"))):
        bench.client.picture(f"/w_290,f_{format}/{name}")
        for how in ("bare", "core"):
            bench.renderer.render(how, bench.files / name, format=format, width=290, quality=80)


def _round(bench: Bench, case: Case, number: int, requests: int) -> dict[str, float]:
    """`requests` renders by each side in turn; medians of times, means of CPU, in milliseconds."""
    seen: dict[str, list[float]] = defaultdict(list)
    before = bench.server.cpu_seconds()
    for turn in range(requests):
        name = case.originals[(number * requests + turn) % len(case.originals)]
        for key, value in _render_on_both_sides(bench, name, case.format).items():
            seen[key].append(value)
    time.sleep(_SETTLE_SECONDS)
    used = processes.spent(before, bench.server.cpu_seconds())
    cpu = {f"{role}_cpu_ms": seconds * 1000 / requests for role, seconds in used.items()}
    cpu["server_cpu_ms"] = sum(cpu.values())
    return {key: _middle(key, values) for key, values in seen.items()} | cpu


def _middle(key: str, values: list[float]) -> float:
    return statistics.fmean(values) if key.endswith("cpu_ms") else statistics.median(values)


def _render_on_both_sides(bench: Bench, name: str, format: str) -> dict[str, float]:
    width, quality = next(bench.sizes)
    answer = bench.client.picture(f"/w_{width},f_{format},q_{quality}/{name}")
    if "collapsed" in answer.headers.get("cache-status", "") or "hit" in answer.headers.get(
        "cache-status", ""
    ):
        raise RuntimeError(f"{name} at {width} and {quality} was no cold render: {answer.headers}")
    job: dict[str, Any] = {"format": format, "width": width, "quality": quality}
    bare = bench.renderer.render("bare", bench.files / name, **job)
    core = bench.renderer.render("core", bench.files / name, **job)
    # Halves are rounded up by us and to the even number by libvips.
    if bare["width"] != core["width"] or abs(bare["height"] - core["height"]) > 1:
        raise RuntimeError(f"{name} at {width}: bare pyvips and the core differ in size: {bare} {core}")
    return {
        "server_ms": answer.seconds * 1000,
        "bare_ms": bare["ms"],
        "core_ms": core["ms"],
        "bare_cpu_ms": bare["cpu_ms"],
        "core_cpu_ms": core["cpu_ms"],
        "bytes_ratio": len(answer.body) / bare["bytes"],
        **{f"told_{key}_ms": value for key, value in _told(answer.headers.get("server-timing", ""))},
    }


def _told(timing: str) -> Iterator[tuple[str, float]]:
    """What the server says of itself in Server-Timing."""
    for part in timing.split(","):
        name, _, milliseconds = part.strip().partition(";dur=")
        if milliseconds:
            yield name, float(milliseconds)


def _row(measured: dict[str, list[float]]) -> dict[str, tuple[float, ...]]:
    pairs = zip(measured["server_ms"], measured["bare_ms"], strict=True)
    return {key: tuple(values) for key, values in measured.items()} | {
        "ratio": ratios(measured["server_ms"], measured["bare_ms"]),
        "cpu_ratio": ratios(measured["server_cpu_ms"], measured["bare_cpu_ms"]),
        "core_ratio": ratios(measured["core_ms"], measured["bare_ms"]),
        "overhead_ms": tuple(server_ms - bare_ms for server_ms, bare_ms in pairs),
    }
