"""The language without pixels: how long the lines of the corpus take to read, to plan and to digest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.group import Options, Rounds, tell
from benchmarks.machine import ROOT
from benchmarks.report import Column, Row, Samples, Table
from transforms import parser
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import Unsettled
from transforms.parser import parse
from transforms.plan import digest_text, make_plan

COLUMNS = (
    Column("p50_us", "p50 µs", 1),
    Column("p99_us", "p99 µs", 1),
    Column("to_json", "of json.loads", 1),
)
_CORPUS = ROOT / "tests" / "data" / "transformations.txt"
_PATHS = ("image/", "images/", "video/", "raw/", "files/", "iu/")
_ORIGINAL = ImageInfo("jpg", 4000, 3000)
_EACH = 5
"""How often each line is done in a round: the quickest counts, so that what disturbs one does not."""

Work = Callable[[str], object]


def measure(options: Options) -> Table:
    """A row for each thing that is done with a line."""
    lines, planned = _lines()
    recipes = {line: parse(line) for line in planned}
    plans = {line: make_plan(recipe, _ORIGINAL) for line, recipe in recipes.items()}
    texts = {line: json.dumps([c.split(",") for c in line.split("/")]) for line in lines}
    works: dict[str, tuple[Sequence[str], Work]] = {
        "split at / and ,": (lines, lambda line: [c.split(",") for c in line.split("/")]),
        "json.loads of the same": (lines, lambda line: json.loads(texts[line])),
        "parse, nothing seen before": (lines, _parse_afresh),
        "parse": (lines, parse),
        "plan": (planned, lambda line: make_plan(recipes[line], _ORIGINAL)),
        "digest": (planned, lambda line: digest_text(plans[line])),
    }
    rounds = Rounds()
    for number in range(options.rounds):
        tell(f"language: round {number + 1} of {options.rounds}")
        for name, (done, work) in works.items():
            rounds.add(name, _percentiles(done, work, options.most(_EACH, 2)))
    notes = (
        f"{len(lines)} transformations of the corpus; {len(planned)} of them need no look at pixels, and are",
        "planned for a JPEG of 4000x3000. The quickest of a few times counts for a line. The parser",
        "remembers parameters; `nothing seen before` has it forget them before each line.",
    )
    return Table("language", "the corpus, line by line", COLUMNS, tuple(_rows(rounds.samples)), notes)


def _lines() -> tuple[list[str], list[str]]:
    """The transformations that read, and those of them that a plan can be made of at once."""
    read, planned = [], []
    for line in _CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith(_PATHS):
            continue
        try:
            recipe = parse(line)
            read.append(line)
            make_plan(recipe, _ORIGINAL)
        except (TransformError, Unsettled):
            continue
        planned.append(line)
    return read, planned


def _parse_afresh(line: str) -> object:
    # What the parser remembers of parameters is its own affair; only here it has to be made to forget.
    parser._read.cache_clear()
    return parse(line)


def _percentiles(lines: Sequence[str], work: Work, each: int) -> dict[str, float]:
    seconds = sorted(min(_timed(work, line) for _ in range(each)) for line in lines)
    last = len(seconds) - 1
    return {f"p{percent}_us": seconds[round(last * percent / 100)] * 1e6 for percent in (50, 99)}


def _timed(work: Work, line: str) -> float:
    started = time.perf_counter()
    work(line)
    return time.perf_counter() - started


def _rows(samples: dict[str, dict[str, list[float]]]) -> Iterator[Row]:
    base = samples["json.loads of the same"]["p50_us"]
    for name, measured in samples.items():
        ratio: Samples = tuple(ours / theirs for ours, theirs in zip(measured["p50_us"], base, strict=True))
        yield Row(name, {key: tuple(values) for key, values in measured.items()} | {"to_json": ratio})
