"""What is known of originals: in this process, and behind that in the database, which may be away."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from cachetools import LRUCache

from origin.asset import Asset, Facts
from origin.errors import MetadataUnavailable
from origin.metadata.store import MetadataStore, Name

T = TypeVar("T")
logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
"""How long a database that failed is left alone, so that not every request waits for it to fail again; as
long as the failure took, if that was longer."""
_PROBE_SECONDS = 30.0
"""How long one question to a database that failed keeps the others away from it, at most."""


class Ledger:
    """Facts by name. A database that fails is logged and counted, and for as long as its lease no reason to
    fail: what is learnt meanwhile is kept in this process, and written when it is looked at the next time."""

    def __init__(
        self, metadata: MetadataStore, *, max_assets: int, observe_failure: Callable[[str], None]
    ) -> None:
        self._metadata = metadata
        self._observe_failure = observe_failure
        self._on_change: list[Callable[[Collection[str]], None]] = []
        self._assets: LRUCache[str, Asset] = LRUCache(max_assets)
        self._failing = False
        self._paused_until = 0.0

    def on_change(self, changed: Callable[[Collection[str]], None]) -> None:
        """Have `changed` called with the names of which something else is known now in this process."""
        self._on_change.append(changed)

    def _changed(self, names: Collection[str]) -> None:
        for changed in self._on_change:
            changed(names)

    def remembered(self, name: str) -> Asset | None:
        """What this process knows by that name."""
        return self._assets.get(name)

    def remember(self, asset: Asset) -> Asset:
        """Keep `asset` in this process alone."""
        before = self._assets.get(asset.name)
        self._assets[asset.name] = asset
        if before is None or replace(before, checked_at=asset.checked_at) != asset:
            self._changed((asset.name,))
        return asset

    def drop(self, names: Callable[[str], bool], content_hashes: Collection[str]) -> None:
        """Forget, in this process, what goes by these names and what is of these bytes."""
        known = self._assets.items()
        dropped = [n for n, asset in known if names(n) or asset.content_hash in content_hashes]
        for name in dropped:
            del self._assets[name]
        self._changed(dropped)

    def clear(self) -> None:
        """Forget, in this process, everything."""
        dropped = list(self._assets)
        self._assets.clear()
        self._changed(dropped)

    async def recall(self, names: Sequence[Name]) -> Mapping[Name, Facts]:
        """What the database knows of these names."""
        return await self._ask("recall", lambda: self._metadata.recall(names)) or {}

    async def facts(self, mount: str, key: str) -> Facts | None:
        """What the database knows of that object."""
        return await self._ask("facts", lambda: self._metadata.facts(mount, key))

    async def record(self, facts: Facts) -> Facts:
        """Write what was just learnt from an original's bytes; answers it with its generation."""
        generation = await self._ask("record", lambda: self._metadata.record(facts))
        return facts if generation is None else replace(facts, generation=generation)

    async def confirm(self, name: Name, asset: Asset) -> Asset:
        """Write that `name` leads to the original of `asset`, which is as it says."""
        await self._ask("confirm", lambda: self._metadata.confirm(name, asset))
        return self.remember(asset)

    async def forget(self, name: Name, asset: Asset) -> None:
        """Write that the original of `asset` is gone."""
        self._assets.pop(asset.name, None)
        self._changed((asset.name,))
        gone_at = time.time()
        await self._ask("forget", lambda: self._metadata.forget(name, key=asset.key, gone_at=gone_at))

    async def _ask(self, operation: str, question: Callable[[], Awaitable[T]]) -> T | None:
        """The database's answer; None when there is none."""
        asked_at = time.monotonic()
        if asked_at < self._paused_until:
            return None
        if self._failing:
            # One that hangs makes whoever asks wait: let one find out, not all.
            self._paused_until = asked_at + _PROBE_SECONDS
        try:
            answer = await question()
        except MetadataUnavailable as error:
            self._failed(operation, error, asked_at)
            return None
        except BaseException:
            self._paused_until = 0.0
            raise
        self._failing = False
        self._paused_until = 0.0
        return answer

    def _failed(self, operation: str, error: MetadataUnavailable, asked_at: float) -> None:
        now = time.monotonic()
        self._failing = True
        self._paused_until = now + max(_PAUSE_SECONDS, now - asked_at)
        logger.warning("facts are kept in this process alone: %s: %s", operation, error)
        self._observe_failure(operation)
