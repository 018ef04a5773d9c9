"""Makes what nobody waits for: second encodes, and AVIFs that are slow. One at a time, in idle time.

It has a render worker of its own, which is started when there is something to do, runs at the lowest priority
there is, and goes when there has been nothing for a while: no live render ever waits for it. A lease keeps
other processes and instances from making the same. What is lost with a process is asked for again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from cachetools import TTLCache

from origin.library import Library
from proxy.cache.base import TierError
from proxy.cache.tiers import Tiers
from proxy.errors import error_code
from proxy.lease import Leases
from proxy.link import RedisLink, RedisUnavailable
from proxy.making import layers_of, source_of, variant_of
from proxy.renderer import RenderPool
from proxy.research import Research
from proxy.settled import Settled
from proxy.tags import asset_tag
from proxy.variant import Variant

logger = logging.getLogger(__name__)

LEAST_GAIN = 0.03
"""A second encode that is not smaller by this part is not worth that caches fetch it."""

CHANNEL = "calotype:1:better"
"""Where the keys of first encodes are told whose second is there."""
NOTE_PREFIX = "calotype:1:better:"
_NOTE_SECONDS = 24 * 3600
"""How long it is remembered that a second encode gained nothing."""
_MOST_ORDERS = 256
_IDLE_LOOK_SECONDS = 0.25
_REST_SECONDS = 15.0
"""How long the worker is kept when there is nothing to do."""
_PURGE_SECONDS = 2.0
"""From a success to its purge: processes are told first, and several purges become one."""
_FAILED_SECONDS = 600.0
_MOST_FAILED = 4096


def _nobody(key: str) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made; `replaces` is the first encode of what is to be a second.

    What is made in another way says how, by `make`, and who is told what came of it.
    """

    settled: Settled
    replaces: Settled | None = None
    make: Callable[[RenderPool], Awaitable[str]] | None = None
    observe: Callable[[str], None] | None = None


