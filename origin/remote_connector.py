"""Names looked up by us, once, and connections to nothing but what was found and checked.

Whoever checks a name and lets the HTTP client look it up again has checked nothing: the second answer may be
another one. So the client is told where to connect, its sockets are made by a function that looks at where
they are to go, and the peer of the connection is looked at once more before a request is written to it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""All IP addresses of a name. Raises OSError when it has none."""

MakeSocket = Callable[[Any], socket.socket]
"""A socket for one entry of what `socket.getaddrinfo` answers."""

_LOOKUPS_AT_ONCE = 16
_MOST_ADDRESSES = 16


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


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:
        raise OSError(f"no name that can be looked up: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]


def plain_socket(entry: Any) -> socket.socket:
    """A TCP socket that waits for nobody."""
    family, kind, protocol, _, _ = entry
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


class PinnedConnector(aiohttp.TCPConnector):
    """Connects to `addresses` alone, whatever the host is called, and uses no connection twice."""

    def __init__(
        self, addresses: Sequence[str], *, permits: Callable[[str], bool], make_socket: MakeSocket
    ) -> None:
        self._permitted = frozenset(map(ip_address, addresses))
        self._permits = permits
        self._make_socket = make_socket
        super().__init__(
            resolver=_Pinned(addresses),
            use_dns_cache=False,
            force_close=True,
            socket_factory=self._checked_socket,
        )

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as in the method that this overrides
    ) -> Any:
        """A connection, with its peer checked before anything is sent."""
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport
        peer = None if transport is None else transport.get_extra_info("peername")
        try:
            self._check(peer[0] if peer else "")
        except NotPermitted as error:
            connection.close()
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        return connection

    def _checked_socket(self, entry: Any) -> socket.socket:
        self._check(entry[4][0])
        return self._make_socket(entry)

    def _check(self, address: str) -> None:
        # As numbers: one address has several spellings.
        if not self._permits(address) or ip_address(address) not in self._permitted:
            raise NotPermitted(errno.EACCES, "a connection to an address that was not checked")


class _Pinned(AbstractResolver):
    """Answers what was looked up before."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [_result(host, port, address) for address in self._addresses]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
