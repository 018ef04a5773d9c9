"""Decoding less: small variants of a large photograph, from its mezzanine and from itself."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Mapping

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("to_first", "second to first", 2),
    Column("first_ms", "first CPU ms", 0),
    Column("second_ms", "second CPU ms", 0),
)
NOTES = (
    "second to first: CPU time of all processes for w_240, made of the mezzanine that a w_300 had made,",
    "  to that of the same w_240 from the original, both of pictures that are known already.",
)
_PATIENCE_SECONDS = 30.0
_REST_SECONDS = 0.5
_OFF = {"RENDER__MEZZANINE__ENABLED": "false"}
_ON = {"RENDER__MEZZANINE__ENABLED": "true"}


def measure(options: Options) -> Table:
    """A row for each kind of JPEG; each round has copies that nobody has read."""
    width, height = (6000, 4000) if not options.quick else (4000, 2800)
    numbers = range(-1, options.rounds)
    kinds = {
        name: originals.dandelion(progressive=name == "progressive", width=width, height=height)
        for name in ("baseline", "progressive")
    }
    pictures = {
        f"{name}-{number}.jpg": originals.distinct(data, number + 2)
        for (name, data), number in itertools.product(kinds.items(), numbers)
    }
    rounds = Rounds()
    with (
        server.calotype(server.scratch(options.folder, "decode/plain"), pictures, _OFF) as plain,
        server.calotype(server.scratch(options.folder, "decode/ours"), pictures, _ON) as ours,
    ):
        for number, name in itertools.product(numbers, kinds):
            tell(f"decode: {name}, round {number + 1} of {options.rounds}")
            found = _round(plain, ours, f"{name}-{number}.jpg")
            if number >= 0:
                rounds.add(f"JPEG of {width * height // 1_000_000} MP, {name}", found)
    rows = tuple(Row(name, _row(values)) for name, values in rounds.samples.items())
    return Table("decode", "small variants of a large photograph", COLUMNS, rows, NOTES)


def _round(plain: Server, ours: Server, name: str) -> dict[str, float]:
    made = _made(ours)
    with contextlib.closing(Client(plain)) as one, contextlib.closing(Client(ours)) as other:
        for client in (one, other):
            client.picture(f"/w_300/{name}")
        _wait_until(ours, made + 1)
        return {
            "first_ms": _spent(plain, one, f"/w_240/{name}"),
            "second_ms": _spent(ours, other, f"/w_240/{name}"),
        }


def _spent(running: Server, client: Client, path: str) -> float:
    before = running.cpu_seconds()
    client.picture(path)
    return sum(processes.spent(before, running.cpu_seconds()).values()) * 1000


def _made(running: Server) -> float:
    return running.metric("calotype_mezzanines_total", outcome="made")


def _wait_until(running: Server, made: float) -> None:
    """Until there are so many mezzanines in all, of all processes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _made(running) < made and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(_REST_SECONDS)


def _row(values: Mapping[str, list[float]]) -> dict[str, tuple[float, ...]]:
    told = {"to_first": ratios(values["second_ms"], values["first_ms"])}
    return told | {key: tuple(found) for key, found in values.items()}
