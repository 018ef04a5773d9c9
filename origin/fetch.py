"""Remote originals, fetched: one GET, its redirects followed by hand, everything about it bounded.

What cannot be reached is told in one way and at one time, whatever the reason: a port that is closed, a name
that nobody knows, a name that leads into somebody's network. Else whoever asks could map that network from
here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache

from origin.address import Address
from origin.errors import (
    AssetNotFound,
    FetchForbidden,
    InvalidAddress,
    OriginalTooManyBytes,
    OriginError,
    OriginTimeout,
    OriginUnavailable,
)
from origin.exchange import BadAnswer, Exchange, Head
from origin.guard import Rules
from origin.remote_connector import (
    Lookup,
    MakeSocket,
    NotPermitted,
    SystemLookup,
    connect,
    plain_socket,
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "Accept": "image/*,*/*;q=0.5",
    "Accept-Encoding": "identity",
    "User-Agent": "Calotype (fetches original pictures)",
}
_SHARE_OF_A_HOST = 0.5
"""Of the fetches that may be under way at once."""
_FAILURES_IN_A_ROW = 5
_REST_SECONDS = 5.0
_MOST_HOSTS = 10_000
_LONGEST_VERSION = 512


class _Unreachable(Exception):
    """A host was not reached; nobody is told before `deadline`, a time of the event loop."""

    def __init__(self, address: Address, error: BaseException, deadline: float) -> None:
        super().__init__(f"{address.host}:{address.port}: cannot be reached: {error}"[:300])
        self.deadline = deadline


@dataclass(frozen=True, slots=True)
class Version:
    """What a server calls the bytes that it sent, to ask whether there are others now."""

    etag: str = ""
    last_modified: str = ""
    at: str = ""
    """The address that sent them, behind all redirects."""

    def conditions(self, address: Address) -> dict[str, str]:
        """The headers that ask `address` (RFC 9110, section 13.1); none for another server's words."""
        if self.at != str(address):
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to a GET. `data` is None when the bytes are still those of the version that was named."""

    data: bytes | None
    version: Version


class Fetcher:
    """Fetches what `rules` let it. `observe` is told how each fetch ended.

    `connect_seconds` is how long looking up a name and connecting may take, of the `timeout_seconds` for all;
    a failure to do so is told when they are over, and not before. `lookup` and `make_socket` are the ways out
    of this process: tests put their own there.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 3.0,
        max_bytes: int = 50_000_000,
        max_redirects: int = 3,
        concurrency: int = 32,
        observe: Callable[[str], None] = lambda outcome: None,
        lookup: Lookup | None = None,
        make_socket: MakeSocket = plain_socket,
    ) -> None:
        self._rules = rules
        self._timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        self._max_bytes = max_bytes
        self._max_redirects = max_redirects
        self._slots = asyncio.Semaphore(concurrency)
        self._host_slots: LRUCache[str, asyncio.Semaphore] = LRUCache(_MOST_HOSTS)
        self._per_host = max(1, int(concurrency * _SHARE_OF_A_HOST))
        self._observe = observe
        self._system = SystemLookup()
        self._lookup = lookup or self._system
        self._make_socket = make_socket
        self._failures: TTLCache[str, int] = TTLCache(_MOST_HOSTS, _REST_SECONDS)

    async def fetch(self, address: Address, known: Version | None = None) -> Fetched:
        """What lies at an address now; no bytes when it is still the `known` version.

        Raises FetchForbidden, AssetNotFound, OriginalTooManyBytes, OriginTimeout, OriginUnavailable.
        """
        try:
            fetched = await self._in_time(address, known)
        except OriginError as error:
            self._observe(_outcome(error))
            raise
        self._observe("not_modified" if fetched.data is None else "ok")
        return fetched

    def close(self) -> None:
        """Let go of threads."""
        self._system.close()

    async def _in_time(self, address: Address, known: Version | None) -> Fetched:
        try:
            # First the host's: who waits for a slow host must not hold what others could use.
            async with asyncio.timeout(self._timeout_seconds), self._turn(address.host), self._slots:
                return await self._follow(address, known)
        except TimeoutError as error:
            raise OriginTimeout(f"{address.host}: the original was not fetched in time") from error
        except _Unreachable as error:
            # Without a slot: those who wait here must not keep others from hosts that can be reached.
            await asyncio.sleep(error.deadline - asyncio.get_running_loop().time())
            raise OriginUnavailable(str(error)) from error

    def _turn(self, host: str) -> asyncio.Semaphore:
        return self._host_slots.setdefault(host, asyncio.Semaphore(self._per_host))

    async def _follow(self, address: Address, known: Version | None) -> Fetched:
        # Asked before, and once more: nothing is fetched because somebody forgot to ask.
        self._rules.admit(str(address), signed=True)
        for _ in range(self._max_redirects + 1):
            async with self._exchange(address) as exchange:
                head = await exchange.ask(address.target, _headers(address, known))
                if head.status not in _REDIRECTS:
                    return await self._taken(address, exchange, head, known)
                address = self._next(address, head.get("location"))
        raise OriginUnavailable(f"{address.host}: more than {self._max_redirects} redirects")

    def _next(self, address: Address, location: str) -> Address:
        if not location:
            raise OriginUnavailable(f"{address.host}: a redirect leads nowhere")
        try:
            return self._rules.follow(address, address.joined(location))
        except InvalidAddress as error:
            raise FetchForbidden(
                "a redirect leads to what is no http or https address", code="redirect_not_allowed"
            ) from error

    @asynccontextmanager
    async def _exchange(self, address: Address) -> AsyncIterator[Exchange]:
        """A connection to the host, when every address it has may be talked to."""
        if self._failures.get(address.host, 0) >= _FAILURES_IN_A_ROW:
            raise OriginUnavailable(f"{address.host}: rests, after failures in a row")
        deadline = asyncio.get_running_loop().time() + self._connect_seconds
        try:
            async with asyncio.timeout_at(deadline):
                exchange = Exchange(*await self._connect(address))
        except OSError as error:  # a TimeoutError is one
            raise self._unreachable(address, error, deadline) from error
        self._failures.pop(address.host, None)
        try:
            yield exchange
        except TimeoutError:
            raise
        except (BadAnswer, OSError) as error:
            raise OriginUnavailable(f"{address.host}: {error}"[:300]) from error
        finally:
            exchange.close()

    async def _connect(self, address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        found = [address.host] if address.ip else await self._lookup(address.host, address.port)
        if not found or not all(self._rules.permits(ip) for ip in found):
            raise NotPermitted("has no address, or one that is not public")
        return await connect(
            found,
            address.port,
            tls_name=address.host if address.scheme == "https" else None,
            permits=self._rules.permits,
            make_socket=self._make_socket,
        )

    def _unreachable(self, address: Address, error: BaseException, deadline: float) -> _Unreachable:
        self._failures[address.host] = self._failures.get(address.host, 0) + 1
        return _Unreachable(address, error, deadline)

    async def _taken(
        self, address: Address, exchange: Exchange, head: Head, known: Version | None
    ) -> Fetched:
        if head.status == 304 and known is not None:
            return Fetched(None, known)
        if head.status in (404, 410):
            raise AssetNotFound("the remote server has no such original")
        if head.status != 200:
            raise OriginUnavailable(f"{address.host}: answered {head.status}")
        if head.get("content-encoding").lower() not in ("", "identity"):
            raise OriginUnavailable(f"{address.host}: sent a Content-Encoding that it was told not to")
        body = await exchange.body(head, name=address.host, max_bytes=self._max_bytes)
        etag, last_modified = (_sendable(head.get(name)) for name in ("etag", "last-modified"))
        return Fetched(body, Version(etag, last_modified, str(address)))


def _headers(address: Address, known: Version | None) -> dict[str, str]:
    return {"Host": address.authority, **_HEADERS, **(known.conditions(address) if known else {})}


def _sendable(text: str) -> str:
    """What a server called a version, if it can be said back."""
    return text if text.isascii() and text.isprintable() and len(text) <= _LONGEST_VERSION else ""


def _outcome(error: OriginError) -> str:
    outcomes: dict[type[OriginError], str] = {
        FetchForbidden: "forbidden",
        AssetNotFound: "not_found",
        OriginalTooManyBytes: "too_large",
        OriginTimeout: "timeout",
        OriginError: "unavailable",
    }
    return next(outcome for kind, outcome in outcomes.items() if isinstance(error, kind))
