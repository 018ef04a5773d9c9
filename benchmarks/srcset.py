"""A page's first visitor: six widths in three formats of one new photograph, asked for at one moment."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import originals, peers, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.load import Job, load
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("ratio", "ours to it", 2),
    Column("cpu_ms", "CPU ms", 0),
    Column("p50_ms", "half of them ms", 0),
    Column("last_ms", "last answer ms", 0),
    Column("ok", "200s", 0),
    Column("megabytes", "MB", 2),
)
NOTES = (
    "ours to it: CPU time of all of Calotype's processes for all the pictures asked for at one moment, to",
    "  that of the row. one by one: the same of another copy, each after the answer to the one before.",
)
OURS, SINGLY, THUMBOR, IPX = "Calotype", "Calotype, one by one", "thumbor", "IPX"
_WIDTHS = (320, 480, 640, 960, 1280, 1600)
_FORMATS = ("jpg", "webp", "avif")
_SETTLE_SECONDS = 0.5
_DEADLINE_SECONDS = 60.0
_PATHS = {
    OURS: "/w_{width},f_{format}/{name}",
    SINGLY: "/w_{width},f_{format}/{name}",
    THUMBOR: "/unsafe/{width}x0/filters:format({format})/{name}",
    IPX: "/f_{format},w_{width}/{name}",
}


def measure(options: Options) -> Table:
    """A row for each side; each round has copies of its own, which nobody has read."""
    count = options.rounds
    baseline = originals.dandelion(progressive=False)
    sides = (OURS, SINGLY, THUMBOR, IPX)
    names = {
        (side, number): f"{sides.index(side)}-{number}.jpg" for side in sides for number in range(-1, count)
    }
    pictures = {name: originals.distinct(baseline, at) for at, name in enumerate(names.values())}
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running = dict(_sides(options, stack, pictures))
        for number, (side, one) in itertools.product(range(-1, count), running.items()):
            tell(f"srcset: {side}, {f'round {number + 1} of {count}' if number >= 0 else 'getting ready'}")
            ask = _one_by_one if side == SINGLY else _at_once
            found = _round(one, ask, _paths(side, names[side, number], quick=options.quick or number < 0))
            if number >= 0:
                rounds.add(side, found)
    rows = tuple(Row(name, _row(name, rounds)) for name in rounds.samples)
    missing = tuple(f"{side}: {peers.MISSING}" for side in (THUMBOR, IPX) if side not in running)
    title = f"{len(_WIDTHS)} widths in {len(_FORMATS)} formats of a new photograph of 16 MP"
    return Table("srcset", title, COLUMNS, rows, (*NOTES, *missing))


def _sides(
    options: Options, stack: contextlib.ExitStack, pictures: Mapping[str, bytes]
) -> Iterator[tuple[str, Server]]:
    def scratch(name: str) -> Path:
        return server.scratch(options.folder, f"srcset/{name}")

    files = scratch("files")
    originals.write(files, dict(pictures))
    ours = stack.enter_context(server.calotype(scratch("ours"), pictures))
    yield from ((OURS, ours), (SINGLY, ours))
    if peers.program("thumbor"):
        yield THUMBOR, stack.enter_context(peers.thumbor(scratch("thumbor"), files, {"AVIF_SPEED": 8}))
    if peers.program("ipx"):
        yield IPX, stack.enter_context(peers.ipx(scratch("ipx"), files))


def _paths(side: str, name: str, *, quick: bool) -> tuple[str, ...]:
    widths = _WIDTHS[:2] if quick else _WIDTHS
    return tuple(
        _PATHS[side].format(width=width, format=format, name=name)
        for width, format in itertools.product(widths, _FORMATS)
    )


Asked = Callable[[Server, tuple[str, ...]], dict[str, float]]


def _round(running: Server, ask: Asked, paths: tuple[str, ...]) -> dict[str, float]:
    before = running.cpu_seconds()
    told = ask(running, paths)
    time.sleep(_SETTLE_SECONDS)
    used = processes.spent(before, running.cpu_seconds())
    return told | {"cpu_ms": sum(used.values()) * 1000}


def _at_once(running: Server, paths: tuple[str, ...]) -> dict[str, float]:
    outcome = load(Job(running.port, paths, len(paths), len(paths), _DEADLINE_SECONDS))
    return {
        "p50_ms": outcome.p50,
        "last_ms": outcome.seconds * 1000,
        "ok": outcome.ok,
        "megabytes": outcome.mean_bytes * outcome.requests / 1e6,
    }


def _one_by_one(running: Server, paths: tuple[str, ...]) -> dict[str, float]:
    started = time.perf_counter()
    with contextlib.closing(Client(running)) as client:
        answers = [(client.picture(path), time.perf_counter() - started) for path in paths]
    return {
        "p50_ms": answers[len(answers) // 2][1] * 1000,
        "last_ms": answers[-1][1] * 1000,
        "ok": len(answers),
        "megabytes": sum(len(answer.body) for answer, _ in answers) / 1e6,
    }


def _row(name: str, rounds: Rounds) -> dict[str, tuple[float, ...]]:
    measured = {key: tuple(values) for key, values in rounds.samples[name].items()}
    if name == OURS:
        return measured
    return measured | {"ratio": ratios(rounds.samples[OURS]["cpu_ms"], measured["cpu_ms"])}
