"""Stampedes: many clients at one moment on one cold URL, of an original that nobody has read."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

from benchmarks import originals, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.load import Job, Outcome, load
from benchmarks.report import Column, Row, Table
from benchmarks.server import Client, Server

COLUMNS = (
    Column("ratio", "to render + hits", 2),
    Column("renders", "renders", 0),
    Column("reads", "origin reads", 0),
    Column("ok", "200s", 0),
    Column("others", "others", 0),
    Column("bodies", "bodies", 0),
    Column("last_ms", "last answer ms", 0),
    Column("p50_ms", "p50 ms", 0),
    Column("hot_ms", "all hits ms", 0),
    Column("single_ms", "one cold ms", 0),
)
NOTES = (
    "to render + hits: time to the last answer, to that of one cold request and of as many hits together.",
    "  1 means that waiting for the one render costs nothing else. bodies: how many different ones came.",
)
_PROCESSES = (1, 4)
_DEADLINE_SECONDS = 30.0
_PATH = "/w_300,f_jpg/"


def measure(options: Options) -> Table:
    """A row for each number of HTTP processes."""
    clients = options.most(1000, 200)
    baseline = originals.dandelion(progressive=False)
    names = [f"copy-{number}.jpg" for number in range(2 * options.rounds + 1)]
    pictures = {name: originals.distinct(baseline, number) for number, name in enumerate(names)}
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running = {
            count: stack.enter_context(
                server.calotype(
                    server.scratch(options.folder, f"stampede/{count}"),
                    pictures,
                    {"SERVER__WORKERS": str(count)},
                )
            )
            for count in _PROCESSES
        }
        unseen = {count: iter(names) for count in _PROCESSES}
        for count, one in running.items():
            _one_cold(one, next(unseen[count]))
        for number, count in itertools.product(range(options.rounds), _PROCESSES):
            if count == _PROCESSES[0]:
                tell(f"stampede: round {number + 1} of {options.rounds}")
            name = f"{count} HTTP process{'es' if count > 1 else ''}"
            rounds.add(name, _round(running[count], unseen[count], clients))
    rows = tuple(
        Row(name, {key: tuple(values) for key, values in measured.items()})
        for name, measured in rounds.samples.items()
    )
    return Table("stampede", f"{clients:,} clients at once on one cold URL", COLUMNS, rows, NOTES)


def _round(running: Server, unseen: Iterator[str], clients: int) -> dict[str, float]:
    single_ms = _one_cold(running, next(unseen)) * 1000
    path = _PATH + next(unseen)
    renders, reads = _counted(running)
    cold = _all_at_once(running, path, clients)
    renders_after, reads_after = _counted(running)
    hot = _all_at_once(running, path, clients)
    return {
        "ratio": cold.seconds * 1000 / (single_ms + hot.seconds * 1000),
        "renders": renders_after - renders,
        "reads": reads_after - reads,
        "ok": cold.ok,
        "others": clients - cold.ok,
        "bodies": cold.bodies,
        "last_ms": cold.seconds * 1000,
        "p50_ms": cold.p50,
        "hot_ms": hot.seconds * 1000,
        "single_ms": single_ms,
    }


def _one_cold(running: Server, name: str) -> float:
    with contextlib.closing(Client(running)) as client:
        return client.picture(_PATH + name).seconds


def _all_at_once(running: Server, path: str, clients: int) -> Outcome:
    return load(Job(running.port, (path,), clients, clients, _DEADLINE_SECONDS, compare=True))


def _counted(running: Server) -> tuple[float, float]:
    """Renders and reads of originals so far."""
    return running.metric("calotype_renders_total"), running.metric("calotype_origin_reads_total")
