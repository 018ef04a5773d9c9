"""The nearest tier: this process's own memory, bounded by bytes."""

from __future__ import annotations

import sys

from cachetools import LRUCache

from proxy.variant import Variant

_LARGEST_SHARE = 8
"""An object larger than an eighth of the bound would push out too much for one."""

_OVERHEAD_BYTES = 1000
"""What an entry costs beside its body: 830 measured with five tags, in strings and dictionary slots."""


class MemoryTier:
    """Variants in memory, the least recently used forgotten first. `max_bytes` of 0 keeps none."""

    name = "memory"
    shared = False
    durable = False

    def __init__(self, *, max_bytes: int) -> None:
        self._variants: LRUCache[str, Variant] = LRUCache(max_bytes, getsizeof=_size)

    @property
    def bytes(self) -> int:
        """What the variants held take up, by our count."""
        return int(self._variants.currsize)

    def look(self, key: str) -> Variant | None:
        """The variant under `key`, without an await."""
        return self._variants.get(key)

    async def get(self, key: str) -> Variant | None:
        return self.look(key)

    async def put(self, variant: Variant) -> bool:
        if _size(variant) * _LARGEST_SHARE > self._variants.maxsize:
            return False
        self._variants[variant.key] = variant
        return True

    async def drop(self, key: str) -> None:
        self._variants.pop(key, None)

    async def close(self) -> None:
        self._variants.clear()


def _size(variant: Variant) -> int:
    return sys.getsizeof(variant.body) + _OVERHEAD_BYTES
