"""Hits while every core renders: how long they take, to what they take when nothing else runs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from itertools import repeat

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.load import Job, Outcome, load
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server
from tests.attack.flooding import Lines, Seen, misses, steadily

COLUMNS = (
    Column("ratio", "p99 to alone", 2),
    Column("p50", "p50 ms", 2),
    Column("p99", "p99 ms", 2),
    Column("ok", "200s", 0),
    Column("renders", "renders/s", 1),
    Column("cores", "cores rendering", 2),
)
NOTES = (
    "p99 to alone: of 99 of 100 hits at a steady rate while eight clients ask for new pictures without",
    "  pause, to the same hits when nothing else runs. cores rendering: CPU of the render workers, in cores;",
    "  clients, hits and renders share the cores of this machine.",
)
_HITS_A_SECOND = 200
_CLIENTS = 8
_MOST_RENDERS = 20_000
_ALONE, _BESIDE = "hits alone", "hits beside renders"
_SETTINGS = {"LIMITS__NEW_VARIANTS_PER_ASSET": "0"}
_PICTURE = "flower.jpg"


def measure(options: Options) -> Table:
    """A row for hits alone and one for hits beside renders, in turn on the same server."""
    pictures = {_PICTURE: originals.dandelion(progressive=False)}
    seconds = options.most(6, 3)
    rounds = Rounds()
    with server.calotype(server.scratch(options.folder, "busy"), pictures, _SETTINGS) as running:
        with contextlib.closing(Client(running)) as client:
            hit = f"/w_300,f_jpg/{_PICTURE}"
            client.picture(hit)
        for number in range(options.rounds):
            tell(f"busy: round {number + 1} of {options.rounds}")
            rounds.add(_ALONE, _told(asyncio.run(_hits(running, hit, seconds))))
            rounds.add(_BESIDE, asyncio.run(_beside(running, hit, seconds)))
    alone = rounds.samples[_ALONE]["p99"]
    rounds.samples[_BESIDE]["ratio"] = list(ratios(rounds.samples[_BESIDE]["p99"], alone))
    rows = (Row(name, {key: tuple(v) for key, v in found.items()}) for name, found in rounds.samples.items())
    title = f"{_HITS_A_SECOND} hits a second, on {len(os.sched_getaffinity(0))} cores"
    return Table("busy", title, COLUMNS, tuple(rows), NOTES)


async def _hits(running: Server, path: str, seconds: float) -> Seen:
    lines, seen = Lines(f"http://{server.HERE}:{running.port}"), Seen()
    try:
        await steadily(lines, repeat(path), rate=_HITS_A_SECOND, seconds=seconds, seen=seen)
    finally:
        lines.close()
    return seen


async def _beside(running: Server, path: str, seconds: float) -> dict[str, float]:
    paths = tuple(itertools.islice(misses(_PICTURE), _MOST_RENDERS))
    # They begin before the hits and end after them.
    job = Job(running.port, paths, _CLIENTS, _MOST_RENDERS, seconds + 2)
    rendering = asyncio.create_task(asyncio.to_thread(load, job))
    await asyncio.sleep(1)
    before = running.cpu_seconds()
    seen = await _hits(running, path, seconds)
    used = processes.spent(before, running.cpu_seconds())
    outcome: Outcome = await rendering
    return _told(seen) | {
        "renders": outcome.ok / outcome.seconds,
        "cores": (used.get("worker", 0) + used.get("gone", 0)) / seconds,
    }


def _told(seen: Seen) -> dict[str, float]:
    return {
        "p50": seen.quantile(0.5) * 1000,
        "p99": seen.quantile(0.99) * 1000,
        "ok": seen.statuses[200],
    }
