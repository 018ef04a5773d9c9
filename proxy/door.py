"""Who may keep a connection: so many at once, and none that has us wait for long.

A connection costs memory for as long as its client likes, unless somebody counts. When there are too many,
those that have been silent for longest go first, as long as they have nothing under way. Who has us wait,
with bytes that it does not take or with a body that it does not send, is watched by what TCP itself says has
passed, and has to keep up a rate that any telephone line can.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import resource
import socket
import struct
from dataclasses import dataclass
from typing import Literal, Protocol

from proxy import metrics

logger = logging.getLogger(__name__)

_OTHER_FILES = 512
"""Descriptors for what is no client: Redis, storages, workers, files."""
_LOOKED_AT = 1000
"""Connections looked at for one that is idle, so that a flood finds its cost bounded."""
_SWEEPS = 5
"""In the time that a slow client is given."""
# tcpi_bytes_acked and tcpi_bytes_received of struct tcp_info (linux/tcp.h, since 4.1).
_PASSED = struct.Struct("=120xQQ")


class Guest(Protocol):
    """A connection, as the door sees it."""

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""

    @property
    def awaited(self) -> bool:
        """Whether we wait for the client: to take what is written, or to send what it announced."""

    def passed(self) -> int:
        """Bytes that went over the wire so far, in both directions."""

    def turn_out(self) -> None:
        """Cut it off, without another word."""


@dataclass(slots=True)
class _Watched:
    """Since when, and from how many bytes on, a client has us wait."""

    since: float
    passed: int


class Door:
    """The connections of one process, the longest silent first.

    `slow_bytes` have to pass in every `slow_seconds` in which a client has us wait.
    """

    def __init__(self, *, most: int, slow_seconds: float, slow_bytes: int) -> None:
        self._most = most
        self._slow_seconds = slow_seconds
        self._slow_bytes = slow_bytes
        self._guests: dict[Guest, None] = {}
        self._watched: dict[Guest, _Watched] = {}
        self.closing = False
        """Whether this process is about to stop: answers then ask clients to come back anew."""

    def __len__(self) -> int:
        return len(self._guests)

    def enter(self, guest: Guest) -> bool:
        """Let one in; False when there are too many, and none is idle."""
        if len(self._guests) >= self._most and not self._shed():
            metrics.count_connection_closed("full")
            return False
        self._guests[guest] = None
        return True

    def heard(self, guest: Guest) -> None:
        """A guest said something: it is now the last that would have to go."""
        if guest in self._guests:
            del self._guests[guest]
            self._guests[guest] = None

    def leave(self, guest: Guest) -> None:
        self._guests.pop(guest, None)
        self._watched.pop(guest, None)

    def _shed(self) -> bool:
        for guest in itertools.islice(self._guests, _LOOKED_AT):
            if guest.idle:
                self._close(guest, "idle")
                return True
        return False

    def _close(self, guest: Guest, reason: Literal["idle", "slow"]) -> None:
        metrics.count_connection_closed(reason)
        # At once, not when its connection is told to be lost, which comes later.
        self.leave(guest)
        guest.turn_out()

    async def watch(self) -> None:
        """Cut off who is too slow, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._slow_seconds / _SWEEPS)
            self.sweep(loop.time())
            metrics.set_connections(len(self._guests))

    def sweep(self, now: float) -> None:
        """Look at everyone who has us wait; `now` in seconds, of any clock."""
        for guest in [guest for guest in self._guests if guest.awaited or guest in self._watched]:
            if not guest.awaited:
                del self._watched[guest]
            elif self._too_slow(guest, now):
                self._close(guest, "slow")

    def _too_slow(self, guest: Guest, now: float) -> bool:
        passed = guest.passed()
        watched = self._watched.get(guest)
        if watched is None or passed - watched.passed >= self._slow_bytes:
            self._watched[guest] = _Watched(now, passed)
            return False
        return now - watched.since >= self._slow_seconds


def bytes_passed(line: socket.socket) -> int:
    """What the other side acknowledged and sent, as the kernel counts it. OSError if it is gone."""
    told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _PASSED.size)
    acknowledged, received = _PASSED.unpack(told)
    return int(acknowledged) + int(received)


def most_connections(asked: int) -> int:
    """Raise the limit of descriptors as far as we may; `asked`, or fewer where that does not suffice."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = asked + _OTHER_FILES
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    most = min(asked, max(soft - _OTHER_FILES, soft // 2))
    if most < asked:
        logger.warning(
            "server.max_connections: %d are more than %d descriptors allow; %d it is", asked, soft, most
        )
    return most
