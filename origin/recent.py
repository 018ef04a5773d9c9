"""Originals just read, kept for a moment: for the render that follows, and the page's other sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from cachetools import TTLCache

_MOST_DROPPED = 10_000


class RecentBytes:
    """At most `max_bytes` of originals by content hash, none for longer than `seconds`."""

    def __init__(self, *, max_bytes: int, seconds: float = 30.0) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._cache: TTLCache[str, bytes] = TTLCache(max(1, max_bytes), seconds, getsizeof=len)
        self._dropped: TTLCache[str, None] = TTLCache(_MOST_DROPPED, seconds)

    def get(self, content_hash: str) -> bytes | None:
        return self._cache.get(content_hash)

    def put(self, content_hash: str, data: bytes) -> None:
        if len(data) <= self._max_bytes and content_hash not in self._dropped:
            self._cache[content_hash] = data
            # The cache itself lets go only when it is next used; an idle server must not hold originals.
            asyncio.get_running_loop().call_later(self._seconds, self._cache.expire)

    def drop(self, content_hashes: Iterable[str]) -> None:
        """Forget these, and for a moment keep none of them: a read may be under way."""
        for content_hash in content_hashes:
            self._cache.pop(content_hash, None)
            self._dropped[content_hash] = None

    def clear(self) -> None:
        self._cache.clear()
