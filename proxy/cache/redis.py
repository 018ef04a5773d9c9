"""The tier all instances share: Redis, through aiocache."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer
from cachetools import TTLCache

from origin.hosting.standing import Standing
from proxy.cache.base import TakenDown, TierError, read_variant
from proxy.cache.made_of import drop_arguments, of_key, put_command
from proxy.link import RedisLink, RedisUnavailable
from proxy.pipelined import Word
from proxy.variant import Variant

T = TypeVar("T")

KEY_PREFIX = "calotype:3:variant"
"""Its number is the revision of what lies under the keys; raise it when other servers could not read them."""

_READ_TRIES = 2
"""What we miss for one late answer is rendered again."""

_DROP_TRIES = 3
_DROP_BYTES = 20_000_000
"""What a drop counts as: one of ten thousand variants takes its time."""

_TOUCH_SECONDS = 60.0


class RedisTier:
    """Variants in Redis for `ttl_seconds`, none of them larger than `max_object_bytes`."""

    name = "redis"
    shared = True
    durable = False
    atomic = True

    def __init__(self, link: RedisLink, *, ttl_seconds: int, max_object_bytes: int) -> None:
        self._link = link
        self._ttl_seconds = ttl_seconds
        self._touched: TTLCache[str, None] = TTLCache(10_000, _TOUCH_SECONDS)
        self._max_object_bytes = max_object_bytes
        self._cache = RedisCache(
            # Bytes in, bytes out; the default would decode a picture as UTF-8.
            serializer=NullSerializer(encoding=None),
            namespace=KEY_PREFIX,
            # The link's budget is the only clock: a second one would cost a task for each call.
            timeout=None,
            # aiocache makes a pool of its own; it is handed ours. We never close it: closing is the link's.
            connection_pool_class=lambda **_: link.pool,
        )

    async def get(self, key: str) -> Variant | None:
        # How large the answer is nobody knows yet; what may be put must also have the time to be got.
        data = await self._execute(
            "GET", self._cache.build_key(key), transfer_bytes=self._max_object_bytes, tries=_READ_TRIES
        )
        if data is None:
            return None
        variant = read_variant(self.name, key, data)
        if keys := self._untouched(variant.made_of):
            self._touched.update(dict.fromkeys(variant.made_of))
            await self._execute("TOUCH", *keys)
        return variant

    def look(self, key: str, found: Callable[[Variant | None], None]) -> bool:
        """As `get`, tried once and without a task: `found` is called in a later turn of the loop with the
        variant, or with None, trouble included. False where Redis cannot be asked now."""
        answer = self._link.ask("GET", self._cache.build_key(key), transfer_bytes=self._max_object_bytes)
        if answer is not None:
            answer.add_done_callback(lambda answer: found(self._looked(key, answer)))
        return answer is not None

    def _looked(self, key: str, answer: asyncio.Future[bytes | None]) -> Variant | None:
        if answer.cancelled() or answer.exception() is not None:
            return None
        data = answer.result()
        try:
            variant = None if data is None else read_variant(self.name, key, data)
        except TierError:
            return None
        if variant is not None:
            self._touch_behind(variant.made_of)
        return variant

    def _touch_behind(self, content_hashes: Sequence[str]) -> None:
        keys = self._untouched(content_hashes)
        if keys and self._link.ask("TOUCH", *keys) is not None:
            self._touched.update(dict.fromkeys(content_hashes))

    async def put(self, variant: Variant, standings: Sequence[Standing] = ()) -> bool:
        if len(variant.body) > self._max_object_bytes or not isinstance(variant.body, bytes):
            return False
        place, data = self._cache.build_key(variant.key), variant.to_bytes()
        life = self._ttl_seconds * 1000
        command = put_command(
            place, data, life_milliseconds=life, made_of=variant.made_of, standings=standings
        )
        # Not aiocache's own `set`: what it was made of is written with it, and held against takedowns.
        if not await self._execute(*command, transfer_bytes=len(data)):
            raise TakenDown(variant.key)
        return True

    async def drop(self, key: str) -> None:
        await self._call(lambda: self._cache.delete(key))

    async def drop_made_of(self, content_hashes: Sequence[str]) -> int:
        script, number, arguments = drop_arguments(content_hashes)
        return await self._call(
            lambda: self._cache.raw("eval", script, number, *arguments),
            transfer_bytes=_DROP_BYTES,
            tries=_DROP_TRIES,
        )

    def _untouched(self, content_hashes: Sequence[str]) -> list[str]:
        """Names of what was made of these, which are to be used now: a Redis that is full lets go of what was
        not used longest, and a variant must not outlive what finds it."""
        return [of_key(each) for each in content_hashes if each not in self._touched]

    async def close(self) -> None:
        """Nothing: the connections are the link's."""

    async def _execute(self, *words: Word, transfer_bytes: int = 0, tries: int = 1) -> Any:
        try:
            return await self._link.execute(*words, transfer_bytes=transfer_bytes, tries=tries)
        except RedisUnavailable as error:
            raise TierError(str(error)) from error

    async def _call(
        self, command: Callable[[], Awaitable[T]], *, transfer_bytes: int = 0, tries: int = 1
    ) -> T:
        try:
            return await self._link.call(command, transfer_bytes=transfer_bytes, tries=tries)
        except RedisUnavailable as error:
            raise TierError(str(error)) from error
