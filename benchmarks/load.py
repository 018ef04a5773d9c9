"""Many clients at once. A program of its own, so that asking does not slow down answering.

It reads a `Job` as JSON from standard input, connects all clients, has them ask at one moment, and writes an
`Outcome`. A client asks for the next path as soon as it has its answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from benchmarks.machine import ROOT

HERE = "127.0.0.1"
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_CONNECTING_AT_ONCE = 100
_GRACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """At most so many requests, and no new one after `seconds`."""

    port: int
    paths: tuple[str, ...]
    connections: int
    requests: int
    seconds: float
    cores: tuple[int, ...] | None = None
    compare: bool = False
    """Tell bodies apart by their checksum, not only by their length."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds` from the first request to the last answer; latencies in milliseconds."""

    requests: int
    seconds: float
    statuses: dict[str, int]
    """By status; `lost` counts connections that ended without an answer."""
    bodies: int
    """How many different bodies came with a 200."""
    mean_bytes: float
    p50: float
    p99: float

    @property
    def ok(self) -> int:
        return self.statuses.get("200", 0)


@dataclass
class Load:
    """What all clients share."""

    job: Job
    left: int
    asked: int = 0
    open: int = 0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    bodies: set[tuple[int, int]] = field(default_factory=set)
    received: int = 0
    last: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def next_request(self, number: int) -> bytes | None:
        """The path of that number, round and round."""
        if self.left <= 0:
            return None
        self.left -= 1
        self.asked += 1
        path = self.job.paths[number % len(self.job.paths)]
        return f"GET {path} HTTP/1.1\r\nHost: {HERE}\r\nAccept: image/*\r\n\r\n".encode()

    def leave(self) -> None:
        """A client has nothing left to ask."""
        self.open -= 1
        if self.open == 0:
            self.done.set()


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load, number: int) -> None:
        self._load = load
        self._number = number
        self._head = b""
        self._missing = 0
        self._length = 0
        self._checksum = 0
        self._status = ""
        self._asked_at = 0.0
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self) -> None:
        """Send the next request, or leave if there is none."""
        request = self._load.next_request(self._number)
        # No two clients ever ask for one path at one moment, if there are paths enough: whoever catches up
        # with another would share its answer, and from then on stay with it.
        self._number += self._load.job.connections
        if request is None:
            self._load.leave()
            return
        self._waiting = True
        self._asked_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._take(data)
            return
        self._head += data
        end = self._head.find(_END)
        if end < 0:
            return
        head, body = self._head[:end].lower() + b"\r\n", self._head[end + len(_END) :]
        self._head = b""
        self._status = head[9:12].decode()
        at = head.index(_LENGTH) + len(_LENGTH)
        self._length = self._missing = int(head[at : head.index(b"\r\n", at)])
        self._checksum = 0
        self._take(body)

    def _take(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._load.job.compare:
            self._checksum = zlib.crc32(data, self._checksum)
        if self._missing == 0:
            self._finish()

    def _finish(self) -> None:
        load = self._load
        load.last = time.perf_counter()
        load.latencies.append(load.last - self._asked_at)
        load.statuses[self._status] += 1
        load.received += self._length
        if self._status == "200":
            load.bodies.add((self._length, self._checksum))
        self._waiting = False
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting:
            self._waiting = False
            self._load.statuses["lost"] += 1
            self._load.leave()


async def run(job: Job) -> Outcome:
    """Do `job`."""
    loop = asyncio.get_running_loop()
    load = Load(job, job.requests)
    clients = await _connect(load)
    load.open = len(clients)
    started = time.perf_counter()
    for client in clients:
        client.ask()
    ending = loop.call_later(job.seconds, setattr, load, "left", 0)
    try:
        await asyncio.wait_for(load.done.wait(), job.seconds + _GRACE_SECONDS)
    except TimeoutError:
        load.statuses["unanswered"] += load.asked - sum(load.statuses.values())
    ending.cancel()
    for client in clients:
        client.transport.abort()
    return _outcome(load, started)


async def _connect(load: Load) -> list[Client]:
    loop = asyncio.get_running_loop()
    numbers = range(load.job.connections)
    clients: list[Client] = []
    for start in range(0, len(numbers), _CONNECTING_AT_ONCE):
        batch = (
            loop.create_connection(lambda number=number: Client(load, number), HERE, load.job.port)  # type: ignore[misc]
            for number in numbers[start : start + _CONNECTING_AT_ONCE]
        )
        clients += [client for _, client in await asyncio.gather(*batch)]
    return clients


def _outcome(load: Load, started: float) -> Outcome:
    latencies = sorted(load.latencies) or [0.0]
    return Outcome(
        requests=load.asked,
        seconds=max(0.0, load.last - started),
        statuses=dict(load.statuses),
        bodies=len(load.bodies),
        mean_bytes=load.received / max(1, len(load.latencies)),
        p50=_share(latencies, 0.50) * 1000,
        p99=_share(latencies, 0.99) * 1000,
    )


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load(job: Job) -> Outcome:
    """Do `job` in a process of its own. RuntimeError when that fails."""
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.load"),
        cwd=ROOT,
        input=json.dumps(asdict(job)).encode(),
        stdout=subprocess.PIPE,
        timeout=job.seconds + 5 * _GRACE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError("the load process failed; its message stands above")
    return Outcome(**json.loads(done.stdout))


def _read_job(told: dict[str, Any]) -> Job:
    cores = told.pop("cores")
    paths = tuple(told.pop("paths"))
    return Job(**told, paths=paths, cores=None if cores is None else tuple(cores))


def main() -> None:
    import uvloop

    job = _read_job(json.load(sys.stdin))
    if job.cores:
        os.sched_setaffinity(0, job.cores)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(json.dumps(asdict(uvloop.run(run(job)))))


if __name__ == "__main__":
    main()
