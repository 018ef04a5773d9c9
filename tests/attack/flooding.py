"""Requests at a steady rate, from as many connections as it takes, and what came back.

    python -m tests.attack.flooding --base http://127.0.0.1:8080 --rate 100 --seconds 5

asks for so many new pictures a second and says what it saw as JSON: a flood from a process of its own does
not delay what another one times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvloop

SERVED = frozenset((200, 429, 503))
MOST_SECONDS = 30.0
"""Beyond any deadline of the server: an answer that takes longer hangs."""
_AT_ONCE = 8
_PAUSE_SECONDS = 0.05


@dataclass(slots=True)
class Seen:
    """Answers: how often each status came, after how long, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, status: int, took: float, *, retry_after: bool) -> None:
        self.statuses[status] += 1
        self.seconds.setdefault(status, []).append(took)
        if status not in SERVED:
            self.wrong.append(f"status {status}")
        elif status != 200 and not retry_after:
            self.wrong.append(f"{status} without Retry-After from 1 to 3600")

    def quantile(self, share: float, status: int = 200) -> float:
        """So many of the answers with this status took no longer, in seconds; 0 when there was none."""
        times = sorted(self.seconds.get(status, ()))
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


class Lines:
    """Connections to one server, kept for the next request."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host = parts.netloc
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, path: str, seen: Seen) -> int:
        """One request, noted in `seen`; its status, 0 when there was no answer."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                status, retry_after = await self._ask(path)
        except TimeoutError:
            seen.wrong.append(f"no answer in {MOST_SECONDS:g} s")
            return 0
        except (OSError, asyncio.IncompleteReadError) as error:
            seen.wrong.append(type(error).__name__)
            return 0
        seen.add(status, time.perf_counter() - started, retry_after=retry_after)
        return status

    async def _ask(self, path: str) -> tuple[int, bool]:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(*self._address)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: image/*\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            await reader.readexactly(int(headers.get("content-length", 0)))
        except BaseException:
            writer.close()
            raise
        if headers.get("connection") == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        after = headers.get("retry-after", "")
        return int(head[9:12]), after.isdigit() and 1 <= int(after) <= 3600

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


def misses(original: str) -> Iterator[str]:
    """Paths that nobody has asked for, each another picture; about as dear as a thumbnail."""
    random_number = random.SystemRandom().randrange
    while True:
        width, height, quality = 200 + random_number(200), 200 + random_number(200), 50 + random_number(40)
        yield f"/c_fill,g_center,h_{height},w_{width}/q_{quality},f_jpg/{original}"


async def steadily(lines: Lines, paths: Iterator[str], *, rate: float, seconds: float, seen: Seen) -> None:
    """Ask `rate` times a second, whether or not answers come, and wait for the last of them."""
    asked: set[asyncio.Task[int]] = set()
    started = time.perf_counter()
    for number in range(int(rate * seconds)):
        # By the clock, not by the last request: a late one must not make all others late.
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        task = asyncio.create_task(lines.ask(next(paths), seen))
        asked.add(task)
        task.add_done_callback(asked.discard)
    if asked:
        await asyncio.wait(asked)


async def capacity(lines: Lines, paths: Iterator[str], *, seconds: float) -> float:
    """How many new pictures a second the server makes for a few clients that wait for their answers."""
    until, seen = time.perf_counter() + seconds, Seen()

    async def client() -> None:
        while time.perf_counter() < until:
            if await lines.ask(next(paths), seen) != 200:
                await asyncio.sleep(_PAUSE_SECONDS)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return seen.statuses[200] / (time.perf_counter() - started)


async def _flood(base: str, original: str, rate: float, seconds: float) -> Seen:
    lines, seen = Lines(base), Seen()
    await steadily(lines, misses(original), rate=rate, seconds=seconds, seen=seen)
    lines.close()
    return seen


def main() -> None:
    """Send, and tell what came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--original", default="dandelion")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    arguments = parser.parse_args()
    have_descriptors()
    # The client must not be what is timed.
    seen = uvloop.run(_flood(arguments.base, arguments.original, arguments.rate, arguments.seconds))
    print(json.dumps({"seconds": seen.seconds, "wrong": seen.wrong}))


def have_descriptors() -> None:
    """As many as may be: every request that waits has a connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
