"""Malformed and made-up URLs against a running server, over raw sockets.

    python -m tests.attack.urls --base http://127.0.0.1:8080

What is refused while it is read must cost no call of a storage and no 5xx, and take less than ten
milliseconds in 99 of 100 cases. Of what reads the answer is that there is no such original. The server should
answer nobody else meanwhile, and have no limit on how often one client asks. Nothing remote is asked for.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from tests.attack.url_cases import CASES, Case
from tests.attack.url_grammar import targets
from transforms.errors import TransformError

USUAL_SECONDS = 0.010
STORAGE = ("calotype_origin_reads_total", "calotype_origin_stats_total")
_EXPECTED = {400, 401, 404, 414, 501}
_TIMEOUT_SECONDS = 10


@dataclass
class Outcome:
    """What a server said to many URLs."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    storage_calls: float = 0.0

    def quantile(self, share: float) -> float:
        """So many of the answers took no longer, in seconds."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def problems(self) -> list[str]:
        found = self.wrong[:20]
        if self.storage_calls:
            found.append(f"{self.storage_calls:.0f} calls of storages")
        if self.seconds and self.quantile(0.99) > USUAL_SECONDS:
            found.append(f"99 of 100 took up to {self.quantile(0.99) * 1000:.1f} ms")
        return found


class Line:
    """One connection, opened again whenever the server closes it."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host = parts.netloc.encode()
        self._socket: socket.socket | None = None

    def ask(self, target: bytes) -> tuple[int, float]:
        """Status and seconds. Raises OSError when there is no answer, twice."""
        for again in (True, False):
            connection = self._open()
            started = time.perf_counter()
            try:
                connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + self._host + b"\r\n\r\n")
                status, closing = _read_answer(connection)
            except OSError:
                self.close()
                if not again:
                    raise
                continue
            took = time.perf_counter() - started
            if closing:
                self.close()
            return status, took
        raise AssertionError("a try either answers or raises")

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=_TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def text(self, path: str) -> str:
        """The body of a page."""
        with socket.create_connection(self._address, timeout=_TIMEOUT_SECONDS) as connection:
            head = f"GET {path} HTTP/1.1\r\nConnection: close\r\nHost: "
            connection.sendall(head.encode() + self._host + b"\r\n\r\n")
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")


def _read_answer(connection: socket.socket) -> tuple[int, bool]:
    """The status, and whether the connection ends with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the connection was closed without an answer")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(length[1] if length else 0) - len(body)
    while missing > 0:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the answer broke off")
        missing -= len(more)
    return int(head.split(b" ", 2)[1]), b"connection: close" in head.lower()


def attack(base: str, cases: Iterable[Case]) -> Outcome:
    """Ask for every case that can be sent, one after the other."""
    line, outcome = Line(base), Outcome()
    before = _storage_calls(line)
    for case in cases:
        if not case.sendable:
            continue
        outcome.asked += 1
        try:
            status, seconds = line.ask(case.target)
        except OSError as error:
            outcome.wrong.append(f"{case.kind}: {type(error).__name__}: {case.target[:100]!r}")
            continue
        outcome.statuses[status] += 1
        outcome.seconds.append(seconds)
        if status not in _EXPECTED:
            outcome.wrong.append(f"{case.kind}: {status}: {case.target[:100]!r}")
    line.close()
    outcome.storage_calls = _storage_calls(line) - before
    return outcome


def _storage_calls(line: Line) -> float:
    metrics = line.text("/-/metrics")
    return sum(
        float(value)
        for name in STORAGE
        for value in re.findall(rf"(?m)^{name}(?:{{[^}}]*}})? ([0-9.e+]+)", metrics)
    )


def generated(count: int, *, seed: int = 0) -> tuple[list[Case], list[Case]]:
    """So many made-up URLs: those that are refused while they are read, and those that read."""
    from tests.attack.test_urls import read

    refused: list[Case] = []
    readable: list[Case] = []
    # Whatever its settings are: no attack of ours makes a server send anything beyond this machine.
    harmless = (target for target in targets(2 * count, seed=seed) if b"fetch" not in target.lower())
    for target in islice(harmless, count):
        error = read(target)
        (refused if isinstance(error, TransformError) else readable).append(Case("generated", target))
    return refused, readable


def main() -> int:
    """Attack a server. Returns 1 when anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8080")
    parser.add_argument("--count", type=int, default=100_000, help="URLs to make up")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    refused, readable = generated(arguments.count, seed=arguments.seed)
    bad = False
    for name, cases in (("malformed", CASES), ("made up, refused", refused), ("made up, readable", readable)):
        outcome = attack(arguments.base, cases)
        if cases is readable:
            # To look for what they name is what a server is for.
            outcome.storage_calls, outcome.seconds = 0, []
        slowest = f", p99 {outcome.quantile(0.99) * 1000:.2f} ms" if outcome.seconds else ""
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
        print(f"{name:<18} {outcome.asked:>6} asked; {statuses}{slowest}")
        for problem in outcome.problems:
            bad = True
            print(f"  {problem}")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
