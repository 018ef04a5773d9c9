"""`python -m tests.crashes`: kills a server at every point where it may die, and says what was left of it.

First on SQLite and a folder, then on PostgreSQL and an S3 server, each started for this.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.machine import facts
from tests.crashes.grounds import GROUNDS
from tests.crashes.places import Places
from tests.crashes.server import Mortal, mortal
from tests.crashes.stories import STORIES, Cast
from tests.crashes.trial import Trial, look_through, run

_AT_ONCE = 10
ALL = [(story, point) for story, told in STORIES.items() for point in told.points]


def main() -> int:
    """Run the trials asked for, and print them. Returns 1 when anything was not as it should be."""
    arguments = _arguments()
    wanted = [(story, point) for story, point in ALL if arguments.only in f"{story} {point}"]
    kept: dict[str, list[Trial]] = {}
    started = time.monotonic()
    for ground in arguments.on or GROUNDS:
        with _serving(ground) as server, Progress(console=Console(stderr=True)) as progress:
            trials = kept[ground] = []
            for trial in progress.track(_trials(server, wanted), total=len(wanted), description=ground):
                trials.append(trial)
                for fault in trial.faults:
                    progress.console.print(f"{trial.story}, {trial.point}: {fault}", markup=False)
    console = Console(width=None if sys.stdout.isatty() else 160)
    for ground, trials in kept.items():
        console.print(_table(ground, trials))
        console.print(_summed(ground, trials))
    print(f"{time.monotonic() - started:.0f} s")
    if arguments.json is not None:
        rows = {ground: [_told(trial) for trial in trials] for ground, trials in kept.items()}
        arguments.json.write_text(json.dumps({"facts": facts(), "rows": rows}, indent=1) + "\n")
    return int(any(trial.faults for trials in kept.values() for trial in trials))


def _trials(server: Mortal, wanted: list[tuple[str, str]]) -> Iterator[Trial]:
    """Looked through some at a time: a day has to go by for that."""
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = enumerate(wanted[start : start + _AT_ONCE], start)
        trials = [run(server, story, point, Cast(f"trial{number}")) for number, (story, point) in chosen]
        look_through(server, trials)
        yield from trials


@contextmanager
def _serving(ground: str) -> Iterator[Mortal]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calotype-crashes-")))
        data_dir = folder / "data"
        data_dir.mkdir()
        elsewhere = stack.enter_context(GROUNDS[ground](folder))
        yield stack.enter_context(mortal(Places(data_dir, **elsewhere)))


def _table(ground: str, trials: list[Trial]) -> Table:
    table = Table(
        *("what is done", "killed at", "answered", "lost", "resurrected", "orphans", "unfinished", "audit"),
        title=ground,
    )
    table.add_column("serves again", justify="right")
    for trial in trials:
        table.add_row(
            *(trial.story, trial.point, "yes" if trial.acknowledged else "no"),
            *(str(len(each)) for each in (trial.lost, trial.resurrected, trial.orphans, trial.unfinished)),
            trial.audit or "clean",
            f"{trial.seconds:.1f} s" if trial.reached else "never died",
            style="red" if trial.faults else "",
        )
    return table


def _summed(ground: str, trials: list[Trial]) -> str:
    names = ("lost", "resurrected", "orphans", "unfinished")
    sums = ", ".join(f"{name} {sum(len(getattr(trial, name)) for trial in trials)}" for name in names)
    points = len({trial.point for trial in trials})
    failed = sum(bool(trial.faults) for trial in trials)
    return f"{ground}: killed {len(trials)} times at {points} points; {sums}; {failed} trials failed"


def _told(trial: Trial) -> dict[str, object]:
    return {each.name: getattr(trial, each.name) for each in fields(trial) if each.name != "cast"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crashes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="trials whose story or point has that text"
    )
    parser.add_argument("--on", action="append", choices=list(GROUNDS), help="all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all trials there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
