"""Clients that take their time: each is answered, left alone or cut off, and costs the others nothing.

A case is a function of a `Target` that returns what it saw and whether that is right; its docstring says what
should come. All of them run side by side.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.attack.raw import Line, ask, line
from tests.attack.rows import Row, skipped

GROUP = "slow"
_TICK_SECONDS = 0.2
_SLACK_SECONDS = 4.0
"""On top of what a setting says: sweeps, timers and other people's load."""
_SMALL_WINDOW = 4096
_CONTROL_SECONDS = 2.0
"""Far more than a hit takes, and less than any of the timeouts."""


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


def attack(target: Target) -> Iterator[Row]:
    """A row for each case, in the order of CASES."""
    ask(target.base, target.picture)
    with ThreadPoolExecutor(len(CASES)) as pool:
        yield from pool.map(lambda case: _try(target, case), CASES)
    # Alone: it pushes out whoever is idle.
    yield _try(target, idle_sockets)


def _try(target: Target, case: Case) -> Row:
    name = case.__name__.replace("_", " ")
    expected = (case.__doc__ or "").partition("\n")[0].rstrip(".")
    if case in NEED_LARGE and not target.large:
        return skipped(GROUP, name, "no large picture is named")
    started = time.monotonic()
    try:
        got, holds = case(target)
    except OSError as error:
        got, holds = f"{type(error).__name__}: {error}", False
    return Row(GROUP, name, expected, got, seconds=time.monotonic() - started, holds=holds)


def _drip(opened: Line, data: bytes, *, until_seconds: float, first: int = 0) -> tuple[str, float]:
    """Send byte by byte, over and over; how the connection ended, and when."""
    started, place = time.monotonic(), first
    while (passed := time.monotonic() - started) < until_seconds:
        ended = opened.end(seconds=_TICK_SECONDS)
        if ended != "open":
            return ended, passed
        opened.send(data[place % len(data) : place % len(data) + 1])
        place += 1
    return "open", until_seconds


def _dripped(target: Target, before: bytes, dripped: bytes, *, within: float) -> Seen:
    with line(target.base) as opened:
        if before:
            opened.send(before)
        ended, seconds = _drip(opened, dripped, until_seconds=within + _SLACK_SECONDS)
        said = opened.left_over[9:12].decode()
        return f"{said or 'nothing'}, {ended} after {seconds:.1f} s", ended != "open"


def a_head_that_comes_byte_by_byte(target: Target) -> Seen:
    """cut after header_timeout_seconds"""
    sent = f"GET {target.picture} HTTP/1.1\r\nHost: a\r\nX: {'y' * 5000}".encode()
    return _dripped(target, b"", sent, within=target.header_timeout_seconds)


def a_head_that_comes_line_by_line(target: Target) -> Seen:
    """cut after header_timeout_seconds"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n".encode())
        started, limit = time.monotonic(), target.header_timeout_seconds + _SLACK_SECONDS
        while (passed := time.monotonic() - started) < limit:
            if (ended := opened.end(seconds=_TICK_SECONDS)) != "open":
                return f"{ended} after {passed:.1f} s", True
            opened.send(b"X-A: b\r\n")
        return "open", False


def nothing_at_all(target: Target) -> Seen:
    """cut after header_timeout_seconds"""
    with line(target.base) as opened:
        started = time.monotonic()
        ended = opened.end(seconds=target.header_timeout_seconds + _SLACK_SECONDS)
        return f"{ended} after {time.monotonic() - started:.1f} s", ended != "open"


def empty_lines_for_ever(target: Target) -> Seen:
    """cut after header_timeout_seconds"""
    return _dripped(target, b"", b"\r\n", within=target.header_timeout_seconds)


def a_second_head_that_dawdles(target: Target) -> Seen:
    """the first is answered, the second cut after header_timeout_seconds"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        first = opened.answer().status
        sent = f"GET {target.picture} HTTP/1.1\r\nX: {'y' * 5000}".encode()
        ended, seconds = _drip(opened, sent, until_seconds=target.header_timeout_seconds + _SLACK_SECONDS)
        return f"{first}, {ended} after {seconds:.1f} s", (first, ended) != (200, "open") and ended != "open"


