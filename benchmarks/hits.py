"""Cache hits: CPU time of the whole server for one, from each tier, beside nginx and bare aiohttp."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import originals, peers, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.load import Job, load
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("cpu_us", "CPU µs", 1),
    Column("ratio", "to bare", 2),
    Column("to_static", "to static", 2),
    Column("to_cache", "to proxy_cache", 2),
    Column("to_cache_log", "with log", 2),
    Column("http_us", "http", 1),
    Column("valkey_us", "valkey", 1),
    Column("rate", "requests/s", 0),
    Column("p50", "p50 ms", 2),
    Column("p99", "p99 ms", 2),
    Column("ok", "200s", 3),
    Column("hits", "of this tier", 3),
)
NOTES = (
    "CPU: of all the server's processes for one request, to that of a plain aiohttp handler that answers the",
    "  same paths with the same bodies from a dict, of nginx with files, and of nginx's proxy_cache, without",
    "  and with an access log. Server on one core, clients on another.",
    "of this tier: the share of answers that the server's own metrics say came from there.",
)
_CONNECTIONS = 16
_VARIANTS = 64
"""So many that requests at one moment are for different ones, and none is answered for another."""
_BODY_BYTES = 25_000
_MOST_REQUESTS = 60_000
_LONGEST_SIDE = 1000


@dataclass(frozen=True, slots=True)
class Side:
    """One of the servers that are compared: the tier that is to answer, and what it is told for that."""

    name: str
    tier: str = ""
    settings: tuple[tuple[str, str], ...] = ()


NO_MEMORY, NO_REDIS = ("CACHE__MEMORY_BYTES", "0"), ("CACHE__REDIS_MAX_OBJECT_BYTES", "0")
BARE = Side("bare aiohttp, from a dict")
STATIC = Side("nginx, static files")
PROXY = Side("nginx, proxy_cache")
PROXY_LOG = Side("nginx, proxy_cache, access log")
BASELINES = {"ratio": BARE, "to_static": STATIC, "to_cache": PROXY, "to_cache_log": PROXY_LOG}
"""By the column that divides by them."""
SIDES = (
    Side("memory", "memory"),
    Side("memory, no access log", "memory", (("LOG__ACCESS", "false"),)),
    Side("memory, without the short way", "memory", (("SERVER__SHORT_WAY", "false"),)),
    Side("Redis", "redis", (NO_MEMORY,)),
    Side("derived store", "derived", (NO_MEMORY, NO_REDIS)),
)
ONCE = {"RENDER__SECOND_ENCODE__ENABLED": "false"}
"""Else all of these pictures would be encoded again in between."""
Bodies = Mapping[str, tuple[str, bytes]]


def measure(options: Options) -> Table:
    """A row for each side, what they are compared with first."""
    ours, theirs = cores()
    # Small, so that getting ready takes little time.
    picture = {"dandelion.jpg": originals.dandelion(progressive=False, width=1600, height=900)}
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running = {
            side: stack.enter_context(
                server.calotype(folder(options, side), picture, ONCE | dict(side.settings), cores=ours)
            )
            for side in SIDES
        }
        bodies = variants(running[SIDES[0]])
        sides = _baselines(options, stack, bodies, ours) | running
        for one in sides.values():
            warm(one, tuple(bodies))
        for number, (side, one) in itertools.product(range(options.rounds), sides.items()):
            if side == BARE:
                tell(f"hits: round {number + 1} of {options.rounds}")
            seconds = options.most(10, 5) / 10
            job = Job(one.port, tuple(bodies), _CONNECTIONS, _MOST_REQUESTS, seconds, theirs)
            rounds.add(side.name, ask(one, job, side.tier))
    size = sum(len(body) for _, body in bodies.values()) / len(bodies)
    rows = tuple(Row(name, _row(measured, rounds)) for name, measured in rounds.samples.items())
    missing = () if STATIC in sides else (f"nginx: {peers.MISSING}",)
    return Table("hits", f"cache hits, {size / 1000:.0f} KB bodies", COLUMNS, rows, (*NOTES, *missing))


def _baselines(
    options: Options, stack: contextlib.ExitStack, bodies: Bodies, cores: Sequence[int] | None
) -> dict[Side, Server]:
    """The bare handler, and nginx in its ways where it is installed; the bare handler is behind its cache."""
    bare = stack.enter_context(server.bare(bodies, cores=cores))
    if peers.program("nginx") is None:
        return {BARE: bare}
    files = {path: body for path, (_, body) in bodies.items()}
    static = peers.nginx_static(folder(options, STATIC), files, cores=cores)
    cached = {
        side: peers.nginx_cache(folder(options, side), bare, log=side == PROXY_LOG, cores=cores)
        for side in (PROXY, PROXY_LOG)
    }
    each = {STATIC: static} | cached
    return {BARE: bare} | {side: stack.enter_context(one) for side, one in each.items()}


def folder(options: Options, side: Side, group: str = "hits") -> Path:
    """A new folder for one side."""
    return server.scratch(options.folder, f"{group}/{side.name.replace(' ', '-').replace(',', '')}")


def cores() -> tuple[Sequence[int] | None, tuple[int, ...] | None]:
    """One core for the server and another one for its clients, if there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return ((cores[0],), (cores[1],)) if len(cores) > 1 else (None, None)


def variants(running: Server) -> dict[str, tuple[str, bytes]]:
    """Variants of about the wanted size, by path: the width is raised until one reaches it."""
    with contextlib.closing(Client(running)) as client:
        width = next(
            width
            for width in range(200, _LONGEST_SIDE, 20)
            if len(client.picture(f"/w_{width},f_jpg/dandelion.jpg").body) > _BODY_BYTES
        )
        paths = (f"/w_{width + n - _VARIANTS // 2},f_jpg/dandelion.jpg" for n in range(_VARIANTS))
        answers = {path: client.picture(path) for path in paths}
    return {path: (answer.headers["content-type"], answer.body) for path, answer in answers.items()}


def warm(running: Server, paths: Sequence[str]) -> None:
    """Everything rendered, and asked for once more so that it lies where it is going to be found."""
    with contextlib.closing(Client(running)) as client:
        for path in (*paths, *paths):
            client.picture(path)


def ask(running: Server, job: Job, tier: str) -> dict[str, float]:
    """What the requests of `job` cost, and how many were answered from `tier`."""
    hits = running.metric("calotype_cache_total", tier=tier, result="hit") if tier else 0
    before = running.cpu_seconds()
    outcome = load(job)
    used = processes.spent(before, running.cpu_seconds())
    told = {
        "cpu_us": sum(used.values()) * 1e6 / outcome.requests,
        "rate": outcome.requests / outcome.seconds,
        "p50": outcome.p50,
        "p99": outcome.p99,
        "ok": outcome.ok / outcome.requests,
    }
    told |= {f"{role}_us": seconds * 1e6 / outcome.requests for role, seconds in used.items()}
    if not tier:
        return told
    hits = running.metric("calotype_cache_total", tier=tier, result="hit") - hits
    return told | {"hits": hits / outcome.requests}


def _row(measured: dict[str, list[float]], rounds: Rounds) -> dict[str, tuple[float, ...]]:
    return {key: tuple(values) for key, values in measured.items()} | {
        column: ratios(measured["cpu_us"], rounds.samples[side.name]["cpu_us"])
        for column, side in BASELINES.items()
        if side.name in rounds.samples
    }
