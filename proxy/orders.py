"""What the parent of the HTTP processes and its children agree on: orders in, one word out, one port.

Orders come over the child's standard input: the first at the start, others when settings were reloaded. Its
end means that the parent is gone.
"""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.config import Settings

READY = b"ready\n"
"""A child says it on its standard output, once, when it listens."""


_LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Orders:
    """What a parent tells its child on standard input: the settings, and where Redis is."""

    settings: Settings
    redis_url: str


def encode(orders: Orders) -> bytes:
    """Orders as they are written."""
    body = pickle.dumps(orders)
    return _LENGTH.pack(len(body)) + body


class OrderReader:
    """Orders as they come in, in pieces of any size."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> Iterator[Orders]:
        """What is complete with `data`."""
        self._data += data
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            end = _LENGTH.size + length
            if len(self._data) < end:
                return
            orders: Orders = pickle.loads(self._data[_LENGTH.size : end])
            self._data = self._data[end:]
            yield orders


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that shares its port with our other processes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((host, port))
    return sock
