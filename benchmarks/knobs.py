"""What the settings cost: the same new pictures by servers that differ in one setting each."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping
from statistics import fmean, median

from pyvips import Image

from benchmarks import originals, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("ratio", "CPU to default", 2),
    Column("cpu_ms", "CPU ms", 1),
    Column("p50", "p50 ms", 1),
    Column("kilobytes", "kB", 1),
    Column("megabytes", "server MB", 0),
)
NOTES = (
    "New JPEG thumbnails of about w_300, each side the same ones, of photographs of 6 to 16 megapixels as",
    "  progressive JPEGs. server MB: what all processes hold afterwards (PSS).",
)
DEFAULT = "default"
KNOBS: Mapping[str, Mapping[str, str]] = {
    DEFAULT: {},
    "render.drop_scans: false": {"RENDER__DROP_SCANS": "false"},
    "render.workers: 1": {"RENDER__WORKERS": "1"},
    "server.workers: 2": {"SERVER__WORKERS": "2"},
    "cache.derived.enabled: false": {"CACHE__DERIVED__ENABLED": "false"},
}
"""By what they are in config.yaml: the settings that differ."""
_LEAST_PIXELS = 6_000_000
_FIRST_WIDTH = 292


def measure(options: Options) -> Table:
    """A row for each setting, the default first."""
    pictures = {
        name: data
        for name, data in originals.photographs().items()
        if (image := Image.new_from_buffer(data, "")).width * image.height >= _LEAST_PIXELS
    }
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        sides = {
            name: stack.enter_context(
                server.calotype(server.scratch(options.folder, f"knobs/{number}"), pictures, settings)
            )
            for number, (name, settings) in enumerate(KNOBS.items())
        }
        for number, (name, one) in itertools.product(range(-1, options.rounds), sides.items()):
            if name == DEFAULT:
                tell(
                    f"knobs: round {number + 1} of {options.rounds}"
                    if number >= 0
                    else "knobs: getting ready"
                )
            found = _round(one, [f"/w_{_FIRST_WIDTH + number},f_jpg/{picture}" for picture in pictures])
            if number >= 0:
                rounds.add(name, found)
    usual = rounds.samples[DEFAULT]["cpu_ms"]
    rows = (
        Row(name, {key: tuple(v) for key, v in found.items()} | {"ratio": ratios(found["cpu_ms"], usual)})
        for name, found in rounds.samples.items()
    )
    return Table("knobs", "what settings cost", COLUMNS, tuple(rows), NOTES)


def _round(running: Server, paths: list[str]) -> dict[str, float]:
    before = running.cpu_seconds()
    with contextlib.closing(Client(running)) as client:
        answers = [client.picture(path) for path in paths]
    used = sum(processes.spent(before, running.cpu_seconds()).values())
    return {
        "cpu_ms": used * 1000 / len(paths),
        "p50": median(answer.seconds for answer in answers) * 1000,
        "kilobytes": fmean(len(answer.body) for answer in answers) / 1000,
        "megabytes": sum(processes.memory(pid).proportional for pid in processes.tree(running.pid)) / 1e6,
    }
