"""The one way to Redis: connections, a budget for every call, a breaker over all of them.

Whatever is done for each picture is a command that is `execute`d on a connection shared by all, at a fraction
of the cost of a `call`, which has a connection of the pool to itself. What moves bodies has another than what
does not, so that a lease does not wait behind a picture.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from origin.breaker import Breaker, within
from proxy.pipelined import Word, pipelined

T = TypeVar("T")

_OUTAGES = (RedisConnectionError, RedisTimeoutError, TimeoutError, OSError)
_SPARE_CONNECTIONS = 4
_MOST_QUESTIONS = 128
"""Under way on a shared connection."""
_MOVE_SECONDS = 2.0
"""How often at most a Redis that only reads makes us connect anew."""


class RedisUnavailable(Exception):
    """Redis could not be asked, did not answer in time, or refused (read-only, out of memory)."""


class RedisLink:
    """A shared Redis that may be gone at any time.

    `url` is redis://, rediss:// or unix://. `budget_seconds` bounds one small call; a large body adds its
    share by `bytes_per_second`. `max_calls` bounds the calls under way; the rest wait their turn, outside
    their budget.
    """

    def __init__(
        self,
        url: str,
        *,
        budget_seconds: float = 0.05,
        bytes_per_second: float = 50e6,
        max_calls: int = 32,
        breaker: Breaker | None = None,
    ) -> None:
        self.pool = _pool(url, max_connections=max_calls + _SPARE_CONNECTIONS)
        self.client = Redis(connection_pool=self.pool)
        self.breaker = breaker or Breaker()
        self._budget_seconds = budget_seconds
        self._bytes_per_second = bytes_per_second
        self._max_calls = max_calls
        self._turns = asyncio.Semaphore(max_calls)
        self._small, self._large = pipelined(url), pipelined(url)
        self._questions = asyncio.Semaphore(_MOST_QUESTIONS)
        self._movers: list[Callable[[], None]] = []
        self._moved_at = -_MOVE_SECONDS

    def on_move(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when what holds a connection of its own should connect anew."""
        self._movers.append(listener)

    async def call(
        self, command: Callable[[], Awaitable[T]], *, transfer_bytes: int = 0, tries: int = 1
    ) -> T:
        """Run one command, which may move up to `transfer_bytes`; RedisUnavailable when it does not work.

        A command that may be run twice and whose loss is dear is asked `tries` times while no answer comes
        in time: on a busy machine one late answer is no outage, and several open the breaker.
        """
        seconds = self._seconds(transfer_bytes)
        async with self._turns:
            return await self._tried(lambda: within(seconds, command()), tries)

    async def execute(self, *words: Word, transfer_bytes: int = 0, tries: int = 1) -> Any:
        """Run the command of these words as `call` does; what Redis answers: bytes, int, None, or a list.

        It may be run twice: a connection that turns out to be stale is replaced at once.
        """
        shared = self._large if transfer_bytes else self._small
        if shared is None:
            ordinary: Any = self.client.execute_command
            return await self.call(lambda: ordinary(*words), transfer_bytes=transfer_bytes, tries=tries)
        seconds = self._seconds(transfer_bytes)
        async with self._questions:
            return await self._tried(lambda: shared.execute(*words, seconds=seconds), tries)

    def ask(self, *words: Word, transfer_bytes: int = 0) -> asyncio.Future[Any] | None:
        """The answer to be of a command that is run at once and once; None where it would have to wait, or
        may not be run now. It raises what the ordinary client does."""
        shared = self._large if transfer_bytes else self._small
        if shared is None or self.breaker.state != "closed":
            return None
        answer = shared.ask(*words, seconds=self._seconds(transfer_bytes))
        if answer is not None:
            answer.add_done_callback(self._note)
        return answer

    def _note(self, answer: asyncio.Future[Any]) -> None:
        """Tell the breaker what came of it."""
        if answer.cancelled():
            return
        if isinstance(answer.exception(), _OUTAGES):
            self.breaker.fail()
        else:
            self.breaker.succeed()

    def _seconds(self, transfer_bytes: int) -> float:
        return self._budget_seconds + transfer_bytes / self._bytes_per_second

    async def _tried(self, attempt: Callable[[], Awaitable[T]], tries: int) -> T:
        for left in reversed(range(tries)):
            if not self.breaker.admit():
                raise RedisUnavailable("redis: not asked, it did not answer lately")
            try:
                return await self._judged(attempt())
            except RedisUnavailable as error:
                if not left or not isinstance(error.__cause__, TimeoutError):
                    raise
        raise ValueError("tries is less than 1")

    async def _judged(self, call: Awaitable[T]) -> T:
        try:
            result = await call
        except _OUTAGES as error:
            self.breaker.fail()
            raise RedisUnavailable(f"redis: {error!r}") from error
        except RedisError as error:
            # It answers, though not what we hoped for: read-only, out of memory.
            self.breaker.succeed()
            if isinstance(error, ReadOnlyError):
                await self._move()
            raise RedisUnavailable(f"redis: {error}") from error
        except BaseException:
            self.breaker.leave()
            raise
        self.breaker.succeed()
        return result

    async def _move(self) -> None:
        """Let go of connections that do nothing: they lead to what was the primary before a failover.

        The address leads to another by now, but an open connection stays where it is.
        """
        now = time.monotonic()
        if now - self._moved_at < _MOVE_SECONDS:
            return
        self._moved_at = now
        await self.pool.disconnect(inuse_connections=False)
        for shared in (self._small, self._large):
            if shared is not None:
                shared.renew()
        for listener in self._movers:
            listener()

    async def warm(self, connections: int) -> None:
        """Open so many at once: to open one costs as much as twenty calls, and the first crowd would pay for
        all of them. Where the first fails the others are left for when they are needed."""
        try:
            await self.call(self.client.ping)
        except RedisUnavailable:
            return
        await asyncio.gather(
            *(self.execute("PING", transfer_bytes=size) for size in (0, 1)), return_exceptions=True
        )
        calls = (self.call(self.client.ping) for _ in range(min(connections, self._max_calls)))
        await asyncio.gather(*calls, return_exceptions=True)

    async def close(self) -> None:
        """Close every connection; the link is not used again."""
        for shared in (self._small, self._large):
            if shared is not None:
                shared.close()
        await self.client.aclose()
        await self.pool.aclose()


def _pool(url: str, *, max_connections: int) -> ConnectionPool:
    """Connections that need no round trip before their first command: RESP2, and no word about ourselves.

    One retry at once heals a connection that went stale while it lay in the pool. Time is the budget's, not
    the socket's.
    """
    return ConnectionPool.from_url(
        url,
        max_connections=max_connections,
        protocol=2,
        driver_info=None,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 1),
    )
