"""What the project set out to reach, each as a ratio of two sides of one run, and what came of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.report import Samples, Table, aligned, show


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `most` for the median of a cell; `moonshot` is what would be a surprise."""

    what: str
    group: str
    row: str
    column: str
    most: float
    moonshot: float


GOALS: tuple[Goal, ...] = (
    Goal("hot hit, to nginx proxy_cache", "hits", "memory, no access log", "to_cache", 1.0, 0.8),
    Goal("hot hit with access log, to nginx with one", "hits", "memory", "to_cache_log", 1.0, 0.8),
    Goal("Redis hit, to aiohttp and aiocache", "tiers", "Redis, no access log", "ratio", 0.6, 0.25),
    Goal("cold w_300 JPEG, to bare pyvips", "cold", "JPEG, baseline: bare pyvips", "ratio", 1.15, 1.05),
    Goal("the same, progressive", "cold", "JPEG, progressive: bare pyvips", "ratio", 0.65, 0.5),
    Goal("cold w_300 JPEG, mixed set, to thumbor", "cold", "JPEG, mixed: thumbor", "ratio", 0.75, 0.65),
    Goal("cold w_300 WebP, mixed set, to thumbor", "cold", "WebP, mixed: thumbor", "ratio", 0.75, 0.65),
    Goal("first AVIF w_300, to IPX's default", "cold", "AVIF, mixed: IPX", "ratio", 0.2, 0.14),
    Goal("first AVIF w_300, to thumbor at speed 8", "cold", "AVIF, mixed: thumbor", "ratio", 0.75, 0.6),
    Goal("second small variant, to the first", "decode", "JPEG of 24 MP, baseline", "to_first", 0.4, 0.2),
    Goal("srcset burst, to five single renders", "burst", "jpg of 24 MP, baseline", "to_five", 0.5, 0.3),
    Goal(
        "memory after 560, to thumbor's peak", "memory", "after 60 more, progressive", "to_thumbor", 2.0, 1.3
    ),
    Goal("memory after 500 baseline alone, the same", "memory", "after 500 baseline", "to_thumbor", 2.0, 1.3),
    Goal("JPEG bytes at equal score, to plain q 80", "encoders", "JPEG, first", "same_score", 0.92, 0.90),
    Goal("AVIF after the second encode, to effort 1", "encoders", "AVIF, second", "same_score", 0.95, 0.91),
    Goal("S3 GET of 200 KB, to aiobotocore's", "s3", "a read of the storage", "ratio", 0.45, 0.3),
    Goal("p99 of hits while both cores render, to idle", "busy", "hits beside renders", "ratio", 3.0, 1.5),
)
"""All are CPU time of whole process trees, but for bytes, memory and p99."""


def found(goal: Goal, tables: Iterable[Table]) -> Samples:
    """What a run measured of it; empty when it did not."""
    rows = (
        row for table in tables if table.group == goal.group for row in table.rows if row.name == goal.row
    )
    return next((row.samples.get(goal.column, ()) for row in rows), ())


def verdict(goal: Goal, measured: Samples) -> str:
    """In a word."""
    if not measured:
        return "not measured"
    middle = statistics.median(measured)
    return "moonshot" if middle <= goal.moonshot else "met" if middle <= goal.most else "missed"


def lines(tables: Iterable[Table]) -> Iterator[str]:
    """A line for each goal of the groups that ran."""
    ran = {table.group: table for table in tables}
    goals = [goal for goal in GOALS if goal.group in ran]
    if goals:
        yield from ("goals", "")
        yield from aligned([["", "measured", "goal", "moonshot", ""], *_rows(goals, tuple(ran.values()))])


def _rows(goals: Iterable[Goal], tables: tuple[Table, ...]) -> Iterator[list[str]]:
    for goal in goals:
        measured = found(goal, tables)
        bounds = [f"≤ {goal.most:g}", f"≤ {goal.moonshot:g}"]
        yield [goal.what, show(measured, 2), *bounds, verdict(goal, measured)]
