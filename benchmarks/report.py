"""What a run of the benchmarks says: samples, the tables made of them, and the file they are kept in."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Samples = tuple[float, ...]
"""One number a round."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: which samples it shows, and under what heading."""

    key: str
    heading: str
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one thing, by column."""

    name: str
    samples: Mapping[str, Samples]


@dataclass(frozen=True, slots=True)
class Table:
    """The outcome of a group."""

    group: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Everything one `python -m benchmarks` measured, and on what."""

    facts: Mapping[str, Any]
    tables: tuple[Table, ...]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Samples:
    """Round by round, so that what disturbs a round disturbs both sides of its ratio; 0 is no answer."""
    return tuple(a / b for a, b in zip(ours, theirs, strict=True) if b)


def show(samples: Samples, digits: int) -> str:
    """The median, and behind it the least and the most where they differ."""
    if not samples:
        return "·"
    middle, low, high = (
        f"{value:,.{digits}f}" for value in (statistics.median(samples), min(samples), max(samples))
    )
    return middle if low == high else f"{middle} ({low}–{high})"


def lines(table: Table) -> list[str]:
    """The table as text."""
    head = ["", *(column.heading for column in table.columns)]
    body = [
        [row.name, *(show(row.samples.get(column.key, ()), column.digits) for column in table.columns)]
        for row in table.rows
    ]
    return [f"{table.group}: {table.title}", "", *aligned([head, *body]), "", *table.notes]


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Columns under each other: the first one to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        padded = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *padded)).rstrip()


def save(run: Run, folder: Path) -> Path:
    """Keep `run` in `folder` under its date and commit; where it lies."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = str(run.facts["date"])[:19].replace("-", "").replace(":", "").replace("T", "-")
    path = folder / f"{stamp}-{run.facts['commit']}.json"
    path.write_text(json.dumps(_rounded(asdict(run)), indent=1, ensure_ascii=False) + "\n")
    return path


def load(path: Path) -> Run:
    """A run that `save` kept. Raises ValueError for a file that is none."""
    try:
        told = json.loads(path.read_text())
        return Run(told["facts"], tuple(_table(table) for table in told["tables"]))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: not a result of the benchmarks: {error!r}") from error


def _table(told: dict[str, Any]) -> Table:
    columns = tuple(Column(**column) for column in told["columns"])
    rows = tuple(
        Row(row["name"], {key: tuple(samples) for key, samples in row["samples"].items()})
        for row in told["rows"]
    )
    return Table(told["group"], told["title"], columns, rows, tuple(told["notes"]))


def _rounded(value: Any) -> Any:
    """Six digits are more than any clock here is good for."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return value