def a_body_that_comes_byte_by_byte(target: Target) -> Seen:
    """400 at once, then closed"""
    head = f"GET {target.picture} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    return _body(target, head, 400)


def a_chunk_that_comes_byte_by_byte(target: Target) -> Seen:
    """400 at once, then closed"""
    head = f"GET {target.picture} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"
    return _body(target, head, 400)


def a_posted_body_that_comes_byte_by_byte(target: Target) -> Seen:
    """405 at once, then closed"""
    head = f"POST {target.picture} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    return _body(target, head, 405)


def a_posted_body_that_never_ends(target: Target) -> Seen:
    """405 at once, then closed, however fast it comes"""
    with line(target.base) as opened:
        opened.send(f"POST {target.picture} HTTP/1.1\r\nHost: a\r\n".encode())
        opened.send(b"Transfer-Encoding: chunked\r\n\r\n")
        started, data = time.monotonic(), b"ffff\r\n" + bytes(0xFFFF) + b"\r\n"
        while time.monotonic() - started < _SLACK_SECONDS and opened.send(data):
            pass
        seconds = time.monotonic() - started
        return f"taken for {seconds:.1f} s", seconds < _SLACK_SECONDS


def _body(target: Target, head: str, status: int) -> Seen:
    with line(target.base) as opened:
        opened.send(head.encode())
        started = time.monotonic()
        answer = opened.answer()
        at_once = time.monotonic() - started < _CONTROL_SECONDS
        ended, seconds = _drip(opened, b"a", until_seconds=_SLACK_SECONDS)
        got = f"{answer.status} {answer.code}, {ended} after {seconds:.1f} s"
        return got, (answer.status, at_once) == (status, True) and ended != "open"


def _stalled(target: Target, requests: bytes, *, sip: int = 0) -> Seen:
    """Ask, take `sip` bytes every tick, and see whether the server lets go."""
    with line(target.base, receive_bytes=_SMALL_WINDOW) as opened:
        opened.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while requests:
                requests = requests[opened.socket.send(requests) :]
        started, limit = time.monotonic(), 2 * target.slow_client_seconds + _SLACK_SECONDS
        while (passed := time.monotonic() - started) < limit:
            time.sleep(_TICK_SECONDS)
            if _is_cut(opened.socket):
                return f"cut after {passed:.1f} s", True
            if sip:
                with contextlib.suppress(BlockingIOError):
                    opened.socket.recv(sip)
        return f"open after {limit:.0f} s", False


_ESTABLISHED = 1


def _is_cut(opened: socket.socket) -> bool:
    """By the state that the kernel tells: to see the end in the bytes one would have to take them all."""
    state: int = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != _ESTABLISHED


def a_reader_that_takes_nothing(target: Target) -> Seen:
    """cut after slow_client_seconds"""
    return _stalled(target, f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode())


def a_reader_that_sips(target: Target) -> Seen:
    """cut after slow_client_seconds"""
    return _stalled(target, f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), sip=10)


def a_reader_that_asks_on_and_takes_nothing(target: Target) -> Seen:
    """cut after slow_client_seconds"""
    return _stalled(target, f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 1000)


def a_reader_that_asks_for_small_things_and_takes_nothing(target: Target) -> Seen:
    """cut after slow_client_seconds"""
    return _stalled(target, f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 20_000)


def a_reader_that_closes_its_side_and_takes_nothing(target: Target) -> Seen:
    """cut after slow_client_seconds"""
    request = f"GET {target.large} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    return _stalled(target, request.encode())


