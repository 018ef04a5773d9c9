"""The three tiers with all their parts in sight, for tests of how they work together."""

from __future__ import annotations

import asyncio

from origin.storage.memory import MemoryStorage
from proxy.cache.behind import Behind
from proxy.cache.derived import DerivedTier
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import RedisTier
from proxy.cache.tiers import Tiers
from proxy.link import RedisLink
from tests.proxy.test_cache_contract import KEY, make

LARGE = make(bytes(50_000))
"""Too large for Redis."""

SMALL = make(b"small")


class House:
    """Three tiers, what they were seen to do, and their parts."""

    def __init__(
        self, url: str, *, storage: MemoryStorage | None = None, behind: Behind | None = None
    ) -> None:
        self.seen: list[tuple[str, str]] = []
        self.link = RedisLink(url)
        self.memory = MemoryTier(max_bytes=1_000_000)
        self.redis = RedisTier(self.link, ttl_seconds=60, max_object_bytes=20_000)
        self.storage = storage or MemoryStorage()
        self.derived = DerivedTier(self.storage)
        self.tiers = Tiers(
            [self.memory, self.redis, self.derived],
            observe=lambda tier, result: self.seen.append((tier, result)),
            behind=behind,
            handover_seconds=0.05,
            flush_seconds=1.0,
        )

    async def where(self) -> list[str]:
        """The tiers that have it now."""
        all_tiers = (self.memory, self.redis, self.derived)
        return [tier.name for tier in all_tiers if await tier.get(KEY) is not None]

    async def close(self) -> None:
        await self.tiers.close()
        await self.link.close()


async def settle() -> None:
    """Let what was begun behind end."""
    await asyncio.sleep(0.05)
