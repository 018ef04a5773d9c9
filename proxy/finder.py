"""From a URL to the asset it names: fresh facts, stale facts while they are checked behind, or a first look.

An unknown original is learnt once for all processes: the one that learns it holds a lease, and keeps it until
it has claimed the render that follows, so that no other process reads the original a second time in between.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cachetools import TTLCache

from origin.address import is_address
from origin.asset import Asset
from origin.errors import AssetGone, AssetNotFound, OriginError
from origin.hosting.standing import standing_of
from origin.library import Library
from proxy.coalesce import Coalescer
from proxy.gone import Gone
from proxy.lease import Leases
from proxy.renderer_errors import NoWorkers, PoolClosed, QueueFull
from proxy.url import DeliveryUrl

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 5.0
"""How long a claim that nobody takes up keeps other processes waiting."""
_RETRY_SECONDS = 5.0
_LATER = (OriginError, QueueFull, NoWorkers, PoolClosed)
"""Why a check may fail that another time may not."""


class Claim:
    """The lease under which originals were learnt; released once, by whoever claims the render first.

    After `seconds` it releases itself: all who waited for the original may have left, and a lease that nobody
    gives back is renewed for ever.
    """

    def __init__(self, stack: AsyncExitStack, *, seconds: float) -> None:
        self._stack: AsyncExitStack | None = stack
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)
        self._expiry: asyncio.Task[None] | None = None

    async def release(self) -> None:
        """Let other instances go on; a second time does nothing."""
        stack, self._stack = self._stack, None
        if stack is not None:
            self._timer.cancel()
            await stack.aclose()

    def _expire(self) -> None:
        self._expiry = asyncio.create_task(self.release(), name="release an unused claim")


@dataclass(frozen=True, slots=True)
class Found:
    """An asset, how many seconds its facts are overdue (0: fresh), and the claim of a first look."""

    asset: Asset
    stale_for: float = 0.0
    claim: Claim | None = None


class Finder:
    """Finds assets for delivery.

    `patience_seconds` is how long an answer waits for an overdue check before it goes out stale: enough for a
    local file, too short for a slow bucket. `stale_seconds` is how long facts may be used unchecked at all.
    `claim_seconds` bounds the time between learning an original and claiming its render.
    `on_learnt` is told of every original seen for the first time; `check_room` raises when none can be looked
    at for the time being, so that it is not read either; `hold` raises when nothing that is known
    may be used any more. What `gone` says was taken down is not taken from memory: it is looked for anew.
    """

    def __init__(
        self,
        *,
        library: Library,
        coalescer: Coalescer,
        leases: Leases,
        stale_seconds: float,
        learn_seconds: float,
        patience_seconds: float = 0.05,
        claim_seconds: float = CLAIM_SECONDS,
        on_learnt: Callable[[Asset], None] | None = None,
        check_room: Callable[[], None] = lambda: None,
        hold: Callable[[], None] = lambda: None,
        gone: Gone | None = None,
    ) -> None:
        self._library = library
        self._coalescer = coalescer
        self._leases = leases
        self._stale_seconds = stale_seconds
        self._learn_seconds = learn_seconds
        self._patience_seconds = patience_seconds
        self._claim_seconds = claim_seconds
        self._on_learnt = on_learnt
        self._check_room = check_room
        self._hold = hold
        self._gone = gone or Gone(None)
        self._failed_checks: TTLCache[str, None] = TTLCache(10_000, _RETRY_SECONDS)
        self._checks: dict[str, asyncio.Task[Asset]] = {}

    async def find(self, url: DeliveryUrl) -> Found:
        """The asset of that public id.

        Raises AssetNotFound, AssetGone, the other errors of `origin.errors`, and what is said of a broken
        original.
        """
        self._hold()
        if is_address(url.name) and not url.is_remote:
            # Only who says that it is an address has asked whether it may be fetched.
            raise AssetNotFound(f"{url.name[:80]!r}: no such original")
        # Only what this process knows may pass by the lease: in the database the facts stand before whoever
        # learnt them has claimed the render.
        asset = self._still_there(self._library.remembered(url.name))
        if asset is None:
            found, _ = await self._coalescer.run(("learn", url.name), lambda: self._learn(url))
            if found.claim is not None:
                return found
            asset = found.asset
        overdue = self._library.overdue(asset)
        return Found(asset) if overdue <= 0 else await self._recheck(url, asset, overdue)

    def fresh(self, url: DeliveryUrl) -> Asset | None:
        """The asset of that public id, where this process knows it and its facts are not overdue."""
        asset = self._still_there(self._library.remembered(url.name))
        return asset if asset is not None and self._library.overdue(asset) <= 0 else None

    def knows(self, url: DeliveryUrl) -> bool:
        """Whether this process knows that asset, however old its facts are, or that there is none."""
        return self._library.remembered(url.name) is not None or self._library.missing(url.name)

    async def look_again(self, url: DeliveryUrl) -> None:
        """Check the facts of that public id now, if any are known. Raises as `find`."""
        asset = await self._library.recall(url.name, url.extension)
        if asset is not None:
            await self._library.check(asset)

    async def _learn(self, url: DeliveryUrl) -> Found:
        stack, begun = AsyncExitStack(), time.monotonic()
        lease = self._leases.hold(f"learn:{url.name}", patience_seconds=self._learn_seconds)
        await stack.enter_async_context(lease)
        try:
            # Look again: another instance may have learnt it while we waited.
            asset = self._still_there(await self._library.recall(url.name, url.extension))
            if asset is None:
                self._check_room()
                asset = await self._learn_now(url, begun)
                if self._on_learnt is not None:
                    self._on_learnt(asset)
                return Found(asset, claim=Claim(stack, seconds=self._claim_seconds))
        except BaseException:
            await stack.aclose()
            raise
        await stack.aclose()
        return Found(asset)

    async def _learn_now(self, url: DeliveryUrl, begun: float) -> Asset:
        # A second time where we joined a look that had begun before the takedown.
        for _ in range(2):
            waited = time.monotonic() - begun
            asset = await self._library.learn(url.name, url.extension, waited_seconds=waited)
            if self._still_there(asset) is not None:
                return asset
        raise AssetGone(f"{url.name[:80]!r}: was taken down")

    def _still_there(self, asset: Asset | None) -> Asset | None:
        """The asset, unless we heard that it is no more what we know of it."""
        standing = standing_of(asset.etag) if asset is not None else None
        return None if standing is not None and self._gone.outdated((standing,)) else asset

    async def _recheck(self, url: DeliveryUrl, asset: Asset, overdue: float) -> Found:
        tolerable = overdue < self._stale_seconds
        if tolerable and url.name in self._failed_checks:
            return Found(asset, overdue)
        check = self._checks.get(url.name) or self._start_check(url.name, asset)
        patience_seconds = self._library.patience_seconds(asset) or self._patience_seconds
        await asyncio.wait({check}, timeout=patience_seconds if tolerable else None)
        if not check.done():
            return Found(asset, overdue)
        try:
            return Found(check.result())
        except (AssetNotFound, AssetGone):
            raise
        except _LATER as error:
            if not tolerable:
                raise
            # A stale copy is better than none while the origin is away, or while nobody has time to look at
            # what changed there.
            logger.warning("cannot check %s: %s", url.name, error)
            return Found(asset, overdue)

    def _start_check(self, name: str, asset: Asset) -> asyncio.Task[Asset]:
        check = asyncio.create_task(self._library.check(asset), name=f"check {name}")
        self._checks[name] = check
        check.add_done_callback(lambda done: self._check_done(name, done))
        return check

    def _check_done(self, name: str, check: asyncio.Task[Asset]) -> None:
        self._checks.pop(name, None)
        failure = None if check.cancelled() else check.exception()
        if isinstance(failure, _LATER) and not isinstance(failure, AssetNotFound | AssetGone):
            self._failed_checks[name] = None

    async def close(self) -> None:
        """Stop the checks that run behind."""
        for check in list(self._checks.values()):
            check.cancel()
        await asyncio.gather(*self._checks.values(), return_exceptions=True)
