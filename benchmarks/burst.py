"""Bursts: five widths in two formats of one new picture at one moment, beside each of them by itself."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Mapping

from pyvips import Image

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.load import Job, load
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("to_ten", "to the ten alone", 2),
    Column("to_five", "to five alone", 2),
    Column("cpu_ms", "CPU ms", 0),
    Column("alone_ms", "alone CPU ms", 0),
    Column("shared", "shared decodes", 0),
    Column("last_ms", "last answer ms", 0),
    Column("alone_last_ms", "alone, last ms", 0),
    Column("ok", "200s", 0),
)
NOTES = (
    "to the ten alone: CPU time of all processes for ten pictures asked for at one moment, to that of the",
    "  same ten of another copy, each asked for after the answer to the one before. to five alone: to half",
    "  of that, which is what the five widths cost alone in the mean of both formats.",
)
_WIDTHS = (320, 640, 960, 1280, 1600)
_FORMATS = ("jpg", "webp")
_SETTLE_SECONDS = 0.5
_DEADLINE_SECONDS = 60.0


def measure(options: Options) -> Table:
    """A row for each kind of original; each round has copies that nobody has read."""
    numbers = range(-1, options.rounds)
    pictures = _pictures(options)
    copies = {
        f"{kind}-{number}{which}.{name.partition(' ')[0]}": distinct(data, 2 * number + len(which))
        for kind, (name, data, distinct) in enumerate(pictures)
        for number, which in itertools.product(numbers, ("", "a"))
    }
    rounds = Rounds()
    with server.calotype(server.scratch(options.folder, "burst"), copies) as running:
        for number, (kind, (name, _, _)) in itertools.product(numbers, enumerate(pictures)):
            tell(f"burst: {name}, round {number + 1} of {options.rounds}")
            extension = name.partition(" ")[0]
            found = _round(running, f"{kind}-{number}.{extension}", f"{kind}-{number}a.{extension}")
            if number >= 0:
                rounds.add(name, found)
    rows = tuple(Row(name, _row(values)) for name, values in rounds.samples.items())
    title = f"{len(_WIDTHS)} widths in {len(_FORMATS)} formats of a new picture"
    return Table("burst", title, COLUMNS, rows, NOTES)


Picture = tuple[str, bytes, Callable[[bytes, int], bytes]]
"""What it is, beginning with its extension; its bytes; and how to make others of the same picture."""


def _pictures(options: Options) -> list[Picture]:
    width, height = (6000, 4000) if not options.quick else (3000, 2000)
    size = f"{width * height // 1_000_000} MP"
    baseline = originals.dandelion(progressive=False, width=width, height=height)
    progressive = originals.dandelion(progressive=True, width=width, height=height)
    image = Image.new_from_buffer(baseline, "").copy_memory()
    return [
        (f"jpg of {size}, baseline", baseline, originals.distinct),
        (f"jpg of {size}, progressive", progressive, originals.distinct),
        (f"png of {size}", image.pngsave_buffer(compression=1), _distinct_png),
        (f"webp of {size}", image.webpsave_buffer(Q=80, effort=0), _distinct_webp),
    ]


def _distinct_png(png: bytes, number: int) -> bytes:
    """Bytes behind the last chunk: no decoder reads them."""
    return png + f"copy {number}".encode()


def _distinct_webp(webp: bytes, number: int) -> bytes:
    """A chunk that no decoder knows, in the sizes that the container tells."""
    chunk = b"copy" + (4).to_bytes(4, "little") + (number + 10).to_bytes(4, "little")
    size = int.from_bytes(webp[4:8], "little") + len(chunk)
    return webp[:4] + size.to_bytes(4, "little") + webp[8:] + chunk


def _round(running: Server, together: str, alone: str) -> dict[str, float]:
    shared = _shared(running)
    before = running.cpu_seconds()
    outcome = load(Job(running.port, _paths(together), 10, 10, _DEADLINE_SECONDS))
    time.sleep(_SETTLE_SECONDS)
    between = running.cpu_seconds()
    alone_ms = _one_by_one(running, _paths(alone))
    time.sleep(_SETTLE_SECONDS)
    after = running.cpu_seconds()
    return {
        "cpu_ms": _used(before, between),
        "alone_ms": _used(between, after),
        "shared": _shared(running) - shared,
        "last_ms": outcome.seconds * 1000,
        "alone_last_ms": alone_ms,
        "ok": outcome.ok,
    }


def _paths(name: str) -> tuple[str, ...]:
    return tuple(f"/w_{width},f_{format}/{name}" for width, format in itertools.product(_WIDTHS, _FORMATS))


def _one_by_one(running: Server, paths: tuple[str, ...]) -> float:
    started = time.perf_counter()
    with contextlib.closing(Client(running)) as client:
        for path in paths:
            client.picture(path)
    return (time.perf_counter() - started) * 1000


def _shared(running: Server) -> float:
    return running.metric("calotype_coalesced_total", scope="decode")


def _used(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    return sum(processes.spent(before, after).values()) * 1000


def _row(values: dict[str, list[float]]) -> dict[str, tuple[float, ...]]:
    to_ten = ratios(values["cpu_ms"], values["alone_ms"])
    told = {"to_ten": to_ten, "to_five": tuple(2 * ratio for ratio in to_ten)}
    return told | {key: tuple(found) for key, found in values.items()}
