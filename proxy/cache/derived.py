"""The tier that lasts: variants on object storage, a folder or a bucket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from origin.breaker import Breaker, within
from origin.errors import AssetNotFound, OriginError, OriginTimeout, OriginUnavailable
from origin.storage.base import Storage
from proxy.cache.base import TierError, read_variant
from proxy.variant import Variant

T = TypeVar("T")

CONTENT_TYPE = "application/vnd.calotype.variant"

_MAX_HEAD_BYTES = 100_000
"""More than any head is; it comes on top of the body."""


class DerivedTier:
    """Variants on `storage` under `prefix`, each with its head in one object.

    A storage answers in its own time: a read and a write have each their budget, in seconds, and there is one
    breaker for both.
    """

    name = "derived"
    shared = True
    durable = True

    def __init__(
        self,
        storage: Storage,
        *,
        prefix: str = "v/",
        max_object_bytes: int = 64_000_000,
        read_seconds: float = 2.0,
        write_seconds: float = 20.0,
        breaker: Breaker | None = None,
    ) -> None:
        self._storage = storage
        self._prefix = prefix
        self._max_object_bytes = max_object_bytes
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self.breaker = breaker or Breaker(rest_seconds=5.0)

    async def get(self, key: str) -> Variant | None:
        place = self._place(key)
        try:
            data, _ = await self._call(
                lambda: self._storage.read(place, max_bytes=self._max_object_bytes + _MAX_HEAD_BYTES),
                self._read_seconds,
            )
        except AssetNotFound:
            return None
        return read_variant(self.name, key, data)

    async def put(self, variant: Variant) -> bool:
        if len(variant.body) > self._max_object_bytes:
            return False
        place, data = self._place(variant.key), variant.to_bytes()
        await self._call(
            lambda: self._storage.write(place, data, content_type=CONTENT_TYPE), self._write_seconds
        )
        return True

    async def drop(self, key: str) -> None:
        await self._call(lambda: self._storage.delete(self._place(key)), self._write_seconds)

    async def close(self) -> None:
        """Let go of the storage; nobody else may know of it."""
        await self._storage.close()

    def _place(self, key: str) -> str:
        """Where `key` lies: spread over 256 folders, since some file systems and buckets want that."""
        return f"{self._prefix}{key[:2]}/{key}.variant"

    async def _call(self, command: Callable[[], Awaitable[T]], seconds: float) -> T:
        if not self.breaker.admit():
            raise TierError("derived: not asked, the storage did not answer lately")
        try:
            result = await within(seconds, command())
        except AssetNotFound:
            self.breaker.succeed()
            raise
        except (OriginUnavailable, OriginTimeout, TimeoutError) as error:
            self.breaker.fail()
            raise TierError(f"derived: {error!r}") from error
        except OriginError as error:
            # It answers, though not what we hoped for: larger than it may be, say.
            self.breaker.succeed()
            raise TierError(f"derived: {error}") from error
        except BaseException:
            self.breaker.leave()
            raise
        self.breaker.succeed()
        return result
