"""The nearest tier: this process's own memory, bounded by bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from cachetools import LRUCache

from origin.hosting.standing import Standing
from proxy.variant import Variant

LARGEST_SHARE = 8
"""An object larger than an eighth of the bound would push out too much for one."""

_OVERHEAD_BYTES = 1000
"""What an entry costs beside its body: 830 measured with five tags, in strings and dictionary slots."""


class MemoryTier:
    """Variants in memory, the least recently used forgotten first. `max_bytes` of 0 keeps none."""

    name = "memory"
    shared = False
    durable = False
    atomic = True

    def __init__(self, *, max_bytes: int) -> None:
        self._variants = _Variants(max_bytes, getsizeof=_size)

    @property
    def bytes(self) -> int:
        """What the variants held take up, by our count."""
        return int(self._variants.currsize)

    def look(self, key: str) -> Variant | None:
        """The variant under `key`, without an await."""
        return self._variants.get(key)

    async def get(self, key: str) -> Variant | None:
        return self.look(key)

    async def put(self, variant: Variant, standings: Sequence[Standing] = ()) -> bool:
        return self.keep(variant)

    def keep(self, variant: Variant) -> bool:
        """As `put`, without an await."""
        if not isinstance(variant.body, bytes) or _size(variant) * LARGEST_SHARE > self._variants.maxsize:
            return False
        self._variants[variant.key] = variant
        return True

    async def drop(self, key: str) -> None:
        self._variants.pop(key, None)

    async def drop_made_of(self, content_hashes: Sequence[str]) -> int:
        return self.forget_made_of(content_hashes)

    def forget_made_of(self, content_hashes: Sequence[str]) -> int:
        """As `drop_made_of`, without an await."""
        keys = {key for each in content_hashes for key in self._variants.made_of.get(each, ())}
        for key in keys:
            del self._variants[key]
        return len(keys)

    def clear(self) -> None:
        """Forget everything."""
        self._variants.clear()

    async def close(self) -> None:
        self.clear()


class _Variants(LRUCache[str, Variant]):
    """Variants by key, and their keys by what they were made of."""

    def __init__(self, maxsize: int, getsizeof: Callable[[Variant], int]) -> None:
        super().__init__(maxsize, getsizeof=getsizeof)
        self.made_of: dict[str, set[str]] = {}

    def __setitem__(self, key: str, variant: Variant) -> None:
        if key in self:
            del self[key]
        super().__setitem__(key, variant)
        for content_hash in variant.made_of:
            self.made_of.setdefault(content_hash, set()).add(key)

    def clear(self) -> None:
        super().clear()
        self.made_of.clear()

    def __delitem__(self, key: str) -> None:
        variant = self[key]
        super().__delitem__(key)
        for content_hash in variant.made_of:
            keys = self.made_of[content_hash]
            keys.discard(key)
            if not keys:
                del self.made_of[content_hash]


def _size(variant: Variant) -> int:
    return sys.getsizeof(variant.body) + _OVERHEAD_BYTES
