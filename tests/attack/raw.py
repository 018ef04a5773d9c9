"""Bytes over a socket, and the answers that come back, read as strictly as they were meant."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 5.0
_CHUNK_BYTES = 65_536
MOST_BYTES = 64_000_000
"""More than any answer here has."""


@dataclass(frozen=True)
class Answer:
    """One answer: headers by lower-case name."""

    version: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of our error; empty for what is none."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return str(json.loads(self.body)["error"]["code"])
        return ""


@dataclass
class Talk:
    """What came back over one connection."""

    answers: list[Answer] = field(default_factory=list)
    ended: str = "open"
    """`closed`, or `reset`, or still `open` when we went."""
    left_over: bytes = b""
    seconds: float = 0.0
    """Until the last answer, or the end."""

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]

    @property
    def code(self) -> str:
        return next((answer.code for answer in reversed(self.answers) if answer.code), "")


class Line:
    """One connection to a server."""

    def __init__(self, base: str, *, receive_bytes: int = 0) -> None:
        parts = urlsplit(base)
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(_PATIENCE_SECONDS)
        try:
            self.socket.connect((parts.hostname or "127.0.0.1", parts.port or 80))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""

    def send(self, data: bytes) -> bool:
        """Whether it could be sent: a server that has had enough takes no more."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def answer(self, *, head_only: bool = False) -> Answer:
        """The next one. ConnectionError when the connection ends first, TimeoutError when nothing comes."""
        while b"\r\n\r\n" not in self._data:
            self._more()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status = first.split(" ", 2)[:2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        bare = head_only or int(status) in (100, 204, 304)
        length = 0 if bare else int(headers.get("content-length", 0))
        while len(self._data) < length:
            self._more()
        body, self._data = self._data[:length], self._data[length:]
        return Answer(version, int(status), headers, body)

    def _more(self) -> None:
        data = self.socket.recv(_CHUNK_BYTES)
        if not data:
            raise ConnectionError("the connection was closed")
        self._data += data
        if len(self._data) > MOST_BYTES:
            raise ConnectionError("an answer without end")

    def end(self, *, seconds: float) -> str:
        """How it ends within so long: `closed`, `reset` or `open`. What comes until then is kept."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self._more()
            except TimeoutError:
                break
            except ConnectionResetError:
                return "reset"
            except OSError:
                return "closed"
        return "open"

    @property
    def left_over(self) -> bytes:
        """What came and was no answer yet."""
        return self._data

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def line(base: str, *, receive_bytes: int = 0) -> Iterator[Line]:
    """A connection until the block ends."""
    opened = Line(base, receive_bytes=receive_bytes)
    try:
        yield opened
    finally:
        opened.close()


def talk(base: str, sent: bytes, *, answers: int, ends: bool) -> Talk:
    """Send all of it at once and read so many answers; wait for the end where one should come.

    Where none should, a plain request on the same connection has to be answered: the server and we agree on
    where the last one ended.
    """
    found, started = Talk(), time.monotonic()
    with line(base) as opened:
        # What is refused early may not be taken to its end.
        opened.send(sent)
        head_only = sent.startswith(b"HEAD ")
        try:
            while len(found.answers) < answers:
                answer = opened.answer(head_only=head_only)
                if answer.status != 100:
                    found.answers.append(answer)
            found.seconds = time.monotonic() - started
            found.ended = opened.end(seconds=2.0) if ends else _goes_on(opened)
        except ConnectionResetError:
            found.ended = "reset"
        except ConnectionError:
            found.ended = "closed"
        except TimeoutError:
            found.ended = "silent"
        found.seconds = found.seconds or time.monotonic() - started
        found.left_over = opened.left_over
    return found


def _goes_on(opened: Line) -> str:
    opened.send(b"GET /-/live HTTP/1.1\r\nHost: a\r\n\r\n")
    return "open" if opened.answer().status == 200 else "confused"


def ask(base: str, path: str, *headers: str) -> Answer:
    """One plain request on a connection of its own. OSError when there is no answer."""
    with line(base) as opened:
        opened.socket.settimeout(30)
        lines = (f"GET {path} HTTP/1.1", "Host: a", "Connection: close", *headers, "", "")
        opened.send("\r\n".join(lines).encode())
        return opened.answer()