def a_slow_reader_that_keeps_up(target: Target) -> Seen:
    """served for as long as it takes ten times slow_client_bytes in slow_client_seconds"""
    sip = max(1, int(10 * target.slow_client_bytes / target.slow_client_seconds * _TICK_SECONDS))
    with line(target.base, receive_bytes=_SMALL_WINDOW) as opened:
        opened.send(f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        started, taken = time.monotonic(), 0
        while time.monotonic() - started < 2 * target.slow_client_seconds:
            time.sleep(_TICK_SECONDS)
            taken += len(opened.socket.recv(sip))
        cut = _is_cut(opened.socket)
        return f"{taken} bytes, {'cut' if cut else 'open'}", not cut


def many_readers_that_take_nothing(target: Target) -> Seen:
    """others are answered as ever"""
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            opened = stack.enter_context(line(target.base, receive_bytes=_SMALL_WINDOW))
            opened.send(f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return _control(target)


def clients_that_leave_at_once(target: Target) -> Seen:
    """others are answered as ever"""
    for number in range(200):
        with line(target.base) as opened:
            opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            if number % 2:
                # A reset in place of an end.
                linger = struct.pack("ii", 1, 0)
                opened.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return _control(target)


def a_client_that_closes_its_side(target: Target) -> Seen:
    """answered all the same, or closed"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        opened.socket.shutdown(socket.SHUT_WR)
        ended = opened.end(seconds=_SLACK_SECONDS)
        return f"{opened.left_over[9:12].decode()}, {ended}", ended == "closed"


def an_idle_connection(target: Target) -> Seen:
    """closed after keepalive_seconds"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        opened.answer()
        started = time.monotonic()
        ended = opened.end(seconds=target.keepalive_seconds + _SLACK_SECONDS)
        return f"{ended} after {time.monotonic() - started:.1f} s", ended == "closed"


def idle_sockets(target: Target) -> Seen:
    """more than max_connections: the longest idle go, and new ones are answered"""
    most = min(1.2 * target.max_connections * target.processes, 5_000)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(line(target.base)) for _ in range(int(most))]
        got, well = _control(target)
        gone = sum(_is_cut(each.socket) for each in opened)
        room = most <= target.max_connections * target.processes
        return f"{len(opened)} opened, {gone} closed; {got}", well and (room or gone > 0)


def _control(target: Target) -> Seen:
    slowest, statuses = 0.0, set()
    for _ in range(20):
        started = time.monotonic()
        statuses.add(ask(target.base, target.picture).status)
        slowest = max(slowest, time.monotonic() - started)
    got = f"{' '.join(map(str, sorted(statuses)))} in up to {slowest * 1000:.0f} ms"
    return got, statuses == {200} and slowest < _CONTROL_SECONDS


NEED_LARGE: frozenset[Case] = frozenset(
    (
        a_reader_that_takes_nothing,
        a_reader_that_sips,
        a_reader_that_asks_on_and_takes_nothing,
        a_reader_that_closes_its_side_and_takes_nothing,
        a_slow_reader_that_keeps_up,
        many_readers_that_take_nothing,
    )
)
CASES: tuple[Case, ...] = (
    a_head_that_comes_byte_by_byte,
    a_head_that_comes_line_by_line,
    nothing_at_all,
    empty_lines_for_ever,
    a_second_head_that_dawdles,
    a_body_that_comes_byte_by_byte,
    a_chunk_that_comes_byte_by_byte,
    a_posted_body_that_comes_byte_by_byte,
    a_posted_body_that_never_ends,
    a_reader_that_takes_nothing,
    a_reader_that_sips,
    a_reader_that_asks_on_and_takes_nothing,
    a_reader_that_asks_for_small_things_and_takes_nothing,
    a_reader_that_closes_its_side_and_takes_nothing,
    a_slow_reader_that_keeps_up,
    many_readers_that_take_nothing,
    clients_that_leave_at_once,
    a_client_that_closes_its_side,
    an_idle_connection,
)
SETTINGS = {
    "CALOTYPE_SERVER__HEADER_TIMEOUT_SECONDS": "1",
    "CALOTYPE_SERVER__KEEPALIVE_SECONDS": "3",
    "CALOTYPE_SERVER__SLOW_CLIENT_SECONDS": "2",
    "CALOTYPE_SERVER__SLOW_CLIENT_BYTES": "10000",
    "CALOTYPE_SERVER__MAX_CONNECTIONS": "300",
}
"""For a server of our own, so that nobody waits for a minute."""


def hurried(base: str, picture: str, large: str) -> Target:
    """A server with SETTINGS."""
    return Target(
        base,
        picture,
        large,
        header_timeout_seconds=1,
        keepalive_seconds=3,
        slow_client_seconds=2,
        max_connections=300,
    )
