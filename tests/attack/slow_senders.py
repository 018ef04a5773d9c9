"""Clients that are slow to say what they want."""

from __future__ import annotations

import contextlib
import socket
import struct
import time

from tests.attack.raw import Line, line
from tests.attack.slow_target import (
    CONTROL_SECONDS,
    SLACK_SECONDS,
    TICK_SECONDS,
    Seen,
    Target,
    control,
    is_cut,
)


def _drip(opened: Line, data: bytes, *, until_seconds: float, first: int = 0) -> tuple[str, float]:
    """Send byte by byte, over and over; how the connection ended, and when."""
    started, place = time.monotonic(), first
    while (passed := time.monotonic() - started) < until_seconds:
        ended = opened.end(seconds=TICK_SECONDS)
        if ended != "open":
            return ended, passed
        opened.send(data[place % len(data) : place % len(data) + 1])
        place += 1
    return "open", until_seconds


def _dripped(target: Target, before: bytes, dripped: bytes, *, within: float) -> Seen:
    with line(target.base) as opened:
        if before:
            opened.send(before)
        ended, seconds = _drip(opened, dripped, until_seconds=within + SLACK_SECONDS)
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
        started, limit = time.monotonic(), target.header_timeout_seconds + SLACK_SECONDS
        while (passed := time.monotonic() - started) < limit:
            if (ended := opened.end(seconds=TICK_SECONDS)) != "open":
                return f"{ended} after {passed:.1f} s", True
            opened.send(b"X-A: b\r\n")
        return "open", False


def nothing_at_all(target: Target) -> Seen:
    """cut after header_timeout_seconds"""
    with line(target.base) as opened:
        started = time.monotonic()
        ended = opened.end(seconds=target.header_timeout_seconds + SLACK_SECONDS)
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
        ended, seconds = _drip(opened, sent, until_seconds=target.header_timeout_seconds + SLACK_SECONDS)
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
        while time.monotonic() - started < SLACK_SECONDS and opened.send(data):
            pass
        seconds = time.monotonic() - started
        return f"taken for {seconds:.1f} s", seconds < SLACK_SECONDS


def _body(target: Target, head: str, status: int) -> Seen:
    with line(target.base) as opened:
        opened.send(head.encode())
        started = time.monotonic()
        answer = opened.answer()
        at_once = time.monotonic() - started < CONTROL_SECONDS
        ended, seconds = _drip(opened, b"a", until_seconds=SLACK_SECONDS)
        got = f"{answer.status} {answer.code}, {ended} after {seconds:.1f} s"
        return got, (answer.status, at_once) == (status, True) and ended != "open"


def clients_that_leave_at_once(target: Target) -> Seen:
    """others are answered as ever"""
    for number in range(200):
        with line(target.base) as opened:
            opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            if number % 2:
                # A reset in place of an end.
                linger = struct.pack("ii", 1, 0)
                opened.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return control(target)


def a_client_that_closes_its_side(target: Target) -> Seen:
    """answered all the same, or closed"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        opened.socket.shutdown(socket.SHUT_WR)
        ended = opened.end(seconds=SLACK_SECONDS)
        return f"{opened.left_over[9:12].decode()}, {ended}", ended == "closed"


def an_idle_connection(target: Target) -> Seen:
    """closed after keepalive_seconds"""
    with line(target.base) as opened:
        opened.send(f"GET {target.picture} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        opened.answer()
        started = time.monotonic()
        ended = opened.end(seconds=target.keepalive_seconds + SLACK_SECONDS)
        return f"{ended} after {time.monotonic() - started:.1f} s", ended == "closed"


def idle_sockets(target: Target) -> Seen:
    """more than max_connections: the longest idle go, and new ones are answered"""
    most = min(1.2 * target.max_connections * target.processes, 5_000)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(line(target.base)) for _ in range(int(most))]
        got, well = control(target)
        gone = sum(is_cut(each.socket) for each in opened)
        room = most <= target.max_connections * target.processes
        return f"{len(opened)} opened, {gone} closed; {got}", well and (room or gone > 0)
