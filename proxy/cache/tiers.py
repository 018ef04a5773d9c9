"""The tiers as one cache: looked through and filled from the nearest on, and never a reason to fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Literal

from origin.hosting.standing import Standing
from proxy.cache.base import Observer, TakenDown, Tier, TierError
from proxy.cache.behind import Behind
from proxy.cache.disk import DiskTier
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import RedisTier
from proxy.gone import Gone
from proxy.variant import Variant

logger = logging.getLogger(__name__)

Operation = Literal["get", "put", "drop"]


def _nobody(tier: str, result: str) -> None:
    """Observes nothing."""


class Tiers:
    """Memory, then Redis, then the disk, then the derived store; any of them may be absent or broken.

    A broken tier is a miss, told to `observe` as an error and logged when it begins and when it ends.
    What was made of a hosted picture, which its `standings` tell, is kept only while `gone` says that it is
    still as it was, by a look before and one after where the two cannot be one.
    `handover_seconds` is how long an answer waits for storage when no other tier could show the variant to
    other processes; `flush_seconds` how long `close` waits for writes that were begun behind answers.
    """

    def __init__(
        self,
        tiers: Sequence[Tier],
        *,
        observe: Observer = _nobody,
        behind: Behind | None = None,
        gone: Gone | None = None,
        handover_seconds: float = 1.0,
        flush_seconds: float = 5.0,
    ) -> None:
        self._tiers = tuple(tiers)
        self._memory = next((tier for tier in tiers if isinstance(tier, MemoryTier)), None)
        self._disk = next((tier for tier in tiers if isinstance(tier, DiskTier)), None)
        self._observe = observe
        self._behind = behind or Behind()
        self._gone = gone or Gone(None)
        self._handover_seconds = handover_seconds
        self._flush_seconds = flush_seconds
        self._beyond = next((tier for tier in tiers if isinstance(tier, RedisTier)), None)
        # What fails, by tier: a full disk or a read-only Redis fails at every write and at no read.
        self._broken: dict[str, set[Operation]] = {}

    def peek(self, key: str) -> Variant | None:
        """The variant, if it is in memory; a miss is not counted, since `get` will follow."""
        variant = self._memory.look(key) if self._memory else None
        if variant is not None:
            self._observe("memory", "hit")
        return variant

    def held(self, key: str) -> bytes | None:
        """The bytes of a variant, if it is in memory; counted by whoever uses them."""
        variant = self._memory.look(key) if self._memory else None
        return variant.body if variant is not None and isinstance(variant.body, bytes) else None

    @property
    def beyond(self) -> str | None:
        """The name of the tier that is as good as at hand, if there is one."""
        return self._beyond.name if self._beyond else None

    def look_beyond(self, key: str, found: Callable[[Variant | None], None]) -> bool:
        """Have `found` called in a later turn of the loop, with the variant that this tier has, or with None;
        False where it cannot be asked now. Whoever uses it counts it, and `get` tells of trouble."""
        return self._beyond is not None and self._beyond.look(key, found)

    def keep(self, variant: Variant) -> bool:
        """Have it in memory, if it is not too large; whoever knows that it is still good says so."""
        return self._memory is not None and self._memory.keep(variant)

    async def get(self, key: str, standings: Sequence[Standing] = ()) -> tuple[Variant, str] | None:
        """The variant and the tier that had it; the tiers nearer than that one get it too."""
        for depth, tier in enumerate(self._tiers):
            variant = await self._get(tier, key)
            if variant is not None:
                await self._promote(variant, self._tiers[:depth], standings)
                return variant, tier.name
        return None

    async def put(
        self, variant: Variant, *, derived: bool = True, standings: Sequence[Standing] = ()
    ) -> None:
        """Keep `variant`, and return once every process can find it.

        The first shared tier that takes it is waited for, as the next to hold the lease looks there; what
        comes after is written behind the answer. Without `derived` no storage is filled.
        """
        found_by_all = False
        for tier in self._tiers:
            if not derived and not tier.atomic:
                continue
            if found_by_all:
                self._put_behind(tier, variant, standings)
            elif tier.durable:
                found_by_all = await self._put_patiently(tier, variant, standings)
            else:
                found_by_all = await self._put(tier, variant, standings) and tier.shared

    async def find_for_good(self, key: str, standings: Sequence[Standing] = ()) -> Variant | None:
        """The variant, now in every tier that lasts, or None. Raises TierError where such a tier fails."""
        found = await self.get(key, standings)
        if found is None:
            return None
        variant, name = found
        for tier in self._tiers:
            if tier.durable and tier.name != name and await self._get(tier, key) is None:
                await self._put_for_good(tier, variant, standings)
        return variant

    async def put_for_good(self, variant: Variant, *, standings: Sequence[Standing] = ()) -> None:
        """Keep `variant`, and return once it is in every tier that lasts: whoever strikes a job off after it
        may die in the next moment. Raises TierError where such a tier fails."""
        for tier in self._tiers:
            if tier.durable:
                await self._put_for_good(tier, variant, standings)
            else:
                await self._put(tier, variant, standings)

    async def _put_for_good(self, tier: Tier, variant: Variant, standings: Sequence[Standing]) -> None:
        stored = await self._put(tier, variant, standings)
        # What was taken down is not for keeping, and no failure either.
        if not stored and "put" in self._broken.get(tier.name, ()):
            raise TierError(f"{tier.name}: {variant.key} could not be kept")

    async def drop(self, key: str) -> None:
        """Forget `key` in every tier, and what is being written of it."""
        await self._behind.forget(key)
        for tier in self._tiers:
            await self._drop_one(tier, key)

    async def _drop_one(self, tier: Tier, key: str) -> None:
        try:
            await tier.drop(key)
        except Exception as error:
            self._failed(tier, "drop", error)

    async def drop_made_of(self, content_hashes: Sequence[str]) -> dict[str, int | None]:
        """Forget all that was made of these originals: how many variants that were in each tier, None for a
        tier that could not.

        Writes under way look again when they have ended; they are not waited for.
        """
        return {tier.name: await self._drop_made_of(tier, content_hashes) for tier in self._tiers}

    async def _drop_made_of(self, tier: Tier, content_hashes: Sequence[str]) -> int | None:
        try:
            dropped = await tier.drop_made_of(content_hashes)
        except Exception as error:
            self._failed(tier, "drop", error)
            return None
        self._worked(tier, "drop")
        return dropped

    def forget(self, key: str) -> None:
        """Forget on this machine what lies in a tier that outlives the process: it has become another."""
        if self._disk is not None:
            self._disk.forget(key)

    def forget_made_of(self, content_hashes: Sequence[str]) -> None:
        """Forget it in this process, without an await."""
        if self._memory is not None:
            self._memory.forget_made_of(content_hashes)
        if self._disk is not None:
            self._disk.forget_made_of(content_hashes)

    def forget_all(self) -> None:
        """Forget everything in this process, without an await."""
        if self._memory is not None:
            self._memory.clear()
        if self._disk is not None:
            self._disk.forget_all()

    async def close(self) -> None:
        """Finish the writes begun behind answers, then close every tier."""
        await self._behind.close(grace_seconds=self._flush_seconds)
        for tier in self._tiers:
            await tier.close()

    async def _promote(self, variant: Variant, nearer: Sequence[Tier], standings: Sequence[Standing]) -> None:
        for tier in nearer:
            if tier is self._memory:
                await self._put(tier, variant, standings)
            else:
                self._put_behind(tier, variant, standings)

    def _put_behind(
        self, tier: Tier, variant: Variant, standings: Sequence[Standing]
    ) -> asyncio.Task[bool] | None:
        write = self._behind.start(
            variant.key, len(variant.body), lambda: self._put(tier, variant, standings)
        )
        if write is None:
            self._observe(tier.name, "skipped")
        return write

    async def _put_patiently(self, tier: Tier, variant: Variant, standings: Sequence[Standing]) -> bool:
        """Whether it was written before our patience ended; if not, the write goes on behind the answer."""
        write = self._put_behind(tier, variant, standings)
        if write is None:
            return False
        await asyncio.wait({write}, timeout=self._handover_seconds)
        return write.done() and not write.cancelled() and write.result()

    async def _get(self, tier: Tier, key: str) -> Variant | None:
        try:
            variant = await tier.get(key)
        except Exception as error:
            self._failed(tier, "get", error)
            return None
        self._worked(tier, "get")
        self._observe(tier.name, "miss" if variant is None else "hit")
        return variant

    async def _put(self, tier: Tier, variant: Variant, standings: Sequence[Standing]) -> bool:
        """Whether it is kept there now. What a storage was given may lie there though it says that it failed:
        the look afterwards holds for that too."""
        if self._gone.outdated(standings) or (not tier.atomic and await self._gone.look(standings)):
            self._observe(tier.name, "skipped")
            return False
        try:
            stored = await tier.put(variant, standings)
        except TakenDown:
            stored = False
            for nearer in self._tiers:
                if not nearer.shared:
                    await self._drop_one(nearer, variant.key)
        except Exception as error:
            stored = False
            self._failed(tier, "put", error)
        else:
            if stored:
                self._worked(tier, "put")
            self._observe(tier.name, "stored" if stored else "skipped")
        if not tier.atomic and await self._gone.look(standings):
            await self._drop_one(tier, variant.key)
            stored = False
        return stored

    def _failed(self, tier: Tier, operation: Operation, error: Exception) -> None:
        # Not only TierError: a cache may never be the reason that a picture is not served.
        self._observe(tier.name, "error")
        broken = self._broken.setdefault(tier.name, set())
        if not broken:
            logger.warning("cache tier %s fails: %s: %s", tier.name, operation, error)
        broken.add(operation)

    def _worked(self, tier: Tier, operation: Operation) -> None:
        broken = self._broken.get(tier.name)
        if broken and operation in broken:
            broken.discard(operation)
            if not broken:
                logger.info("cache tier %s works again", tier.name)
