"""Far more new pictures than a server can make, beside steady hits: what is served, refused, and how soon.

    python -m tests.attack.overload --base http://127.0.0.1:8080 --original dandelion

First hits alone are timed, then how many distinct misses a second the server makes. Then it is asked for
twenty times as many, at a steady rate whatever it answers, while the hits go on; at last for one new picture
after the other until one is there. The flood comes from a process of its own, so that it does not delay what
is timed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from tests.attack.flooding import MOST_SECONDS, Lines, Seen, capacity, have_descriptors, misses, steadily
from tests.attack.rows import Row

GROUP = "overload"
ROOT = Path(__file__).parents[2]
FACTOR = 20
"""Times what the server can make."""
RECOVERY_SECONDS = 5.0
REFUSAL_SECONDS = 0.05
HIT_RATIO, HIT_SECONDS = 2.0, 0.02
"""A hit may take twice what it takes alone, or this long: less is within what any machine jitters."""
MOST_GROWTH_BYTES = 128 << 20
_WEIGHED_EVERY_SECONDS = 0.25
_HITS_A_SECOND = 100
_MOST_A_SECOND = 2_000
"""Of the flood: what one process can send."""
_PAUSE_SECONDS = 0.05


async def flooded(base: str, original: str, *, rate: float, seconds: float) -> Seen:
    """What a process of its own sees that asks for so many new pictures a second."""
    words = ("--base", base, "--original", original, "--rate", str(rate), "--seconds", str(seconds))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.attack.flooding", *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = json.loads(told)
    seconds_by_status = {int(status): times for status, times in found["seconds"].items()}
    return Seen(Counter({s: len(t) for s, t in seconds_by_status.items()}), seconds_by_status, found["wrong"])


async def recovery(lines: Lines, paths: Iterator[str], seen: Seen) -> float:
    """How long until a new picture is made again, seconds."""
    started = time.perf_counter()
    while time.perf_counter() - started < MOST_SECONDS:
        # Who has spent his budget of new pictures is answered too: the server is as before.
        if await lines.ask(next(paths), seen) in (200, 429):
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Found:
    """What an overload came to."""

    able: float
    """New pictures that the server makes a second."""
    rate: float
    """Those it was asked for."""
    alone: Seen
    beside: Seen
    missed: Seen
    after: Seen
    recovery_seconds: float
    bytes_before: int = 0
    bytes_most: int = 0

    @property
    def hit_ratio(self) -> float:
        return self.beside.quantile(0.99) / max(self.alone.quantile(0.99), 1e-6)


async def overload(
    base: str,
    *,
    original: str = "dandelion",
    seconds: float = 8.0,
    factor: float = FACTOR,
    memory: Callable[[], int] | None = None,
) -> Found:
    """Overload a server and tell how it bore it.

    `original` is one it has, a photograph; `memory` tells the bytes that its processes hold, where they can
    be seen from here.
    """
    lines, paths = Lines(base), misses(original)
    alone, beside, after, weights = Seen(), Seen(), Seen(), [memory()] if memory else [0]
    warm = next(paths)
    try:
        await lines.ask(warm, Seen())
        await _hits(lines, warm, seconds / 2, alone)
        able = await capacity(lines, paths, seconds=seconds / 2)
        weights[:] = [memory()] if memory else [0]
        rate = min(factor * able, _MOST_A_SECOND)
        async with asyncio.TaskGroup() as group:
            flood = group.create_task(flooded(base, original, rate=rate, seconds=seconds))
            hits = group.create_task(_hits(lines, warm, seconds, beside))
            watch = group.create_task(_weigh(memory, weights))
            await flood
            took = await recovery(lines, paths, after)
            await hits
            watch.cancel()
    finally:
        lines.close()
    return Found(able, rate, alone, beside, flood.result(), after, took, weights[0], max(weights))


async def attack(
    base: str,
    *,
    original: str = "dandelion",
    seconds: float = 8.0,
    factor: float = FACTOR,
    memory: Callable[[], int] | None = None,
) -> list[Row]:
    """The rows of an `overload`, with the same arguments."""
    found = await overload(base, original=original, seconds=seconds, factor=factor, memory=memory)
    return list(rows(found, original=original))


def rows(found: Found, *, original: str = "it") -> Iterator[Row]:
    """What was promised, and what came of it."""
    missed, beside = found.missed, found.beside
    wrong = Counter((*missed.wrong, *beside.wrong, *found.after.wrong))
    told = ", ".join(f"{status}: {count}" for status, count in sorted(missed.statuses.items()))
    asked = f"{found.rate:.0f} pictures a second of {original} from a server that makes {found.able:.0f}"
    yield Row(GROUP, asked, "200, 429, 503, each soon", told or "nothing", holds=not wrong and bool(told))
    got = ", ".join(f"{problem} ({count})" for problem, count in wrong.most_common(5)) or "none"
    yield Row(GROUP, "answers that hang, break off or are nothing of these", "none", got, holds=not wrong)
    served = beside.statuses[200] == beside.statuses.total() and beside.statuses.total() > 0
    yield Row(GROUP, "hits beside it", "200", _counts(beside), holds=served)
    hit = beside.quantile(0.99)
    yield Row(
        GROUP,
        "99 of 100 hits",
        f"within {HIT_RATIO:g} times what they take alone, or {HIT_SECONDS * 1000:.0f} ms",
        f"{hit * 1000:.1f} ms, alone {found.alone.quantile(0.99) * 1000:.1f} ms",
        seconds=hit,
        holds=hit <= HIT_SECONDS or found.hit_ratio <= HIT_RATIO,
    )
    refusal = missed.quantile(0.99, 503)
    yield Row(
        GROUP,
        "99 of 100 refusals",
        f"within {REFUSAL_SECONDS * 1000:.0f} ms",
        f"{refusal * 1000:.1f} ms, half of them {missed.quantile(0.5, 503) * 1000:.1f} ms",
        seconds=refusal,
        holds=refusal <= REFUSAL_SECONDS,
    )
    yield Row(
        GROUP,
        "a new picture afterwards",
        f"within {RECOVERY_SECONDS:g} s",
        f"{found.recovery_seconds:.2f} s",
        seconds=found.recovery_seconds,
        holds=found.recovery_seconds <= RECOVERY_SECONDS,
    )
    if found.bytes_most:
        grown = found.bytes_most - found.bytes_before
        yield Row(
            GROUP,
            "memory of all processes",
            f"grows by less than {MOST_GROWTH_BYTES >> 20} MiB",
            f"{found.bytes_before >> 20} MiB before, {found.bytes_most >> 20} at most",
            holds=grown < MOST_GROWTH_BYTES,
        )


def _counts(seen: Seen) -> str:
    return ", ".join(f"{status}: {count}" for status, count in sorted(seen.statuses.items())) or "nothing"


async def _hits(lines: Lines, path: str, seconds: float, seen: Seen) -> None:
    await steadily(lines, repeat(path), rate=_HITS_A_SECOND, seconds=seconds, seen=seen)


async def _weigh(memory: Callable[[], int] | None, weights: list[int]) -> None:
    while memory is not None:
        weights.append(await asyncio.to_thread(memory))
        await asyncio.sleep(_WEIGHED_EVERY_SECONDS)


def main() -> int:
    """Attack a server. Returns 1 when anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8080")
    parser.add_argument("--original", default="dandelion", help="a photograph that the server has")
    parser.add_argument("--seconds", type=float, default=8.0)
    arguments = parser.parse_args()
    have_descriptors()
    found = asyncio.run(attack(arguments.base, original=arguments.original, seconds=arguments.seconds))
    for row in found:
        print(f"{row.verdict:<8} {row.name}: {row.got} (expected: {row.expected})")
    return int(any(not row.holds for row in found))


if __name__ == "__main__":
    sys.exit(main())
