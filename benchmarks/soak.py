"""`python -m benchmarks.soak`: an hour of mixed load on a server of its own, and whether anything grows.

CALOTYPE_SOAK_SECONDS says for how long. It prints a table, keeps numbers and a chart, and ends with 1 when
memory, descriptors or temporary files grew, a process died, or an answer was not the expected one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import originals, processes, server
from benchmarks.group import tell
from benchmarks.machine import facts
from benchmarks.report import aligned
from benchmarks.server import Client, Server
from benchmarks.soak_chart import Line, svg
from benchmarks.soak_load import KEY, Mix
from origin.storage.filesystem import UNFINISHED

MOST_MB_PER_HOUR, MOST_MB = 24.0, 16.0
"""Memory grows when it does so by more than the first, and by more than the second over what was measured: a
worker's heap has the mark of its largest render, which may come late; a leak of a kilobyte a request, at the
forty a second of this load, is 144 MB an hour."""
MOST_DESCRIPTORS = 10.0
"""By as many the fitted line may rise: each slow client holds one, and so does each kept connection."""
MOST_FILES = 0
"""Temporary files that may be left when the load is over and some seconds have passed."""
_SETTINGS = {
    # Small, so that caches are full when warming up is over, and what grows then is no cache.
    "CACHE__MEMORY_BYTES": "8000000",
    "REDIS__EMBEDDED_MEMORY_BYTES": "32000000",
    "HOSTING__KEYS": json.dumps(KEY),
    "CACHE__DISK__MAX_BYTES": "64000000",
    "RENDER__MEZZANINE__ENABLED": "true",
    # An hour asks for more new variants of one original than anybody does.
    "LIMITS__NEW_VARIANTS_PER_ASSET": "0",
}
_MB = 1e6
_USUAL_SECONDS = 3600.0
_INTERVAL_SECONDS = 10.0
_REST_SECONDS = 5.0
_FILLED = 20_000
"""Variants; more than any cache of a process that is bounded by entries holds."""
_ASSETS = 12_000
"""Originals: uploads come too slowly to fill in an hour what holds ten thousand."""
_FILLERS = 4
_WARM_SHARE, _MOST_WARM_SECONDS = 0.3, 900.0
_RENEWED = {"worn", "renewed", "grown"}
"""Reasons for which a worker is replaced in good order."""
RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment: MB (PSS) by role and in all, resident MB, descriptors, temporary files."""

    seconds: float
    shares: Mapping[str, float]
    total: float
    resident: float
    descriptors: int
    files: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that is not to grow: what it began and ended with by the fitted line, and its slope."""

    what: str
    first: float
    last: float
    per_hour: float
    well: bool


def sample(running: Server, folder: Path, seconds: float) -> Sample:
    """A look at all processes and folders."""
    shares: dict[str, float] = defaultdict(float)
    resident, descriptors = 0.0, 0
    for pid in processes.tree(running.pid):
        with contextlib.suppress(OSError):
            memory = processes.memory(pid)
            shares[processes.role(pid)] += memory.proportional / _MB
            resident += memory.resident / _MB
            descriptors += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    files = len(list(temporary_files(folder)))
    return Sample(seconds, dict(shares), sum(shares.values()), resident, descriptors, files)


def temporary_files(folder: Path) -> Iterator[Path]:
    """What lies in the server's folder for temporary files, is on its way in, or was not finished."""
    for place in (folder / "tmp", folder / "data" / "staging"):
        yield from (path for path in place.rglob("*") if path.is_file())
    yield from (folder / "data").rglob(f"{UNFINISHED}*")


def verdicts(samples: Sequence[Sample], warm: float) -> list[Verdict]:
    """Of memory, role by role and in all, and of descriptors, after `warm` seconds."""
    later = [each for each in samples if each.seconds >= warm]
    at = [each.seconds for each in later]
    roles = sorted({role for each in later for role in each.shares})
    memory = {f"{role} MB": [each.shares.get(role, 0.0) for each in later] for role in roles}
    memory["server MB"] = [each.total for each in later]
    found = [_grown(what, at, values, MOST_MB, MOST_MB_PER_HOUR) for what, values in memory.items()]
    found.append(_grown("descriptors", at, [each.descriptors for each in later], MOST_DESCRIPTORS, 0))
    return found


def _grown(what: str, at: Sequence[float], values: Sequence[float], most: float, per_hour: float) -> Verdict:
    slope, start = statistics.linear_regression(at, values)
    first, last = start + slope * at[0], start + slope * at[-1]
    return Verdict(what, first, last, slope * 3600, last - first <= most or slope * 3600 <= per_hour)


def main() -> int:
    """Run the soak; 1 when something is not well."""
    seconds = float(os.environ.get("CALOTYPE_SOAK_SECONDS", _USUAL_SECONDS))
    if seconds < 2 * _INTERVAL_SECONDS:
        sys.exit(f"CALOTYPE_SOAK_SECONDS: {seconds:g}, expected at least {2 * _INTERVAL_SECONDS:g}")
    warm = min(seconds * _WARM_SHARE, _MOST_WARM_SECONDS)
    with tempfile.TemporaryDirectory(prefix="calotype-soak-") as name:
        samples, mix, restarts = _soaked(Path(name), seconds)
    found = verdicts(samples[:-1], warm)
    left = samples[-1].files
    found.append(Verdict("temporary files", samples[0].files, left, 0.0, left <= MOST_FILES))
    died = {reason: count for reason, count in restarts.items() if reason not in _RENEWED and count}
    _print(found, mix, restarts)
    _keep(samples, found, mix, restarts, warm)
    return int(bool(mix.wrong or died) or not all(verdict.well for verdict in found))


