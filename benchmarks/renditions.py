"""The standard sizes of one upload: made together, beside each made alone. Without a server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import product

import pyvips

from benchmarks import originals
from benchmarks.group import Options, Rounds, tell
from benchmarks.machine import ROOT
from benchmarks.report import Column, Row, Table, ratios
from transforms.limits import Limits
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.probe import probe
from transforms.render import prepare, render
from transforms.series import Series
from transforms.sharing import Plans, in_order

COLUMNS = (
    Column("alone_ms", "alone CPU ms", 0),
    Column("together_ms", "together CPU ms", 0),
    Column("ratio", "together/alone", 2),
    Column("decodes", "decodes", 0),
)
NOTES = (
    "The four standard sizes (150, 320, 800, 1600) as JPEG and WebP: eight renditions, byte for byte alike",
    "  both ways. decodes: how many the eight take together; JPEG and WebP are decoded small if they can be.",
)
SIZES = (
    "c_fill,g_auto,h_150,w_150",
    "c_limit,h_320,w_320",
    "c_limit,h_800,w_800",
    "c_limit,h_1600,w_1600",
)
FORMATS = ("jpg", "webp")


def measure(options: Options) -> Table:
    """A row for each kind of original; each round is a process of its own."""
    rounds = Rounds()
    for number in range(options.rounds):
        tell(f"renditions: round {number + 1} of {options.rounds}")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.renditions"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name, values in json.loads(done.stdout).items():
            rounds.add(name, values)
    rows = (
        Row(name, {key: tuple(values) for key, values in samples.items()} | _ratio(samples))
        for name, samples in rounds.samples.items()
    )
    return Table("renditions", "all standard sizes of an original", COLUMNS, tuple(rows), NOTES)


def _ratio(samples: Mapping[str, list[float]]) -> dict[str, tuple[float, ...]]:
    return {"ratio": ratios(samples["together_ms"], samples["alone_ms"])}


def _originals() -> dict[str, bytes]:
    baseline = originals.dandelion(progressive=False)
    image = pyvips.Image.new_from_buffer(baseline, "")
    return {
        "16 MP baseline JPEG": baseline,
        "16 MP progressive JPEG": originals.dandelion(progressive=True),
        "4 MP PNG": image.resize(0.5).pngsave_buffer(compression=3),
        "16 MP WebP": image.webpsave_buffer(Q=80, effort=2),
    }


def _compared(data: bytes) -> dict[str, float]:
    info = probe(data, Limits())
    plans = [make_plan(parse(f"{size},f_{format}"), info) for size, format in product(SIZES, FORMATS)]
    plans = [plans[at] for at in in_order(plans)]
    alone_ms, alone = _timed_alone(plans, data)
    together_ms, together = _timed_together(plans, data)
    if alone != together:
        raise RuntimeError("what is made together differs from what is made alone")
    decodes = len({str(plan.load) for plan in plans})
    return {"alone_ms": alone_ms, "together_ms": together_ms, "decodes": decodes}


def _timed_alone(plans: list[RenderPlan], data: bytes) -> tuple[float, list[bytes]]:
    started = time.process_time()
    made = [render(plan, data).body for plan in plans]
    return (time.process_time() - started) * 1000, made


def _timed_together(plans: list[RenderPlan], data: bytes) -> tuple[float, list[bytes]]:
    started = time.process_time()
    series = Series(Plans(tuple(plans)), data, {})
    made = [series.render(at).body for at in range(len(plans))]
    return (time.process_time() - started) * 1000, made


def main() -> None:
    """One round, as JSON."""
    pictures = _originals()
    prepare()
    for data in pictures.values():
        # Codecs are loaded, and caches of the processor filled.
        _compared(data)
    print(json.dumps({name: _compared(data) for name, data in pictures.items()}))


if __name__ == "__main__":
    main()
