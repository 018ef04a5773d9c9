"""Two instances stopped and started in turn under load: nobody notices.

Between them and the clients stands what any load balancer does: it asks `/-/ready`, and sends nothing to who
says no. Nothing is tried twice.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack.rows import Row
from tests.edge.conftest import put_originals
from tests.services.calotype import Server, free_port, serving

GROUP = "restart"
_ASK_EVERY_SECONDS = 0.05
_ANSWER_SECONDS = 30
_DRAIN_SECONDS = 1.0
"""Many times what the balancer needs to see that an instance goes: what `server.drain_seconds` is for."""


@dataclass
class Balancer:
    """Instances by their ports, and which of them are ready."""

    ports: tuple[int, ...]
    ready: set[int] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Ask everyone again and again, until stopped."""
        while not self.stopped.wait(_ASK_EVERY_SECONDS):
            for port in self.ports:
                if _is_ready(port):
                    self.ready.add(port)
                else:
                    self.ready.discard(port)

    def pick(self, number: int) -> int | None:
        """An instance that is ready, in turn; None when there is none."""
        ready = sorted(self.ready)
        return ready[number % len(ready)] if ready else None


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass
class Tally:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    slowest: float = 0.0


class Client:
    """Asks one thing after the other, over connections that it keeps."""

    def __init__(self, balancer: Balancer, tally: Tally, numbers: Iterator[int]) -> None:
        self._balancer = balancer
        self._tally = tally
        self._numbers = numbers
        self._kept: dict[int, http.client.HTTPConnection] = {}

    def work(self) -> None:
        """Ask until the balancer stops."""
        while not self._balancer.stopped.is_set():
            number = next(self._numbers)
            port = self._balancer.pick(number)
            if port is None:
                self._tally.failed.append("nobody was ready")
                time.sleep(_ASK_EVERY_SECONDS)
                continue
            self._ask(port, _path(number))
        for connection in self._kept.values():
            connection.close()

    def _connection(self, port: int) -> http.client.HTTPConnection:
        """One that is kept, unless it was closed meanwhile: nobody sends a request into a closed door."""
        kept = self._kept.pop(port, None)
        if kept is None or _is_over(kept.sock):
            if kept is not None:
                kept.close()
            kept = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
        self._kept[port] = kept
        return kept

    def _ask(self, port: int, path: str) -> None:
        started = time.monotonic()
        connection = self._connection(port)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self._tally.failed.append(f"{path}: {type(error).__name__}")
            connection.close()
            del self._kept[port]
            return
        self._tally.statuses[response.status] += 1
        self._tally.slowest = max(self._tally.slowest, time.monotonic() - started)


def _is_over(kept: socket.socket | None) -> bool:
    """Whether the other side has closed a connection on which nothing was asked."""
    return kept is None or bool(select.select([kept], [], [], 0)[0])


def _path(number: int) -> str:
    """Mostly hits; every tenth is a picture nobody asked for, and some of those take a while."""
    if number % 10:
        return f"/w_{40 + number % 5}/cat.jpg"
    return f"/w_{100 + number % 600},f_{'avif' if number % 100 == 0 else 'webp'}/cat.jpg"


def rolling_restart(folder: Path, *, restarts: int, clients: int) -> Iterator[Row]:
    """Restart two instances in turn, so many times in all, while clients ask without a pause."""
    put_originals(folder / "originals")
    ports = (free_port(), free_port())
    balancer, tally, numbers = Balancer(ports), Tally(), itertools.count()
    with contextlib.ExitStack() as stack:
        running = [_start(stack, folder, port) for port in ports]
        threads = [threading.Thread(target=balancer.watch)]
        threads += [threading.Thread(target=Client(balancer, tally, numbers).work) for _ in range(clients)]
        stack.callback(_stop, balancer, threads)
        threads[0].start()
        _until_all_ready(balancer)
        for thread in threads[1:]:
            thread.start()
        started = time.monotonic()
        exits = []
        for number in range(restarts):
            exits.append(running[number % 2].stop())
            running[number % 2] = _start(stack, folder, ports[number % 2])
            _until_all_ready(balancer)
        seconds = time.monotonic() - started
        balancer.stopped.set()
        for thread in threads:
            thread.join(_ANSWER_SECONDS)
    yield _row(exits, tally, seconds)


def _start(stack: contextlib.ExitStack, folder: Path, port: int) -> Server:
    # One database and one folder of variants for both, as behind one balancer.
    return stack.enter_context(
        serving(
            folder / f"port{port}",
            CALOTYPE_SERVER__PORT=str(port),
            CALOTYPE_MOUNTS=f'[{{"storage": {{"kind": "filesystem", "path": "{folder}/originals"}}}}]',
            CALOTYPE_SERVER__DRAIN_SECONDS=str(_DRAIN_SECONDS),
            CALOTYPE_LOG__ACCESS="false",
        )
    )


def _stop(balancer: Balancer, threads: list[threading.Thread]) -> None:
    balancer.stopped.set()
    for thread in threads:
        if thread.is_alive():
            thread.join(_ANSWER_SECONDS)


def _until_all_ready(balancer: Balancer) -> None:
    deadline = time.monotonic() + _ANSWER_SECONDS
    while set(balancer.ports) - balancer.ready:
        if time.monotonic() > deadline:
            raise TimeoutError("an instance did not come back")
        time.sleep(_ASK_EVERY_SECONDS)


def _row(exits: list[int], tally: Tally, seconds: float) -> Row:
    served = tally.statuses[200]
    others = {status: count for status, count in tally.statuses.items() if status != 200}
    kinds = Counter(failure.rpartition(": ")[2] for failure in tally.failed)
    got = f"{served:,} served, {len(tally.failed)} failed {dict(kinds) or ''} {others or ''}".strip()
    holds = not tally.failed and not others and served > 0 and set(exits) == {0}
    name = f"two instances behind a balancer, {len(exits)} restarts under load"
    slowest = f", slowest {tally.slowest:.2f} s"
    return Row(GROUP, name, "0 failed, 0 reset, exit status 0", got + slowest, seconds=seconds, holds=holds)
