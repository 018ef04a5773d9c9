"""Names looked up by us, once, and connections to nothing but what was found and checked.

Whoever checks a name and lets an HTTP client look it up again has checked nothing: the second answer may be
another one. So sockets are made for the checked addresses alone, and the peer of the connection is looked at
once more before anything is written to it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address
from typing import Any

import aiohappyeyeballs

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""All IP addresses of a name. Raises OSError when it has none."""

MakeSocket = Callable[[Any], socket.socket]
"""A socket for one entry of what `socket.getaddrinfo` answers."""

_LOOKUPS_AT_ONCE = 16
_MOST_ADDRESSES = 16
_NEXT_SECONDS = 0.25
"""How long one address is tried before the next is too: RFC 8305, section 5."""
_BUFFER_BYTES = 65_536


class NotPermitted(OSError):
    """A connection was about to go, or had gone, to an address that was not checked for it."""


class SystemLookup:
    """The system's resolver, in threads of its own: one that hangs must hold nothing else."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="lookup")
        return await asyncio.get_running_loop().run_in_executor(self._pool, _addresses, host, port)

    def close(self) -> None:
        """Let go of the threads; lookups under way are left alone."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def plain_socket(entry: Any) -> socket.socket:
    """A TCP socket that waits for nobody."""
    family, kind, protocol, _, _ = entry
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


async def connect(
    addresses: Sequence[str],
    port: int,
    *,
    tls_name: str | None,
    permits: Callable[[str], bool],
    make_socket: MakeSocket,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of `addresses` that answers, as `tls_name` if that is given.

    Raises OSError, NotPermitted for an address that `permits` refuses, and for a peer that is none of them.
    """
    permitted = frozenset(map(ip_address, addresses))

    def check(address: str) -> None:
        # As numbers: one address has several spellings.
        if not permits(address) or ip_address(address) not in permitted:
            raise NotPermitted(errno.EACCES, "a connection to an address that was not checked")

    def checked_socket(entry: Any) -> socket.socket:
        check(entry[4][0])
        return make_socket(entry)

    connected = await aiohappyeyeballs.start_connection(
        [_entry(address, port) for address in addresses],
        happy_eyeballs_delay=_NEXT_SECONDS,
        socket_factory=checked_socket,
    )
    try:
        check(connected.getpeername()[0])
        return await asyncio.open_connection(
            sock=connected,
            limit=_BUFFER_BYTES,
            ssl=_tls() if tls_name else None,
            server_hostname=tls_name,
        )
    except BaseException:
        connected.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    """With the system's authorities. Reading them takes a while, so it is done once."""
    return ssl.create_default_context()


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:
        raise OSError(f"no name that can be looked up: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]


def _entry(address: str, port: int) -> Any:
    """The address as `socket.getaddrinfo` writes it."""
    place = (address, port, 0, 0) if ":" in address else (address, port)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place
