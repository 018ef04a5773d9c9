"""What slow clients are tried on, and what they all look at."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.attack.raw import ask

TICK_SECONDS = 0.2
SLACK_SECONDS = 4.0
"""On top of what a setting says: sweeps, timers and other people's load."""
CONTROL_SECONDS = 2.0
"""Far more than a hit takes, and less than any of the timeouts."""
_ESTABLISHED = 1


@dataclass(frozen=True)
class Target:
    """A server, and how patient it is; the defaults are those of the settings of these names."""

    base: str
    picture: str
    """The path of a small variant that is there."""
    large: str = ""
    """The path of a picture of several megabytes; cases that need one are skipped without."""
    header_timeout_seconds: float = 10
    keepalive_seconds: float = 75
    slow_client_seconds: float = 20
    max_connections: int = 10_000
    processes: int = 1
    slow_client_bytes: int = 10_000


Seen = tuple[str, bool]
Case = Callable[[Target], Seen]


def is_cut(opened: socket.socket) -> bool:
    """By the state that the kernel tells: to see the end in the bytes one would have to take them all."""
    state: int = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != _ESTABLISHED


def control(target: Target) -> Seen:
    slowest, statuses = 0.0, set()
    for _ in range(20):
        started = time.monotonic()
        statuses.add(ask(target.base, target.picture).status)
        slowest = max(slowest, time.monotonic() - started)
    got = f"{' '.join(map(str, sorted(statuses)))} in up to {slowest * 1000:.0f} ms"
    return got, statuses == {200} and slowest < CONTROL_SECONDS
