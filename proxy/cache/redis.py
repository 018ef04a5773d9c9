"""The tier all instances share: Redis, through aiocache."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer

from proxy.cache.base import TierError, read_variant
from proxy.link import RedisLink, RedisUnavailable
from proxy.variant import Variant

T = TypeVar("T")

KEY_PREFIX = "calotype:1:variant"
"""Its number is the revision of what lies under the keys; raise it when other servers could not read them."""

_READ_TRIES = 2
"""What we miss for one late answer is rendered again."""


class RedisTier:
    """Variants in Redis for `ttl_seconds`, none of them larger than `max_object_bytes`."""

    name = "redis"
    shared = True
    durable = False

    def __init__(self, link: RedisLink, *, ttl_seconds: int, max_object_bytes: int) -> None:
        self._link = link
        self._ttl_seconds = ttl_seconds
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
        data = await self._call(
            lambda: self._cache.get(key), transfer_bytes=self._max_object_bytes, tries=_READ_TRIES
        )
        return None if data is None else read_variant(self.name, key, data)

    async def put(self, variant: Variant) -> bool:
        if len(variant.body) > self._max_object_bytes:
            return False
        place, data = self._cache.build_key(variant.key), variant.to_bytes()
        # Not aiocache's own `set`: it calls SETEX, which redis-py has deprecated.
        await self._call(
            lambda: self._cache.raw("set", place, data, ex=self._ttl_seconds), transfer_bytes=len(data)
        )
        return True

    async def drop(self, key: str) -> None:
        await self._call(lambda: self._cache.delete(key))

    async def close(self) -> None:
        """Nothing: the connections are the link's."""

    async def _call(
        self, command: Callable[[], Awaitable[T]], *, transfer_bytes: int = 0, tries: int = 1
    ) -> T:
        try:
            return await self._link.call(command, transfer_bytes=transfer_bytes, tries=tries)
        except RedisUnavailable as error:
            raise TierError(str(error)) from error
