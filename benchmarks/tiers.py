"""Hits beyond memory: CPU time of the whole server for one, beside plain servers that read the same."""

from __future__ import annotations

import contextlib
import itertools
import pickle
from collections.abc import Iterator, Sequence

from benchmarks import hits, originals, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.hits import NO_MEMORY, ONCE, Bodies, Side
from benchmarks.load import Job
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Server

COLUMNS = (
    Column("cpu_us", "CPU µs", 1),
    Column("ratio", "to aiocache", 2),
    Column("to_client", "to redis-py", 2),
    Column("own_us", "without Valkey", 1),
    Column("own_ratio", "to aiocache's", 2),
    Column("valkey_us", "valkey", 1),
    Column("rate", "requests/s", 0),
    Column("p50", "p50 ms", 2),
    Column("p99", "p99 ms", 2),
    Column("ok", "200s", 3),
    Column("hits", "of this tier", 3),
)
NOTES = (
    "CPU: of all processes for one request, the Valkey of each side among them, to that of plain aiohttp",
    "  handlers that get the same bodies over aiocache, or over redis-py alone, from a Valkey of their own.",
    "  They look at nothing and log nothing; Calotype holds a checksum against each body. Server on one",
    "  core, clients on another.",
    "of this tier: the share of answers that the server's own metrics say came from there.",
)
AIOCACHE = Side("bare aiohttp, aiocache")
CLIENT = Side("bare aiohttp, redis-py")
REDIS = Side("Redis", "redis", (NO_MEMORY,))
REDIS_NO_LOG = Side("Redis, no access log", "redis", (NO_MEMORY, ("LOG__ACCESS", "false")))
SIDES = (REDIS, REDIS_NO_LOG)
_CONNECTIONS = 16
_MOST_REQUESTS = 20_000


def measure(options: Options) -> Table:
    """A row for each side, what they are compared with first."""
    ours, theirs = hits.cores()
    picture = {"dandelion.jpg": originals.dandelion(progressive=False, width=1600, height=900)}
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running: dict[Side, Server] = {}
        for side in SIDES:
            folder = hits.folder(options, side, "tiers")
            running[side] = stack.enter_context(
                server.calotype(folder, picture, ONCE | dict(side.settings), cores=ours)
            )
        bodies = hits.variants(running[REDIS])
        for side, how in ((AIOCACHE, "aiocache"), (CLIENT, "redis-py")):
            folder = hits.folder(options, side, "tiers")
            running[side] = stack.enter_context(_bare(how, str(folder), bodies, cores=ours))
        sides = {side: running[side] for side in (AIOCACHE, CLIENT, *SIDES)}
        for one in sides.values():
            hits.warm(one, tuple(bodies))
        for number, (side, one) in itertools.product(range(options.rounds), sides.items()):
            if side == AIOCACHE:
                tell(f"tiers: round {number + 1} of {options.rounds}")
            seconds = options.most(10, 5) / 5
            job = Job(one.port, tuple(bodies), _CONNECTIONS, _MOST_REQUESTS, seconds, theirs)
            rounds.add(side.name, _without_valkey(hits.ask(one, job, side.tier)))
    size = sum(len(body) for _, body in bodies.values()) / len(bodies)
    rows = tuple(Row(name, _row(measured, rounds)) for name, measured in rounds.samples.items())
    return Table("tiers", f"hits beyond memory, {size / 1000:.0f} KB bodies", COLUMNS, rows, NOTES)


@contextlib.contextmanager
def _bare(how: str, folder: str, bodies: Bodies, *, cores: Sequence[int] | None) -> Iterator[Server]:
    with server.program("benchmarks.bare_tiers", cores=cores) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(pickle.dumps((how, folder, dict(bodies))))
        process.stdin.flush()
        yield Server(process.pid, int(process.stdout.readline()))


def _without_valkey(measured: dict[str, float]) -> dict[str, float]:
    return measured | {"own_us": measured["cpu_us"] - measured["valkey_us"]}


def _row(measured: dict[str, list[float]], rounds: Rounds) -> dict[str, tuple[float, ...]]:
    found = {key: tuple(values) for key, values in measured.items()}
    for column, key, side in (
        ("ratio", "cpu_us", AIOCACHE),
        ("own_ratio", "own_us", AIOCACHE),
        ("to_client", "cpu_us", CLIENT),
    ):
        found[column] = ratios(measured[key], rounds.samples[side.name][key])
    return found
