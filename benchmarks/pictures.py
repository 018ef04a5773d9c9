"""The charts of the page about speed: which kept numbers each one shows, and what it says."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping

from benchmarks.charts import Bar, Chart
from benchmarks.report import Samples, Table

Tables = Mapping[str, Table]
"""By group."""


def hot_hit(tables: Tables) -> Chart:
    """Hits from memory beside nginx; a group without and one with access log."""
    table = tables["hits"]
    rows = {
        "No access log": {
            "nginx, static files": "nginx, static files",
            "nginx, proxy_cache": "nginx, proxy_cache",
            "Calotype": "memory, no access log",
            "bare aiohttp": "bare aiohttp, from a dict",
        },
        "Access log": {"nginx, proxy_cache": "nginx, proxy_cache, access log", "Calotype": "memory"},
    }
    bars = [
        bar
        for group, names in rows.items()
        for name, row in names.items()
        for bar in _bars(table, row, "cpu_us", name=name, group=group)
    ]
    # Without nginx there is one to compare with all the same.
    cached = cell(table, "memory, no access log", "to_cache")
    other = "nginx's proxy_cache" if cached else "a bare aiohttp handler"
    ratio = _middle(table, "memory, no access log", "to_cache" if cached else "ratio")
    return Chart(
        f"A hot hit costs {ratio:.2f} times the CPU of {other}",
        "CPU µs a request, all processes",
        bars,
    )


def stampede(tables: Tables) -> Chart:
    """A crowd on one cold URL, and what it is made of."""
    table, row = tables["stampede"], "1 HTTP process"
    names = {
        "One cold request": ("single_ms", "theirs"),
        "As many hits": ("hot_ms", "theirs"),
        "The crowd, last answer": ("last_ms", "ours"),
    }
    bars = [
        bar
        for name, (column, kind) in names.items()
        for bar in _bars(table, row, column, name=name, kind=kind)
    ]
    renders, clients = _middle(table, row, "renders"), _middle(table, row, "ok")
    title = f"{clients:,.0f} clients at once on one cold URL: {_count(renders, 'render')}"
    return Chart(title, "ms, one HTTP process", bars, digits=0)


def srcset(tables: Tables) -> Chart:
    """The burst, beside the peers."""
    table = tables["srcset"]
    bars = [bar for row in table.rows for bar in _bars(table, row.name, "cpu_ms")]
    ratio = _middle(table, "Calotype, one by one", "ratio")
    count = _middle(table, "Calotype", "ok")
    title = f"{count:.0f} sizes of a new photo at once: {ratio:.2f} times the CPU of one by one"
    return Chart(title, f"CPU ms for all {count:.0f}, all processes", bars, digits=0)


def slow_origin(tables: Tables) -> Chart:
    """Those whose originals come at once."""
    table = tables["slow_origin"]
    bars: list[Bar] = []
    for row in table.rows:
        side, _, when = row.name.partition(", ")
        bars += _bars(table, row.name, "p99", name=when, group=side, kind=_kind(side))
    ratio = _middle(table, "Calotype, a tenth slow", "ratio")
    title = f"With a tenth of the originals late, the others take {ratio:.2f} times as long"
    return Chart(title, "ms for 99 of 100 new pictures whose originals come at once", bars, digits=0)


def overload(tables: Tables) -> Chart:
    """Three times what the server can make."""
    table, row = tables["overload"], "3 times, 1 HTTP process"
    names = {
        "hits alone": ("alone_ms", "theirs"),
        "hits beside it": ("beside_ms", "ours"),
        "refusals (503)": ("refused_p99_ms", "third"),
    }
    bars = [
        bar
        for name, (column, kind) in names.items()
        for bar in _bars(table, row, column, name=name, kind=kind)
    ]
    beside = _middle(table, row, "beside_ms")
    title = f"At three times its capacity, 99 of 100 hits take {beside:,.0f} ms"
    return Chart(title, "ms, 99 of 100", bars)


def cold(tables: Tables) -> Chart:
    """New pictures, by format."""
    table = tables["cold"]
    bars: list[Bar] = []
    for row in table.rows:
        case, _, side = row.name.rpartition(": ")
        if case.endswith("mixed"):
            bars += _bars(table, row.name, "cpu_ms", name=side, group=case.partition(",")[0])
    ratio = _middle(table, "AVIF, mixed: IPX", "ratio") or _middle(table, "AVIF, mixed: bare pyvips", "ratio")
    to = "IPX" if _middle(table, "AVIF, mixed: IPX", "ratio") else "bare pyvips"
    title = f"A new AVIF thumbnail costs {ratio:.2f} times the CPU of {to}"
    return Chart(title, "CPU ms a picture of about 300 pixels, all processes", bars)


PICTURES: Mapping[str, tuple[str, Callable[[Tables], Chart]]] = {
    "hot-hit": ("hits", hot_hit),
    "cold": ("cold", cold),
    "stampede": ("stampede", stampede),
    "srcset": ("srcset", srcset),
    "slow-origin": ("slow_origin", slow_origin),
    "overload": ("overload", overload),
}
"""By the name of the file: the group that a chart is made of, and what makes it."""


def _bars(
    table: Table, row: str, column: str, *, name: str = "", group: str = "", kind: str = ""
) -> Iterator[Bar]:
    """One, or none where nothing was measured."""
    if samples := cell(table, row, column):
        told = name or row
        kind = kind or _kind(told)
        yield Bar(told, statistics.median(samples), min(samples), max(samples), kind, group)


def _kind(name: str) -> str:
    return "ours" if name == "Calotype" else "third" if name.startswith("Calotype") else "theirs"


def cell(table: Table, row: str, column: str) -> Samples:
    """The samples of a cell; empty where there are none."""
    return next((each.samples.get(column, ()) for each in table.rows if each.name == row), ())


def _middle(table: Table, row: str, column: str) -> float:
    return statistics.median(cell(table, row, column) or (0.0,))


def _count(number: float, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number:,.0f} {noun}s"


def drawn(tables: Tables) -> Iterator[tuple[str, Chart]]:
    """The charts that can be made of these, by the names of their files."""
    for name, (group, make) in PICTURES.items():
        # Tables of another time may have other rows.
        if group in tables and (chart := make(tables)).bars:
            yield name, chart
