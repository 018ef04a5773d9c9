"""Large variants: CPU time of the whole server for one of megabytes, beside nginx and bare aiohttp."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

from benchmarks import hits, originals, peers, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.hits import BARE, NO_MEMORY, NO_REDIS, ONCE, STATIC, Bodies, Side
from benchmarks.load import Job
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("cpu_ms", "CPU ms", 2),
    Column("ratio", "to bare", 2),
    Column("to_static", "to static", 2),
    Column("rate", "requests/s", 0),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("ok", "200s", 3),
    Column("hits", "of this tier", 3),
)
NOTES = (
    "CPU: of all the server's processes for one request, to that of a plain aiohttp handler with the same",
    "  bodies in a dict, and of nginx, which sends files (sendfile). Server on one core, clients on another.",
    "of this tier: the share of answers that the server's own metrics say came from there.",
)
FILE = Side("a file of the derived store", "derived", (NO_MEMORY, NO_REDIS))
MEMORY = Side("memory", "memory")
BASELINES = {"ratio": BARE, "to_static": STATIC}
_CONNECTIONS = 8
_PATHS = tuple(f"/w_{width},f_png/dandelion.jpg" for width in (1700, 1800, 1900, 2000))
_MOST_REQUESTS = 20_000


def measure(options: Options) -> Table:
    """A row for each side, what they are compared with first."""
    ours, theirs = hits.cores()
    picture = {"dandelion.jpg": originals.dandelion(progressive=False)}
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running = {
            side: stack.enter_context(
                server.calotype(_folder(options, side), picture, ONCE | dict(side.settings), cores=ours)
            )
            for side in (FILE, MEMORY)
        }
        bodies = _variants(running[FILE])
        sides: dict[Side, Server] = {BARE: stack.enter_context(server.bare(bodies, cores=ours))}
        if peers.program("nginx") is not None:
            files = {path: body for path, (_, body) in bodies.items()}
            static = peers.nginx_static(_folder(options, STATIC), files, cores=ours)
            sides[STATIC] = stack.enter_context(static)
        sides |= running
        for one in sides.values():
            hits.warm(one, _PATHS)
        for number, (side, one) in itertools.product(range(options.rounds), sides.items()):
            if side == BARE:
                tell(f"large: round {number + 1} of {options.rounds}")
            seconds = options.most(10, 5) / 10
            job = Job(one.port, _PATHS, _CONNECTIONS, _MOST_REQUESTS, seconds, theirs)
            told = hits.ask(one, job, side.tier)
            rounds.add(side.name, told | {"cpu_ms": told["cpu_us"] / 1000})
    size = sum(len(body) for _, body in bodies.values()) / len(bodies)
    rows = tuple(Row(name, _row(measured, rounds)) for name, measured in rounds.samples.items())
    missing = () if STATIC in sides else (f"nginx: {peers.MISSING}",)
    return Table("large", f"variants of {size / 1e6:.1f} MB", COLUMNS, rows, (*NOTES, *missing))


def _folder(options: Options, side: Side) -> Path:
    return hits.folder(options, side, "large")


def _variants(running: Server) -> Bodies:
    with contextlib.closing(Client(running)) as client:
        answers = {path: client.picture(path) for path in _PATHS}
    return {path: (answer.headers["content-type"], answer.body) for path, answer in answers.items()}


def _row(measured: dict[str, list[float]], rounds: Rounds) -> dict[str, tuple[float, ...]]:
    return {key: tuple(values) for key, values in measured.items()} | {
        column: ratios(measured["cpu_us"], rounds.samples[side.name]["cpu_us"])
        for column, side in BASELINES.items()
        if side.name in rounds.samples
    }
