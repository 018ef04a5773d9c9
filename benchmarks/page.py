"""`python -m benchmarks charts [FILE …]`: the charts and tables of docs/performance.md, of kept numbers.

What the page says in numbers stands between marks (`<!-- hits -->` … `<!-- /hits -->`), and is written anew
of the newest kept table of each group, or of the files named; nothing else of the page changes.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import charts, goals, pictures, report
from benchmarks.machine import ROOT
from benchmarks.report import Run, Table

PAGE = ROOT / "docs" / "performance.md"
CHARTS = ROOT / "docs" / "charts"
RESULTS = Path(__file__).with_name("results")
_MARKED = r"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
_FACTS = (
    "date",
    "commit",
    "load",
    "cores",
    "processor",
    "python",
    "libvips",
    "aiohttp",
    "nginx",
    "thumbor",
    "ipx",
)


@dataclass(frozen=True, slots=True)
class Knob:
    """A setting, and the two cells that tell what it does: with it, and by default."""

    setting: str
    effect: str
    group: str
    row: str
    usual: str
    column: str


_HIT, _THUMBNAIL = "CPU of a hit in memory", "CPU of a new thumbnail"
_JPEG, _WEBP, _AVIF = (f"{format}, mixed: Calotype" for format in ("JPEG", "WebP", "AVIF"))
_DROP, _ONE, _TWO = "render.drop_scans: false", "render.workers: 1", "server.workers: 2"
_NO_MEMORY, _NO_REDIS = "cache.memory_bytes: 0", "cache.redis_max_object_bytes: 0"
KNOBS = (
    Knob("log.access: false", _HIT, "hits", "memory, no access log", "memory", "cpu_us"),
    Knob("server.short_way: false", _HIT, "hits", "memory, without the short way", "memory", "cpu_us"),
    Knob(_NO_MEMORY, "CPU of a hit, now from Redis", "hits", "Redis", "memory", "cpu_us"),
    Knob(_NO_REDIS, "CPU of a hit that memory lacks", "hits", "derived store", "Redis", "cpu_us"),
    Knob(_DROP, f"{_THUMBNAIL} of a progressive JPEG", "knobs", _DROP, "default", "cpu_ms"),
    Knob(_ONE, "memory of all processes", "knobs", _ONE, "default", "megabytes"),
    Knob(_TWO, "memory of all processes", "knobs", _TWO, "default", "megabytes"),
    Knob("f_webp", f"{_THUMBNAIL}, to f_jpg", "cold", _WEBP, _JPEG, "cpu_ms"),
    Knob("f_webp", "its bytes, to f_jpg", "cold", _WEBP, _JPEG, "kilobytes"),
    Knob("f_avif", f"{_THUMBNAIL}, to f_jpg", "cold", _AVIF, _JPEG, "cpu_ms"),
    Knob("f_avif", "its bytes, to f_jpg", "cold", _AVIF, _JPEG, "kilobytes"),
)


def newest(runs: Iterable[Run]) -> dict[str, tuple[Run, Table]]:
    """The last table of each group, with the run it is of."""
    return {table.group: (run, table) for run in sorted(runs, key=_date) for table in run.tables}


def kept(folder: Path) -> Iterator[Run]:
    """The runs in a folder that were thorough; other results lie there too."""
    for path in sorted(folder.glob("*.json")):
        try:
            run = report.load(path)
        except ValueError:
            continue
        if not run.facts.get("quick"):
            yield run


def parts(found: Mapping[str, tuple[Run, Table]]) -> Iterator[tuple[str, str]]:
    """What stands between the marks of each name."""
    tables = {group: table for group, (_, table) in found.items()}
    yield "goals", _markdown(["goal", "measured", "bound", "moonshot", ""], _goal_rows(tables))
    yield "settings", _markdown(["setting", "what it changes", "times"], _knob_rows(tables))
    yield "sizes", _markdown(["one core", "a second"], _size_rows(tables))
    yield "facts", _markdown(["groups", *_FACTS], _fact_rows(found))
    for group, table in tables.items():
        head = ["", *(column.heading for column in table.columns)]
        yield group, _markdown(head, _cells(table)) + "\n" + _notes(table)


def write(text: str, made: Iterable[tuple[str, str]]) -> str:
    """The page with its numbers; marks that it has not are left out."""
    for name, body in made:
        pattern = re.compile(_MARKED.format(name=re.escape(name)), re.DOTALL)
        text = pattern.sub(lambda match, body=body: f"{match[1]}\n{body}\n{match[2]}", text)  # type: ignore[misc]
    return text


def _goal_rows(tables: Mapping[str, Table]) -> Iterator[list[str]]:
    for goal in goals.GOALS:
        measured = goals.found(goal, tables.values())
        shown = report.show(measured, 2)
        yield [goal.what, shown, f"≤ {goal.most:g}", f"≤ {goal.moonshot:g}", goals.verdict(goal, measured)]


def _knob_rows(tables: Mapping[str, Table]) -> Iterator[list[str]]:
    for knob in KNOBS:
        if knob.group in tables:
            pair = [pictures.cell(tables[knob.group], row, knob.column) for row in (knob.row, knob.usual)]
            if all(pair):
                yield [f"`{knob.setting}`", knob.effect, report.show(report.ratios(pair[0], pair[1]), 2)]


def _size_rows(tables: Mapping[str, Table]) -> Iterator[list[str]]:
    """How many of each one core does, by their CPU time."""
    per: Sequence[tuple[str, str, str, str, float]] = (
        ("hits in memory", "hits", "memory", "cpu_us", 1e6),
        ("hits in Redis", "hits", "Redis", "cpu_us", 1e6),
        ("new JPEG thumbnails", "cold", _JPEG, "cpu_ms", 1e3),
        ("new WebP thumbnails", "cold", _WEBP, "cpu_ms", 1e3),
        ("new AVIF thumbnails", "cold", _AVIF, "cpu_ms", 1e3),
    )
    for what, group, row, column, units in per:
        if group in tables and (samples := pictures.cell(tables[group], row, column)):
            yield [what, f"{units / statistics.median(samples):,.0f}"]


def _fact_rows(found: Mapping[str, tuple[Run, Table]]) -> Iterator[list[str]]:
    runs = {_date(run): run for run, _ in found.values()}
    for date, run in sorted(runs.items()):
        groups = [group for group, (other, _) in found.items() if _date(other) == date]
        yield [", ".join(groups), *(str(run.facts.get(name, "")) for name in _FACTS)]


def _cells(table: Table) -> Iterator[list[str]]:
    for row in table.rows:
        shown = (report.show(row.samples.get(column.key, ()), column.digits) for column in table.columns)
        yield [row.name, *shown]


def _notes(table: Table) -> str:
    return " ".join(note.strip() for note in table.notes) + "\n"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = ["---", *("--:" for _ in head[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ruler, *rows))


def _date(run: Run) -> str:
    return str(run.facts["date"])


def draw(tables: Mapping[str, Table], folder: Path) -> Iterator[Path]:
    """Write the charts, and tell where each lies."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in pictures.drawn(tables):
        path = folder / f"{name}.svg"
        path.write_text(charts.svg(chart))
        yield path


def main(arguments: Sequence[str]) -> int:
    """Write the charts and the page. 2 for a file that is no result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks charts", description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="kept numbers; the newest by default"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write (docs/performance.md)")
    parser.add_argument("--charts", type=Path, default=CHARTS, help="the folder of the charts (docs/charts)")
    told = parser.parse_args(arguments)
    try:
        runs = [report.load(path) for path in told.files] or list(kept(RESULTS))
        page = told.page.read_text()
    except (OSError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    found = {group: each for group, each in newest(runs).items() if f"<!-- {group} -->" in page}
    for path in draw({group: table for group, (_, table) in found.items()}, told.charts):
        print(path)
    told.page.write_text(write(page, parts(found)))
    print(told.page)
    return 0
