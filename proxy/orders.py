"""What the parent of the HTTP processes and its children agree on: orders in, one word out, one port."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from proxy.config import Settings

READY = b"ready\n"
"""A child says it on its standard output, once, when it listens."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a parent tells its child on standard input: the settings, and where Redis is."""

    settings: Settings
    redis_url: str


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that shares its port with our other processes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((host, port))
    return sock
