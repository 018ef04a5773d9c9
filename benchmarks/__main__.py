"""`python -m benchmarks [GROUP …]`: measures, prints a table a group, and keeps the numbers."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    hits,
    hosting,
    language,
    memory,
    overload,
    quality,
    recipes,
    render,
    renditions,
    report,
    rows,
    stampede,
)
from benchmarks.group import Options
from benchmarks.machine import facts

GROUPS: Mapping[str, Callable[[Options], report.Table]] = {
    "render": render.measure,
    "hits": hits.measure,
    "stampede": stampede.measure,
    "memory": memory.measure,
    "overload": overload.measure,
    "quality": quality.measure,
    "language": language.measure,
    "recipes": recipes.measure,
    "hosting": hosting.measure,
    "rows": rows.measure,
    "renditions": renditions.measure,
}
_RESULTS = Path(__file__).with_name("results")


def main() -> int:
    """Run the groups asked for, all of them by default."""
    arguments = _arguments()
    started = time.monotonic()
    told = facts() | {"quick": arguments.quick, "rounds": _rounds(arguments)}
    print(", ".join(f"{name} {value}" for name, value in told.items()), end="\n\n")
    tables = []
    with tempfile.TemporaryDirectory(prefix="calotype-benchmarks-") as folder:
        options = Options(_rounds(arguments), arguments.quick, Path(folder))
        for group in arguments.groups or GROUPS:
            tables.append(GROUPS[group](options))
            print("\n".join(report.lines(tables[-1])), end="\n\n", flush=True)
    print(f"median (least–most) of {options.rounds} rounds; {time.monotonic() - started:.0f} s in all")
    if arguments.save is not None:
        print(f"kept in {report.save(report.Run(told, tuple(tables)), arguments.save)}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"among {', '.join(GROUPS)}; all by default"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each group; 5, or 2 with --quick")
    parser.add_argument("--quick", action="store_true", help="less of everything, about a minute")
    parser.add_argument(
        "--save",
        type=Path,
        default=_RESULTS,
        metavar="DIR",
        help="where to keep the numbers (benchmarks/results)",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - GROUPS.keys():
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    return arguments


def _rounds(arguments: argparse.Namespace) -> int:
    return int(arguments.rounds or (2 if arguments.quick else 5))


if __name__ == "__main__":
    sys.exit(main())
