"""Overload: three and twenty times as many new pictures as the server makes, beside steady hits."""

from __future__ import annotations

import asyncio

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table
from tests.attack.overload import FACTOR, Found, overload

COLUMNS = (
    Column("ratio", "hit p99 to alone", 1),
    Column("alone_ms", "alone ms", 1),
    Column("beside_ms", "beside ms", 1),
    Column("refused_p50_ms", "503 p50 ms", 1),
    Column("refused_p99_ms", "503 p99 ms", 1),
    Column("recovery_ms", "recovery ms", 0),
    Column("able", "made a second", 0),
    Column("asked", "asked a second", 0),
    Column("made", "200s", 0),
    Column("refused", "503s", 0),
    Column("wrong", "others", 0),
    Column("grown_mb", "grown MB", 0),
)
NOTES = (
    "hit p99 to alone: 99 of 100 hits while it lasts, to those before it. recovery: from its end to a 200.",
    "  The flood, the hits and the server share the cores of this machine: so the server has less than all.",
)
_CASES = ((3, 1), (FACTOR, 1), (FACTOR, 2))
"""Times what the server makes, and HTTP processes."""


def measure(options: Options) -> Table:
    """A row for each overload; each round starts the server anew."""
    pictures = {"flower.jpg": originals.dandelion(progressive=False)}
    seconds, count = options.most(6, 3), options.rounds
    rounds = Rounds()
    for number in range(count):
        tell(f"overload: round {number + 1} of {count}")
        for factor, workers in _CASES:
            name = f"{factor} times, {workers} HTTP process{'es' if workers > 1 else ''}"
            folder = server.scratch(options.folder, f"overload/{factor}-{workers}")
            settings = {"SERVER__WORKERS": str(workers), "LIMITS__NEW_VARIANTS_PER_ASSET": "0"}
            with server.calotype(folder, pictures, settings) as running:
                rounds.add(name, _round(running, seconds, factor))
    rows = tuple(
        Row(name, {key: tuple(values) for key, values in measured.items()})
        for name, measured in rounds.samples.items()
    )
    return Table("overload", f"more new pictures than it makes, for {seconds} s", COLUMNS, rows, NOTES)


def _round(running: server.Server, seconds: float, factor: float) -> dict[str, float]:
    found: Found = asyncio.run(
        overload(
            f"http://{server.HERE}:{running.port}",
            original="flower.jpg",
            seconds=seconds,
            factor=factor,
            memory=lambda: _resident(running.pid),
        )
    )
    missed = found.missed
    return {
        "ratio": found.hit_ratio,
        "alone_ms": found.alone.quantile(0.99) * 1000,
        "beside_ms": found.beside.quantile(0.99) * 1000,
        "refused_p50_ms": missed.quantile(0.5, 503) * 1000,
        "refused_p99_ms": missed.quantile(0.99, 503) * 1000,
        "recovery_ms": found.recovery_seconds * 1000,
        "able": found.able,
        "asked": found.rate,
        "made": missed.statuses[200],
        "refused": missed.statuses[503],
        "wrong": len(missed.wrong) + len(found.beside.wrong) + len(found.after.wrong),
        "grown_mb": (found.bytes_most - found.bytes_before) / 1e6,
    }


def _resident(pid: int) -> int:
    """The proportional memory of all processes of a server; one that ends meanwhile has none."""
    total = 0
    for each in processes.tree(pid):
        try:
            total += processes.memory(each).proportional
        except OSError:
            continue
    return total
