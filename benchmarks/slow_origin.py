"""A slow origin: a tenth of the originals come a second late. What do the others pay for it?"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import pickle
from collections.abc import Callable, Iterator
from urllib.parse import quote

from benchmarks import originals, peers, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table
from benchmarks.server import Server
from tests.attack.flooding import Lines, Seen, steadily

COLUMNS = (
    Column("ratio", "p99 to none slow", 2),
    Column("p50", "p50 ms", 0),
    Column("p99", "p99 ms", 0),
    Column("slow_p50", "slow p50 ms", 0),
    Column("slow_p99", "slow p99 ms", 0),
    Column("ok", "200s", 0),
    Column("wrong", "others", 0),
)
NOTES = (
    "New pictures, each of another remote original, at a steady rate. p50, p99: of those whose originals",
    "  come at once; slow: of those whose originals come a second late. p99 to none slow: to that of the",
    "  same rate of quick ones alone.",
)
OURS, THUMBOR = "Calotype", "thumbor"
_QUICK_A_SECOND, _SLOW_A_SECOND = 18, 2

Paths = Callable[[str], str]
"""The path of a picture, by the address of its original."""


def measure(options: Options) -> Table:
    """Two rows for each side: with nothing slow, and with a tenth."""
    seconds = options.most(8, 4)
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(_host())
        sides = list(_sides(options, stack, host))
        fresh = (f"http://{server.HERE}:{host}/{number}" for number in itertools.count())
        for number in range(options.rounds):
            tell(f"slow origin: round {number + 1} of {options.rounds}")
            for name, running, path in sides:
                asyncio.run(_asked(running, path, fresh, 1, slow=0))
                alone = asyncio.run(_asked(running, path, fresh, seconds, slow=0))
                rounds.add(f"{name}, none slow", alone)
                beside = asyncio.run(_asked(running, path, fresh, seconds, slow=_SLOW_A_SECOND))
                rounds.add(
                    f"{name}, a tenth slow", beside | {"ratio": beside["p99"] / max(alone["p99"], 1e-6)}
                )
    rows = (Row(name, {key: tuple(v) for key, v in found.items()}) for name, found in rounds.samples.items())
    missing = () if len(sides) > 1 else (f"{THUMBOR}: {peers.MISSING}",)
    title = f"{_QUICK_A_SECOND + _SLOW_A_SECOND} new remote pictures a second"
    return Table("slow_origin", title, COLUMNS, tuple(rows), (*NOTES, *missing))


@contextlib.contextmanager
def _host() -> Iterator[int]:
    with server.program("benchmarks.slow_host") as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(pickle.dumps(originals.dandelion(progressive=False, width=1600, height=900)))
        process.stdin.flush()
        yield int(process.stdout.readline())


def _sides(options: Options, stack: contextlib.ExitStack, host: int) -> Iterator[tuple[str, Server, Paths]]:
    settings = {
        "FETCH__ENABLED": "true",
        "FETCH__ALLOW_HOSTS": f'["{server.HERE}"]',
        "FETCH__ALLOW_PORTS": f"[{host}]",
        "FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]',
    }
    ours = server.calotype(server.scratch(options.folder, "slow-origin/ours"), {}, settings)
    yield OURS, stack.enter_context(ours), lambda url: f"/fetch/w_300,f_jpg/{url}"
    if peers.program("thumbor"):
        scratch = server.scratch(options.folder, "slow-origin/thumbor")
        web = {"LOADER": "thumbor.loaders.http_loader", "ALLOWED_SOURCES": [server.HERE]}
        running = stack.enter_context(peers.thumbor(scratch, scratch, web))
        yield THUMBOR, running, lambda url: f"/unsafe/300x0/{quote(url, safe='')}"


async def _asked(
    running: Server, path: Paths, fresh: Iterator[str], seconds: float, *, slow: float
) -> dict[str, float]:
    lines, quick_seen, slow_seen = Lines(f"http://{server.HERE}:{running.port}"), Seen(), Seen()
    quick_paths = (path(url) for url in fresh)
    slow_paths = (path(f"{url}-slow") for url in fresh)
    try:
        async with asyncio.TaskGroup() as group:
            quick = steadily(lines, quick_paths, rate=_QUICK_A_SECOND, seconds=seconds, seen=quick_seen)
            group.create_task(quick)
            group.create_task(
                steadily(lines, slow_paths, rate=slow or 1, seconds=seconds if slow else 0, seen=slow_seen)
            )
    finally:
        lines.close()
    return _told(quick_seen, slow_seen)


def _told(quick: Seen, slow: Seen) -> dict[str, float]:
    ok = quick.statuses[200] + slow.statuses[200]
    told = {
        "p50": quick.quantile(0.5) * 1000,
        "p99": quick.quantile(0.99) * 1000,
        "ok": ok,
        "wrong": quick.statuses.total() + slow.statuses.total() - ok,
    }
    if slow.statuses:
        told |= {"slow_p50": slow.quantile(0.5) * 1000, "slow_p99": slow.quantile(0.99) * 1000}
    return told
