"""`python -m benchmarks [GROUP …]`: measures, prints a table a group, and keeps the numbers.

`python -m benchmarks charts` draws what was kept, and writes it into docs/performance.md.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import (
    burst,
    busy,
    cold,
    decode,
    encoders,
    goals,
    hits,
    hosting,
    knobs,
    lanes,
    language,
    large,
    memory,
    overload,
    page,
    peers,
    quality,
    recipes,
    render,
    renditions,
    report,
    rows,
    s3,
    scans,
    slow_origin,
    srcset,
    stampede,
    tiers,
)
from benchmarks.group import Group, Options, tell, within
from benchmarks.machine import facts

GROUPS: Mapping[str, Group] = {
    "hits": Group(hits.measure, 180),
    "tiers": Group(tiers.measure, 120),
    "large": Group(large.measure, 120, rounds=3),
    "cold": Group(cold.measure, 300),
    "decode": Group(decode.measure, 90, rounds=3),
    "busy": Group(busy.measure, 120),
    "memory": Group(memory.measure, 300, rounds=1),
    "srcset": Group(srcset.measure, 180, rounds=3),
    "stampede": Group(stampede.measure, 90, rounds=3),
    "slow_origin": Group(slow_origin.measure, 180, rounds=3),
    "overload": Group(overload.measure, 180, rounds=2),
    "burst": Group(burst.measure, 240, rounds=2),
    "encoders": Group(encoders.measure, 240, rounds=1),
    "s3": Group(s3.measure, 120),
    "knobs": Group(knobs.measure, 120),
    "lanes": Group(lanes.measure, 150, rounds=3),
    "render": Group(render.measure, 150, rounds=3),
    "recipes": Group(recipes.measure, 90, rounds=3),
    "language": Group(language.measure, 60),
    "scans": Group(scans.measure, 300, rounds=3, usual=False),
    "quality": Group(quality.measure, 900, usual=False),
    "hosting": Group(hosting.measure, 600, usual=False),
    "rows": Group(rows.measure, 3600, usual=False),
    "renditions": Group(renditions.measure, 600, usual=False),
}
"""In the order they run in: first what the page about speed shows."""
_MOST_SECONDS = 1500
"""Of a whole run that names no group; what is left then does not begin."""
RESULTS = Path(__file__).with_name("results")


def main() -> int:
    """Run the groups asked for, the usual ones by default. 1 when one of them failed."""
    if sys.argv[1:2] == ["charts"]:
        return page.main(sys.argv[2:])
    arguments = _arguments()
    started = time.monotonic()
    told = facts() | peers.versions() | {"quick": arguments.quick}
    print(", ".join(f"{name} {value}" for name, value in told.items()), end="\n\n")
    names = arguments.groups or [name for name, group in GROUPS.items() if group.usual]
    with tempfile.TemporaryDirectory(prefix="calotype-benchmarks-") as folder:
        ending = math.inf if arguments.groups else started + _MOST_SECONDS
        seconds: dict[str, int] = {}
        tables = tuple(_measured(names, arguments, Path(folder), ending, seconds))
    print("\n".join(goals.lines(tables)), end="\n\n")
    print(f"median (least–most) of all rounds; {time.monotonic() - started:.0f} s in all")
    if arguments.save is not None and tables:
        print(f"kept in {report.save(report.Run(told | {'seconds': seconds}, tables), arguments.save)}")
    return int(len(tables) < len(names))


def _measured(
    names: list[str], arguments: argparse.Namespace, folder: Path, ending: float, seconds: dict[str, int]
) -> Iterator[report.Table]:
    """The table of each group, and into `seconds` what it took.

    One that fails, or takes too long, does not keep the others away.
    """
    for name in names:
        group, started = GROUPS[name], time.monotonic()
        if started >= ending:
            print(f"{name}: no time left; python -m benchmarks {name}\n", flush=True)
            continue
        rounds = int(arguments.rounds or (min(2, group.rounds) if arguments.quick else group.rounds))
        try:
            with within(min(group.patience(rounds), ending - started)):
                table = group.measure(Options(rounds, arguments.quick, folder))
        except Exception:
            traceback.print_exc()
            print(f"{name}: failed, as told above\n", flush=True)
            continue
        print("\n".join(report.lines(table)), end="\n\n", flush=True)
        seconds[name] = round(time.monotonic() - started)
        tell(f"{name}: {seconds[name]} s")
        yield table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    usual = ", ".join(name for name, group in GROUPS.items() if group.usual)
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"among {', '.join(GROUPS)}; by default {usual}"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each group; by default its own, 1 to 5")
    parser.add_argument("--quick", action="store_true", help="less of everything, some minutes")
    parser.add_argument(
        "--save",
        type=Path,
        default=RESULTS,
        metavar="DIR",
        help="where to keep the numbers (benchmarks/results)",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - GROUPS.keys():
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
