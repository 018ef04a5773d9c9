"""What was seen in pictures: asked of the render workers once, kept in memory and in Redis.

An answer is true of its bytes for ever. It is looked for once at a time over all processes, as a render is,
and a look that failed by the picture is not tried again at once.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress

from cachetools import LRUCache

from proxy.cache.failures import Failures
from proxy.cache.made_of import put_command
from proxy.coalesce import Coalescer
from proxy.errors import error_code
from proxy.lease import Leases
from proxy.link import RedisLink, RedisUnavailable
from proxy.renderer import RenderPool
from proxy.variant import RENDERER_VERSION
from transforms.actions.base import Rows
from transforms.detectors import faces_available
from transforms.knowledge import Question

KEY_PREFIX = "calotype:1:looked:"
_MOST_NUMBERS = 2_000_000
"""Kept in memory, over all answers; one of usual length has five."""
_OVERHEAD = 40
"""An entry itself, in numbers."""
_TTL_MILLISECONDS = 30 * 86_400_000

Sources = tuple[bytes, Mapping[str, bytes]]
"""The original's bytes, and those of layers by content hash."""
Around = Callable[[], AbstractAsyncContextManager[None]]
"""What stands around a look that is really taken: whoever asked for it may have to pay."""


class Looks:
    """Answers questions about pictures.

    `patience_seconds` is how long another process' look is waited for; `observe` is told of every answer that
    was not in memory: its kind, and `looked`, `recalled` or the code of an error.
    """

    def __init__(
        self,
        *,
        pool: RenderPool,
        coalescer: Coalescer,
        leases: Leases,
        failures: Failures,
        link: RedisLink | None,
        patience_seconds: float,
        observe: Callable[[str, str], None],
    ) -> None:
        self._pool = pool
        self._coalescer = coalescer
        self._leases = leases
        self._failures = failures
        self._link = link
        self._patience_seconds = patience_seconds
        self._observe = observe
        # Another renderer may see other things, and a detector that was installed since sees more.
        self._version = f"{RENDERER_VERSION}:{'faces' if faces_available() else 'no-faces'}"
        self._seen: LRUCache[str, Rows] = LRUCache(_MOST_NUMBERS, getsizeof=_size)

    async def answer(
        self,
        question: Question,
        content_hash: str,
        read: Callable[[], Awaitable[Sources]],
        around: Around = nullcontext,
    ) -> Rows:
        """What is seen in a picture made of the original of that content; `read` gives the bytes.

        Raises what `around`, `read` and the pool raise, and RememberedFailure.
        """
        key = f"{self._version}:{question.key(content_hash)}"
        known = self._seen.get(key)
        if known is not None:
            return known
        rows, _ = await self._coalescer.run(
            ("look", key), lambda: self._find(key, question, content_hash, read, around)
        )
        return rows

    async def _find(
        self,
        key: str,
        question: Question,
        content_hash: str,
        read: Callable[[], Awaitable[Sources]],
        around: Around,
    ) -> Rows:
        rows = await self._recalled(key, question.kind)
        if rows is None and question.picture is None:
            # Measuring a text is cheaper than a turn.
            rows = await self._look(key, question, "", read, around)
        if rows is None:
            async with self._leases.hold(f"look:{key}", patience_seconds=self._patience_seconds) as held:
                # Look again: another process may have seen it while we waited.
                rows = await self._recalled(key, question.kind) if held.waited else None
                if rows is None:
                    rows = await self._look(key, question, content_hash, read, around)
        self._seen[key] = rows
        return rows

    async def _look(
        self,
        key: str,
        question: Question,
        content_hash: str,
        read: Callable[[], Awaitable[Sources]],
        around: Around,
    ) -> Rows:
        made_of = _made_of(question, content_hash)
        try:
            async with around():
                data, layers = await read()
                # Without bytes of its own the original has no part in it.
                own = content_hash if data else ""
                rows = await self._pool.look(question, data, layers, content_hash=own)
        except Exception as error:
            self._observe(question.kind, error_code(error))
            await self._failures.remember(f"look:{key}", error, made_of)
            raise
        self._observe(question.kind, "looked")
        await self._remember(key, rows, made_of)
        return rows

    async def _recalled(self, key: str, kind: str) -> Rows | None:
        """What another process, or this one in an earlier life, saw. Raises RememberedFailure."""
        await self._failures.check(f"look:{key}")
        if self._link is None:
            return None
        try:
            text = await self._link.execute("GET", KEY_PREFIX + key)
            if text is None:
                return None
            rows = tuple(tuple(map(float, row)) for row in json.loads(text))
        except (RedisUnavailable, ValueError, TypeError):
            return None
        self._observe(kind, "recalled")
        return rows

    def forget(self) -> None:
        """Forget, in this process, all answers; what may be known on is in Redis."""
        self._seen.clear()

    async def _remember(self, key: str, rows: Rows, made_of: tuple[str, ...]) -> None:
        if self._link is None:
            return
        command = put_command(
            KEY_PREFIX + key, json.dumps(rows), life_milliseconds=_TTL_MILLISECONDS, made_of=made_of
        )
        with suppress(RedisUnavailable):
            await self._link.execute(*command)


def _made_of(question: Question, content_hash: str) -> tuple[str, ...]:
    """The originals that are looked at, by content."""
    shown = question.picture.hashes() if question.picture is not None else frozenset[str]()
    return tuple(sorted({content_hash if each == "" else each for each in shown} - {""}))


def _size(rows: Rows) -> int:
    return _OVERHEAD + sum(map(len, rows))