class Making:
    """Takes orders, and works them off behind."""

    def __init__(
        self,
        *,
        tiers: Tiers,
        library: Library,
        research: Research,
        leases: Leases,
        link: RedisLink | None,
        make_pool: Callable[[], RenderPool],
        is_idle: Callable[[], bool],
        purge: Callable[[Sequence[str]], Awaitable[object]],
        observe: Callable[[str, str], None],
        idle_look_seconds: float = _IDLE_LOOK_SECONDS,
        rest_seconds: float = _REST_SECONDS,
        purge_seconds: float = _PURGE_SECONDS,
    ) -> None:
        """`is_idle` says whether no live render is at work or waits; `observe` is told format and outcome."""
        self._tiers = tiers
        self._library = library
        self._research = research
        self._leases = leases
        self._link = link
        self._make_pool = make_pool
        self._is_idle = is_idle
        self._purge = purge
        self._observe = observe
        self._idle_look_seconds = idle_look_seconds
        self._rest_seconds = rest_seconds
        self._purge_seconds = purge_seconds
        self._succeeded: Callable[[str], None] = _nobody
        self._decided: Callable[[str], None] = _nobody
        self._made: Callable[[str], None] = _nobody
        self._orders: dict[str, Order] = {}
        self._failed: TTLCache[str, None] = TTLCache(_MOST_FAILED, _FAILED_SECONDS)
        self._came = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._tags: dict[str, None] = {}
        self._purging: asyncio.Task[None] | None = None
        self._closed = False

    def listen(
        self,
        *,
        made: Callable[[str], None],
        succeeded: Callable[[str], None],
        decided: Callable[[str], None],
    ) -> None:
        """Have `made` called with the key of every slow AVIF that is there, `succeeded` with that of every
        variant whose second is, and `decided` with that of one that is to have none."""
        self._made, self._succeeded, self._decided = made, succeeded, decided

    def want(self, order: Order) -> None:
        """Have it made some time. What is ordered already, what failed lately and what comes on top of many
        is forgotten."""
        key = order.settled.key
        if self._closed or key in self._orders or key in self._failed or len(self._orders) >= _MOST_ORDERS:
            return
        self._orders[key] = order
        self._came.set()
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._work_off(), name="better variants")

    async def close(self) -> None:
        """Leave everything as it is, and let go of the worker."""
        self._closed = True
        tasks = [task for task in (self._work, self._purging) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_off(self) -> None:
        pool = self._make_pool()
        try:
            await pool.start()
            while await self._has_orders():
                order = next(iter(self._orders.values()))
                while not self._is_idle():  # noqa: ASYNC110 - nobody tells when the last render ends
                    await asyncio.sleep(self._idle_look_seconds)
                await self._try(order, pool)
                del self._orders[order.settled.key]
        finally:
            await pool.close()

    async def _has_orders(self) -> bool:
        if not self._orders:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest_seconds):
                    await self._came.wait()
        return bool(self._orders)

    async def _try(self, order: Order, pool: RenderPool) -> None:
        settled = order.settled
        try:
            outcome = await self._make(order, pool)
        except Exception as error:
            # Nobody waits for it, and what was there is still answered.
            outcome = error_code(error)
            logger.info("a better variant could not be made: %s: %s", settled.key, error)
            self._failed[settled.key] = None
        if order.observe is not None:
            order.observe(outcome)
        else:
            self._observe(settled.format, outcome)

    async def _make(self, order: Order, pool: RenderPool) -> str:
        key, first = order.settled.key, order.replaces
        async with self._leases.hold(f"better:{key}", patience_seconds=0) as lease:
            if lease.waited and not lease.held:
                return "elsewhere"
            if order.make is not None:
                return await order.make(pool)
            if first is None:
                await self._make_slow(order.settled, pool)
                return "made"
            if await self._gained_nothing(key):
                self._decided(first.key)
                return "no_gain"
            return await self._make_second(order.settled, first, pool)

    async def _make_slow(self, settled: Settled, pool: RenderPool) -> None:
        if await self._tiers.get(settled.key, settled.standings) is None:
            await self._keep(await self._render(settled, pool), settled)
        self._made(settled.key)

    async def _make_second(self, settled: Settled, first: Settled, pool: RenderPool) -> str:
        found = await self._tiers.get(first.key, first.standings)
        if found is None:
            return "gone"
        before, known = found[0], await self._tiers.get(settled.key, settled.standings)
        second = known[0] if known is not None else await self._render(settled, pool)
        if len(second.body) > (1 - LEAST_GAIN) * len(before.body):
            await self._note(settled.key)
            self._decided(first.key)
            return "no_gain"
        if known is None:
            await self._keep(second, settled)
        # Only now: whoever reads this looks for the second.
        await self._tiers.put_for_good(replace(before, succeeded=True), standings=first.standings)
        await self._tell(first)
        return "made" if known is None else "known"

    async def _render(self, settled: Settled, pool: RenderPool) -> Variant:
        assert settled.plan is not None
        (data, source), layers = await asyncio.gather(
            source_of(settled, self._library, self._tiers), layers_of(settled, self._research)
        )
        made = await pool.render(settled.plan, data, layers, content_hash=source)
        return variant_of(settled, made.body, made.width, made.height, made.pages, made.notes)

    async def _keep(self, variant: Variant, settled: Settled) -> None:
        """Raises TierError where no tier has it afterwards: too large for all, or taken down meanwhile."""
        await self._tiers.put_for_good(variant, standings=settled.standings)
        if await self._tiers.get(settled.key, settled.standings) is None:
            raise TierError(f"{settled.key} is kept nowhere")

    async def _tell(self, first: Settled) -> None:
        """Have every process answer the second, and CDNs ask again."""
        self._succeeded(first.key)
        if self._link is not None:
            client, key = self._link.client, first.key
            with contextlib.suppress(RedisUnavailable):
                await self._link.call(lambda: client.publish(CHANNEL, key))
        self._tags |= dict.fromkeys((*first.tags[:1], asset_tag(first.asset.public_id)))
        if self._purging is None or self._purging.done():
            self._purging = asyncio.create_task(self._purge_soon(), name="purge of better variants")

    async def _purge_soon(self) -> None:
        await asyncio.sleep(self._purge_seconds)
        tags, self._tags = self._tags, {}
        await self._purge(list(tags))

    async def _gained_nothing(self, key: str) -> bool:
        if self._link is None:
            return False
        client = self._link.client
        with contextlib.suppress(RedisUnavailable):
            return bool(await self._link.call(lambda: client.exists(NOTE_PREFIX + key)))
        return False

    async def _note(self, key: str) -> None:
        if self._link is not None:
            client = self._link.client
            with contextlib.suppress(RedisUnavailable):
                await self._link.call(lambda: client.set(NOTE_PREFIX + key, b"-", ex=_NOTE_SECONDS))
