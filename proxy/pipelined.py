"""One connection to Redis that all callers share: what they ask in one turn of the loop is written at once,
and answers come in the order of the questions.

A connection of a pool has one question under way; to take it, write, wait, read and give it back costs the
client ten times what Redis needs to answer. Here a question is an entry in a queue. So one slow answer holds
up all behind it: large bodies have a connection of their own (see `proxy.link`).

An answer that nobody waits for any more is read and dropped. One that does not come in its time is a sign of
a server that is gone where nothing at all came since the question, and the connection is given up: a late
answer never meets a later question.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import hiredis
from redis.asyncio.connection import Connection as TcpConnection
from redis.asyncio.connection import UnixDomainSocketConnection, parse_url
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from origin.breaker import within

Word = str | bytes | int
Connect = Callable[["_Protocol"], Awaitable[asyncio.BaseTransport]]

_TICK_SECONDS = 0.0125
"""A quarter of a small call's budget. Time is counted in ticks of which each needs a turn of the loop: while
that is busy an answer may lie unread, for which Redis is not to blame."""
_FOLLOWED = frozenset(("connection_class", "host", "port", "path", "db", "username", "password"))
"""What an address may say. Whoever asks for more (timeouts, certificates) has the ordinary client."""
_ERRORS: Mapping[str, type[RedisError]] = {
    "READONLY": ReadOnlyError,
    "LOADING": BusyLoadingError,
    "NOAUTH": AuthenticationError,
    "WRONGPASS": AuthenticationError,
    "NOPERM": NoPermissionError,
}
"""By the first word of what Redis says, as the ordinary client has them; all others are ResponseError."""


def pipelined(url: str) -> Pipelined | None:
    """A connection to the Redis of a `RedisLink`; None where that takes what we cannot do (TLS, say)."""
    given: dict[str, Any] = dict(parse_url(url))
    kind = given.get("connection_class", TcpConnection)
    if not given.keys() <= _FOLLOWED or kind not in (TcpConnection, UnixDomainSocketConnection):
        return None
    greeting: list[tuple[Word, ...]] = []
    if given.get("password"):
        username = given.get("username")
        greeting.append(("AUTH", *((username,) if username else ()), given["password"]))
    if given.get("db"):
        greeting.append(("SELECT", int(given["db"])))
    if kind is UnixDomainSocketConnection:
        return Pipelined(_to_unix(given["path"]), greeting)
    return Pipelined(_to_tcp(given.get("host", "localhost"), given.get("port", 6379)), greeting)


def _to_unix(path: str) -> Connect:
    async def connect(protocol: _Protocol) -> asyncio.BaseTransport:
        transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: protocol, path)
        return transport

    return connect


def _to_tcp(host: str, port: int) -> Connect:
    async def connect(protocol: _Protocol) -> asyncio.BaseTransport:
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, host, port)
        return transport

    return connect


class Pipelined:
    """The connection, made anew when it is lost."""

    def __init__(self, connect: Connect, greeting: Sequence[tuple[Word, ...]]) -> None:
        self._connect = connect
        self._greeting = greeting
        self._protocol: _Protocol | None = None
        self._connecting = asyncio.Lock()

    async def execute(self, *words: Word, seconds: float) -> Any:
        """What Redis answers to one command: bytes, int, None or a list of these.

        Raises what the ordinary client does: TimeoutError after `seconds`, ConnectionError and the other
        RedisErrors. A connection that was lost on the way is replaced once, as one that has gone stale.
        """
        command = _packed(words)
        try:
            return await (await self._connected(seconds)).ask(command, seconds)
        except RedisConnectionError:
            return await (await self._connected(seconds)).ask(command, seconds)

    def ask(self, *words: Word, seconds: float) -> asyncio.Future[Any] | None:
        """The answer to be, as `execute` has it; None while there is no connection."""
        if self._protocol is None or not self._protocol.usable:
            return None
        return self._protocol.ask(_packed(words), seconds)

    async def _connected(self, seconds: float) -> _Protocol:
        if self._protocol is not None and self._protocol.usable:
            return self._protocol
        try:
            return await within(seconds, self._reconnect(seconds))
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise RedisConnectionError(f"cannot connect: {error}") from error

    async def _reconnect(self, seconds: float) -> _Protocol:
        async with self._connecting:
            if self._protocol is not None and self._protocol.usable:
                return self._protocol
            protocol = _Protocol()
            await self._connect(protocol)
            try:
                for words in self._greeting:
                    await protocol.ask(_packed(words), seconds)
            except BaseException:
                protocol.abort(RedisConnectionError("the connection was not taken up"))
                raise
            self._protocol = protocol
            return protocol

    def renew(self) -> None:
        """Connect anew for what comes next; what is under way is still answered."""
        if self._protocol is not None:
            self._protocol.retire()
            self._protocol = None

    def close(self) -> None:
        """Let go of the connection, and fail what is under way."""
        if self._protocol is not None:
            self._protocol.abort(RedisConnectionError("the connection was closed"))
            self._protocol = None


@dataclass(slots=True)
class _Asked:
    """A question under way."""

    answer: asyncio.Future[Any]
    ticks: int
    """How many more it may take."""
    since: float
    """When it was asked."""


class _Protocol(asyncio.Protocol):
    """One connection's questions and answers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader(replyError=_error)
        self._asked: deque[_Asked] = deque()
        self._unsent: list[bytes] = []
        self._ticking: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._retired = False
        self._lost: Exception | None = None

    @property
    def usable(self) -> bool:
        """Whether it may be asked more."""
        return self._transport is not None and self._lost is None and not self._retired

    def ask(self, command: bytes, seconds: float) -> asyncio.Future[Any]:
        """The answer to be."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        if self._lost is not None:
            answer.set_exception(self._lost)
            return answer
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(command)
        # One more: the first may end in the next moment.
        self._asked.append(_Asked(answer, math.ceil(seconds / _TICK_SECONDS) + 1, time.monotonic()))
        if self._ticking is None:
            self._ticking = self._loop.call_later(_TICK_SECONDS, self._tick)
        return answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = time.monotonic()
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                _settle(self._asked.popleft().answer, reply)
        except (hiredis.ProtocolError, IndexError) as error:
            self.abort(RedisConnectionError(f"Redis said what nobody understands: {error}"))
        if self._retired and not self._asked:
            self.abort(RedisConnectionError("the connection was retired"))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(RedisConnectionError(f"the connection was lost: {error or 'closed by the server'}"))

    def retire(self) -> None:
        """Close it when what is under way is answered."""
        self._retired = True
        if not self._asked:
            self.abort(RedisConnectionError("the connection was retired"))

    def abort(self, error: Exception) -> None:
        """Close it now; `error` is what all get who wait."""
        self._end(error)
        if self._transport is not None:
            self._transport.abort()

    def _end(self, error: Exception) -> None:
        self._lost = self._lost or error
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        while self._asked:
            # Each its own: where an exception is raised it takes note of that.
            _fail(self._asked.popleft().answer, type(error)(*error.args))

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._lost is None and self._transport is not None:
            self._transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    def _tick(self) -> None:
        self._ticking = None
        silent = False
        for asked in self._asked:
            asked.ticks -= 1
            if asked.ticks <= 0:
                _fail(asked.answer, TimeoutError("no answer in time"))
                silent = silent or self._heard < asked.since
        if silent:
            # Those behind it may ask again elsewhere, as after a late answer.
            self.abort(TimeoutError("the connection was given up, nothing came over it"))
        elif self._asked:
            self._ticking = self._loop.call_later(_TICK_SECONDS, self._tick)


def _packed(words: tuple[Word, ...]) -> bytes:
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub takes one word only
    return packed


def _settle(answer: asyncio.Future[Any], reply: Any) -> None:
    if isinstance(reply, RedisError):
        _fail(answer, reply)
    elif not answer.done():
        answer.set_result(reply)


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _error(said: str) -> RedisError:
    return _ERRORS.get(said.partition(" ")[0], ResponseError)(said)
