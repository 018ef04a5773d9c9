"""Asks a server once more what a test asked it, the short way and the ordinary way, for the same bytes."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.services.calotype import Server

_OWN = re.compile(rb"^(X-Request-Id|Date|Retry-After): [^\r\n]*", re.MULTILINE)
_MOST_OF_ONE_TEST = 25


@dataclass(frozen=True, slots=True)
class Request:
    """One that a test has sent."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, method: str, path: str, headers: Mapping[str, str] | None) -> Request:
        return cls(method, path, tuple((headers or {}).items()))

    @property
    def is_for_a_picture(self) -> bool:
        # What an operator asks for is another each time.
        return self.method in ("GET", "HEAD") and not self.path.startswith("/-/")

    def sent(self, *more: str) -> bytes:
        fields = (*(f"{name}: {value}" for name, value in self.headers), *more)
        return "\r\n".join((f"{self.method} {self.path} HTTP/1.1", "Host: x", *fields, "", "")).encode()


def differences(server: Server, asked: list[Request]) -> list[str]:
    """The requests that the two ways answer differently."""
    # Asked twice before: what is learnt of an answer, and what it says of its making, is over by then.
    plain = [each for each in dict.fromkeys(asked) if each.is_for_a_picture][:_MOST_OF_ONE_TEST]
    found = []
    for request in plain:
        with _connected(server) as connection:
            for _ in range(2):
                _answer(connection, request.sent(), request.method)
            ordinary = _answer(connection, request.sent("TE: trailers"), request.method)
            shortly = _answer(connection, request.sent(), request.method)
        if ordinary != shortly:
            found.append(f"{request}:\n{ordinary[:2000]!r}\n{shortly[:2000]!r}")
    return found


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        yield connection


def _answer(connection: socket.socket, sent: bytes, method: str) -> bytes:
    """Status, head and body, without what each answer has of its own; empty after a connection's end."""
    with contextlib.suppress(OSError):
        connection.sendall(sent)
        reader = connection.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return b""
            head += line
        size = re.search(rb"(?im)^content-length: (\d+)", head)
        bodiless = method == "HEAD" or b" 304 " in head[:20] or size is None
        body = b"" if bodiless else reader.read(int(size[1]))
        own = re.search(rb"X-Request-Id: ([0-9a-f]+)", head)
        return _OWN.sub(rb"\1", head) + (body.replace(own[1], b"ID") if own else body)
    return b""
