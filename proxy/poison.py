"""Originals that kill workers: after two deaths within an hour one is refused at once.

What is blamed is a content, not a name: the same bytes under another public id are the same poison. Where a
job had several originals they are blamed together, and only together refused, so that one bad picture does
not turn away the logo that lies on all of them. Counted in Redis for all instances; without it, by each
process.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from cachetools import TTLCache

from proxy.link import RedisLink, RedisUnavailable
from proxy.renderer_errors import Poisoned

KEY_PREFIX = "calotype:1:deaths:"
DEATHS = 2
WINDOW_SECONDS = 3600

_MAX_REMEMBERED = 10_000


_QUICKLY_HASHED_BYTES = 1 << 16


async def content_of(data: bytes) -> str:
    """The content hash of bytes of which nothing is known yet, as the library makes it of originals."""
    if len(data) <= _QUICKLY_HASHED_BYTES:
        return _hash(data)
    return await asyncio.to_thread(_hash, data)


async def name_of(content_hash: str, data: bytes) -> str:
    """What an original is known by to render workers, where the caller may know no hash of it: jobs of one
    name share its decode, and are poison together."""
    return content_hash or (await content_of(data) if data else "")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _observe_nothing(event: str) -> None:
    pass


class Poison:
    """Deaths by content. `observe` is told of each `death`, each content `poisoned`, each job `refused`."""

    def __init__(
        self,
        link: RedisLink | None = None,
        *,
        observe: Callable[[str], None] = _observe_nothing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._observe = observe
        self._deaths: TTLCache[str, int] = TTLCache(_MAX_REMEMBERED, WINDOW_SECONDS, timer=clock)

    async def check(self, contents: Iterable[str]) -> None:
        """Raise Poisoned when a job on originals of these content hashes is not to be tried."""
        name = _name(contents)
        if not name:
            return
        if self._deaths.get(name, 0) < DEATHS:
            shared = await self._shared(name)
            if shared < DEATHS:
                return
            self._deaths[name] = shared
        self._observe("refused")
        raise Poisoned(f"The original is not tried again for a while: {DEATHS} renderers died of it")

    async def blame(self, contents: Iterable[str]) -> None:
        """A worker died, or had to be killed, at originals of these content hashes."""
        name = _name(contents)
        if not name:
            return
        deaths = max(self._deaths.get(name, 0) + 1, await self._count(name))
        self._deaths[name] = deaths
        self._observe("death")
        if deaths == DEATHS:
            self._observe("poisoned")

    async def _shared(self, name: str) -> int:
        if self._link is None:
            return 0
        try:
            return _number(await self._link.execute("GET", KEY_PREFIX + name))
        except RedisUnavailable:
            return 0

    async def _count(self, name: str) -> int:
        """One death more, in Redis; how many that makes there."""
        if self._link is None:
            return 0
        client, key = self._link.client, KEY_PREFIX + name

        def add() -> Awaitable[Any]:
            both = client.pipeline(transaction=True)
            both.incr(key)
            both.expire(key, WINDOW_SECONDS)
            return both.execute()

        try:
            return int((await self._link.call(add))[0])
        except RedisUnavailable:
            return 0


def _name(contents: Iterable[str]) -> str:
    """What stands for these contents; empty when nothing is known of them."""
    known = sorted(set(filter(None, contents)))
    return _hash(" ".join(known).encode()) if len(known) > 1 else "".join(known)


def _number(text: bytes | str | None) -> int:
    """A count as Redis keeps it; 0 for what is none."""
    try:
        return int(text or 0)
    except ValueError:
        return 0
