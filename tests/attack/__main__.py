"""`python -m tests.attack`: attacks a server, and says of each case what should come of it and what did.

Without --base it starts servers and neighbours of its own: a real Valkey, a real S3 server behind a door that
counts and fails, PostgreSQL where there is one, wires that break. Signatures, fetching by URL, faults and
herds always run against those; the other groups against the server that --base names, if it does.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from benchmarks.machine import facts
from tests.attack.groups import GROUPS
from tests.attack.rows import Row
from tests.attack.stage import ORIGINAL, PICTURE, Options

_CASES = {"urls": 20, "sign": 9, "ssrf": 10, "bombs": 22, "http": 200, "slow": 27, "faults": 16, "herd": 6}
"""About how many rows a group has, for the bar."""


def main() -> int:
    """Run the groups asked for. Returns 1 when anything was not as it should be."""
    arguments = _arguments()
    _have_descriptors()
    console = Console(stderr=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="calotype-attack-") as folder:
        options = Options(
            folder=Path(folder),
            base=arguments.base.rstrip("/"),
            picture=arguments.picture,
            large=arguments.large,
            original=arguments.original,
            pid=arguments.pid,
            mount=arguments.mount,
            testsets=arguments.testsets,
            quick=arguments.quick,
        )
        rows = list(_run(arguments.only, options, console))
    Console(width=None if sys.stdout.isatty() else 180).print(_table(rows, every=arguments.all))
    failed = [row for row in rows if not row.holds]
    told = f"{len(rows)} cases, {len(failed)} failed, {time.monotonic() - started:.0f} s"
    print(told)
    if arguments.json is not None:
        kept = {"facts": facts() | {"quick": arguments.quick}, "rows": [_kept(row) for row in rows]}
        arguments.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    return int(bool(failed))


def _run(names: list[str], options: Options, console: Console) -> Iterator[Row]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        for name in names:
            task = progress.add_task(name, total=_CASES.get(name, 12))
            seen = 0
            for row in _guarded(name, options):
                seen += 1
                progress.update(task, completed=seen, total=max(seen, _CASES.get(name, 12)))
                if not row.holds:
                    progress.console.print(
                        f"{row.group}: {row.name}: {row.expected}: {row.got}", markup=False
                    )
                yield row
            progress.update(task, completed=seen, total=seen)


def _guarded(name: str, options: Options) -> Iterator[Row]:
    """A group that breaks down is a failure, and no reason to leave out the others."""
    try:
        yield from GROUPS[name](options)
    except Exception as error:
        yield Row(name, "the whole group", "runs to its end", f"{type(error).__name__}: {error}", holds=False)


def _table(rows: list[Row], *, every: bool) -> Table:
    """The rows; of many alike that hold only how many they are, unless all are wanted."""
    table = Table("group", "case", "expected", "got", "code", "time", "verdict")
    shown = rows if every else [row for row in rows if row.group != "http" or not row.holds]
    for row in shown:
        style = "red" if not row.holds else "dim" if row.skipped else ""
        seconds = f"{row.seconds:.3f} s" if row.seconds else ""
        table.add_row(
            row.group, row.name, row.expected, row.got[:300], row.code, seconds, row.verdict, style=style
        )
    if len(shown) < len(rows):
        table.add_row("http", f"{len(rows) - len(shown)} cases; --all lists them", "", "", "", "", "holds")
    return table


def _kept(row: Row) -> dict[str, object]:
    return {**asdict(row), "seconds": round(row.seconds, 4), "verdict": row.verdict}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base", default="", metavar="URL", help="a server that runs")
    parser.add_argument(
        "--only", action="append", metavar="GROUP", help=f"among {', '.join(GROUPS)}; all by default"
    )
    parser.add_argument("--picture", default=PICTURE, help=f"a small variant that --base has ({PICTURE})")
    parser.add_argument(
        "--large", default="", help="a picture of megabytes that --base has, for slow readers"
    )
    parser.add_argument("--original", default=ORIGINAL, help=f"a photograph that --base has ({ORIGINAL})")
    parser.add_argument(
        "--pid", type=int, default=0, help="of --base's `calotype serve`, to watch its memory"
    )
    parser.add_argument(
        "--mount", type=Path, help="the folder of --base's originals, to lay hostile files into"
    )
    parser.add_argument(
        "--testsets", type=Path, help="where `make attack-files` put other projects' pictures"
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, some minutes")
    parser.add_argument("--all", action="store_true", help="a line for every case that holds, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all rows there")
    arguments = parser.parse_args()
    asked = [name for each in arguments.only or () for name in each.replace("|", ",").split(",") if name]
    if unknown := set(asked) - GROUPS.keys():
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    arguments.only = [name for name in GROUPS if name in asked or not asked]
    return arguments


def _have_descriptors() -> None:
    """As many as may be: there are thousands of clients."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
