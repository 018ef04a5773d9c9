"""One at a time across processes: a lease in Redis, and a bell that rings when it is given back.

A lease is a key with a holder's token and a short life, which the holder renews while he works. Whoever finds
it taken waits for the bell, a message on one channel that every process listens to on one connection of its
own; should the message get lost, a slow look at the key finds out as well. A holder that dies is outlived by
his lease for no longer than its life.

A lease given back leaves a mark for a while, so that whoever takes it next is told that another held it just
now: what he came to make may have been made between his looking and his taking.

Redis being gone is no error: the lease is then simply not held, and the caller is alone with his process.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator

from proxy.bell import Bell
from proxy.link import RedisLink, RedisUnavailable

_POLL_SECONDS = 0.25

_TRIES = 3
"""A lease missed for one late answer is a picture rendered twice; taking it from ourselves does no harm."""

_FREE = "-"
"""The mark of a lease given back."""

# Taking and renewing are one thing: a lease that vanished under its holder (FLUSHALL) is simply taken again.
# ARGV: token, life in milliseconds, whom it may be taken from beside ourselves and nobody. Answers 0 for
# taken, 1 for taken from that one, or minus the milliseconds that its holder has left.
_TAKE = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[3] then
    return -math.max(redis.call('pttl', KEYS[1]), 1)
end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return holder == ARGV[3] and 1 or 0
"""

_RELEASE = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('set', KEYS[1], ARGV[3], 'px', ARGV[2])
redis.call('publish', KEYS[2], ARGV[4])
return 1
"""


class Lease:
    """A turn for one name, held or not."""

    def __init__(
        self, link: RedisLink | None, *, key: str, channel: str, name: str, ttl_seconds: float
    ) -> None:
        self._link = link
        self._key = key
        self._channel = channel
        self._name = name
        self._ttl_seconds = ttl_seconds
        self._token = secrets.token_hex(16)
        self._held_until = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._released = False
        self.waited = False
        """Whether another held it while we waited or just before: look for what it made meanwhile."""

    @property
    def held(self) -> bool:
        """Whether no other process has this turn. False when Redis is gone or our patience ended first."""
        return not self._released and time.monotonic() < self._held_until

    async def acquire(self, bell: Bell, *, patience_seconds: float) -> None:
        """Take the turn, waiting for it at most `patience_seconds`."""
        deadline = time.monotonic() + patience_seconds
        with bell.listen(self._name) as rung:
            while (answer := await self._take(_FREE)) < 0:
                self.waited = True
                patience_left = deadline - time.monotonic()
                if patience_left <= 0:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(_POLL_SECONDS, -answer / 1000, patience_left)):
                        await rung.wait()
                # Forgotten before we try, not after: a ring meanwhile must not be lost.
                rung.clear()
        self.waited = self.waited or answer == 1
        if self.held:
            self._renewal = asyncio.create_task(self._renew(), name=f"renew lease {self._name}")

    async def release(self) -> None:
        """Give the turn back now; a second time does nothing, and a Redis that is gone is no error."""
        if self._released or self._link is None:
            return
        self._released = True
        if self._renewal is not None:
            self._renewal.cancel()
        # Asked even when we do not know of holding it: the answer to our taking may have been lost.
        keys, life = (self._key, self._channel), self._life_milliseconds
        with contextlib.suppress(RedisUnavailable):
            await self._link.execute("EVAL", _RELEASE, 2, *keys, self._token, life, _FREE, self._name)

    async def _take(self, holder: str) -> int:
        """Take it from `holder` or nobody: what the script answers; 0, not held, when nobody answers."""
        if self._link is None:
            return 0
        started, life = time.monotonic(), self._life_milliseconds
        try:
            answer = int(
                await self._link.execute("EVAL", _TAKE, 1, self._key, self._token, life, holder, tries=_TRIES)
            )
        except RedisUnavailable:
            return 0
        self._held_until = started + self._ttl_seconds if answer >= 0 else 0.0
        return answer

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._ttl_seconds / 3)
            # From ourselves only: a renewal that overtakes the release must not take the turn back.
            await self._take(self._token)

    @property
    def _life_milliseconds(self) -> int:
        return int(self._ttl_seconds * 1000)


class Leases:
    """Leases by name; without a `link` none is ever held.

    `ttl_seconds` is how long a dead holder keeps the others waiting.
    """

    def __init__(
        self, link: RedisLink | None, *, ttl_seconds: float = 5.0, prefix: str = "calotype:1:lease:"
    ) -> None:
        self._link = link
        self._ttl_seconds = ttl_seconds
        self._prefix = prefix
        self._channel = f"{prefix}released"
        self._bell = Bell(link, channel=self._channel)

    @contextlib.asynccontextmanager
    async def hold(self, name: str, *, patience_seconds: float) -> AsyncIterator[Lease]:
        """Have a turn for `name`, alone among all processes if `lease.held` says so.

        Never fails for Redis' sake: after `patience_seconds`, or at once when Redis is gone, the caller goes
        on with a lease that is not held.
        """
        lease = Lease(
            self._link,
            key=f"{self._prefix}{name}",
            channel=self._channel,
            name=name,
            ttl_seconds=self._ttl_seconds,
        )
        try:
            await lease.acquire(self._bell, patience_seconds=patience_seconds)
            yield lease
        finally:
            await lease.release()

    async def close(self) -> None:
        """Stop listening for leases given back."""
        await self._bell.close()
