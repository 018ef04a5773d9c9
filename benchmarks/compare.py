"""Two runs side by side: `python benchmarks/compare.py BEFORE.json AFTER.json` prints after / before.

Compare the ratios first. They had both sides in one run; milliseconds of two days are two machines.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

if not __package__:
    # Run as a file: Python then looks beside it for modules, and not above.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.report import Run, Samples, Table, aligned, load

_FACTS = ("date", "commit", "cores", "python", "libvips", "quick")


def compared(before: Run, after: Run) -> Iterator[str]:
    """The facts that differ, then a table for each group that both runs have."""
    for fact in _FACTS:
        pair = before.facts.get(fact), after.facts.get(fact)
        if pair[0] != pair[1]:
            yield f"{fact}: {pair[0]} → {pair[1]}"
    earlier = {table.group: table for table in before.tables}
    for table in after.tables:
        if table.group in earlier:
            yield from ("", f"{table.group}: {table.title}", "")
            yield from aligned(list(_rows(earlier[table.group], table)))


def _rows(before: Table, after: Table) -> Iterator[list[str]]:
    yield ["", "", "before", "after", "after/before", ""]
    earlier = {row.name: row.samples for row in before.rows}
    for row in after.rows:
        for column in after.columns:
            old, new = earlier.get(row.name, {}).get(column.key, ()), row.samples.get(column.key, ())
            if old and new:
                yield [row.name, column.heading, *_cells(old, new, column.digits)]


def _cells(old: Samples, new: Samples, digits: int) -> list[str]:
    a, b = statistics.median(old), statistics.median(new)
    ratio = f"{b / a:.2f}" if a else "·"
    apart = max(old) < min(new) or max(new) < min(old)
    return [f"{a:,.{digits}f}", f"{b:,.{digits}f}", ratio, "*" if apart else ""]


def main() -> int:
    """Compare the two files named on the command line; 2 if one is no result."""
    parser = argparse.ArgumentParser(prog="benchmarks/compare.py", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    arguments = parser.parse_args()
    try:
        before, after = load(arguments.before), load(arguments.after)
    except (OSError, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    print("\n".join(compared(before, after)))
    print("\n* no round of one run lies within the rounds of the other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
