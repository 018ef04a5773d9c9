"""Clients that are slow to take what they asked for."""

from __future__ import annotations

import contextlib
import time

from tests.attack.raw import line
from tests.attack.slow_target import SLACK_SECONDS, TICK_SECONDS, Seen, Target, control, is_cut

_SMALL_WINDOW = 4096


def _stalled(target: Target, requests: bytes, *, sip: int = 0) -> Seen:
    """Ask, take `sip` bytes every tick, and see whether the server lets go."""
    with line(target.base, receive_bytes=_SMALL_WINDOW) as opened:
        opened.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while requests:
                requests = requests[opened.socket.send(requests) :]
        started, limit = time.monotonic(), 2 * target.slow_client_seconds + SLACK_SECONDS
        while (passed := time.monotonic() - started) < limit:
            time.sleep(TICK_SECONDS)
            if is_cut(opened.socket):
                return f"cut after {passed:.1f} s", True
            if sip:
                with contextlib.suppress(BlockingIOError):
                    opened.socket.recv(sip)
        return f"open after {limit:.0f} s", False


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
    sip = max(1, int(10 * target.slow_client_bytes / target.slow_client_seconds * TICK_SECONDS))
    with line(target.base, receive_bytes=_SMALL_WINDOW) as opened:
        opened.send(f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        started, taken = time.monotonic(), 0
        while time.monotonic() - started < 2 * target.slow_client_seconds:
            time.sleep(TICK_SECONDS)
            taken += len(opened.socket.recv(sip))
        cut = is_cut(opened.socket)
        return f"{taken} bytes, {'cut' if cut else 'open'}", not cut


def many_readers_that_take_nothing(target: Target) -> Seen:
    """others are answered as ever"""
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            opened = stack.enter_context(line(target.base, receive_bytes=_SMALL_WINDOW))
            opened.send(f"GET {target.large} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return control(target)