def _soaked(folder: Path, seconds: float) -> tuple[list[Sample], Mix, dict[str, float]]:
    """The samples, the last one after a rest; what was done; worker restarts by reason."""
    (folder / "tmp").mkdir()
    upload = originals.dandelion(progressive=False, width=800, height=600)
    pictures = {
        "dandelion.jpg": originals.dandelion(progressive=True, width=3600, height=2400),
        "small.jpg": originals.dandelion(progressive=False, width=240, height=160),
    }
    pictures |= dict.fromkeys(_one_each(), originals.dandelion(progressive=False, width=24, height=16))
    os.environ["TMPDIR"] = str(folder / "tmp")
    try:
        with server.calotype(folder / "data", pictures, _SETTINGS) as running:
            _fill(running)
            mix, began = Mix(running.port, upload), time.monotonic()
            samples = [sample(running, folder, 0.0)]
            with mix.running():
                while (now := time.monotonic() - began) < seconds:
                    time.sleep(min(_INTERVAL_SECONDS, seconds - now))
                    samples.append(sample(running, folder, time.monotonic() - began))
                    _tell(samples[-1], mix)
            time.sleep(_REST_SECONDS)
            samples.append(sample(running, folder, time.monotonic() - began))
            return samples, mix, _restarts(running)
    finally:
        del os.environ["TMPDIR"]


def _fill(running: Server) -> None:
    """Have the caches that are bounded by entries (plans, headers, originals, what was seen lately) as full
    as they get: an hour of new URLs is less than they hold, and what they take up would pass for a leak."""
    sizes = itertools.product(range(20, 220), range(20, 20 + _FILLED // 200))
    paths = [f"/c_fill,f_jpg,h_{height},w_{width}/small.jpg" for width, height in sizes]
    paths += [f"/w_20,f_jpg/{name}" for name in _one_each()]
    with ThreadPoolExecutor(_FILLERS) as pool:
        shares = [paths[first::_FILLERS] for first in range(_FILLERS)]
        for done in [pool.submit(_ask_all, running, share) for share in shares]:
            done.result()


def _one_each() -> Iterator[str]:
    """The names of as many originals, of the same bytes."""
    return (f"one-{number}.jpg" for number in range(_ASSETS))


def _ask_all(running: Server, paths: Sequence[str]) -> None:
    with contextlib.closing(Client(running)) as client:
        for path in paths:
            client.picture(path)


def _restarts(running: Server) -> dict[str, float]:
    name = "calotype_render_worker_restarts_total"
    reasons = (*sorted(_RENEWED), "died", "timeout", "start")
    return {reason: running.metric(name, reason=reason) for reason in reasons}


def _tell(one: Sample, mix: Mix) -> None:
    asked, wrong = sum(mix.done.values()), sum(mix.wrong.values())
    tell(
        f"soak: {one.seconds:.0f} s, {asked:,} done, {wrong} wrong, {one.total:.0f} MB,"
        f" {one.descriptors} descriptors, {one.files} temporary files"
    )


def _print(found: Sequence[Verdict], mix: Mix, restarts: Mapping[str, float]) -> None:
    rows = [["", "first", "last", "an hour", ""]]
    rows += [
        [
            each.what,
            f"{each.first:.1f}",
            f"{each.last:.1f}",
            f"{each.per_hour:+.1f}",
            "" if each.well else "GROWS",
        ]
        for each in found
    ]
    print("\n".join(("soak: after warming up, by a line fitted through the samples", "", *aligned(rows), "")))
    print("done: " + ", ".join(f"{count:,} {name}" for name, count in sorted(mix.done.items())))
    print(f"asked to come again: {mix.busy:,}")
    print("not expected: " + (", ".join(f"{count} {name}" for name, count in mix.wrong.items()) or "nothing"))
    print("workers replaced: " + ", ".join(f"{count:.0f} {reason}" for reason, count in restarts.items()))


def _word(verdict: Verdict) -> str:
    return "" if verdict.well else "GROWS"


def _keep(
    samples: Sequence[Sample],
    found: Sequence[Verdict],
    mix: Mix,
    restarts: Mapping[str, float],
    warm: float,
) -> None:
    told = facts()
    stamp = f"soak-{str(told['date'])[:10].replace('-', '')}-{told['commit']}"
    kept = {
        "facts": told,
        "verdicts": [asdict(each) for each in found],
        "done": mix.done,
        "wrong": mix.wrong,
        "busy": mix.busy,
        "restarts": restarts,
        "samples": [asdict(each) for each in samples],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{stamp}.json").write_text(json.dumps(kept, indent=1) + "\n")
    roles = sorted({role for each in samples for role in each.shares})
    lines = [Line("server", [each.total for each in samples])]
    lines += [Line(role, [each.shares.get(role, 0.0) for each in samples]) for role in roles]
    hours = samples[-1].seconds / 3600
    title = f"Memory over {hours:.1f} hours of mixed load" if hours >= 1 else "Memory under mixed load"
    chart = svg(title, [each.seconds for each in samples], lines, warm=warm)
    (RESULTS / f"{stamp}.svg").write_text(chart)
    print(f"kept in {RESULTS.name}/{stamp}.json and .svg")


if __name__ == "__main__":
    sys.exit(main())
