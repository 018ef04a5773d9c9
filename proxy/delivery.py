"""The second half of a request: from the key of a variant to its bytes.

key -> Variant, from a tier or from one render for all who ask at once
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from origin.library import Library
from proxy.ahead import Ahead
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.coalesce import Coalescer
from proxy.crowd import decided
from proxy.errors import error_code
from proxy.lease import Leases
from proxy.limits import Charged
from proxy.making import layers_of, source_of, variant_of
from proxy.render_gathering import Coming
from proxy.renderer import RenderPool
from proxy.research import Research
from proxy.settling import Settled
from proxy.variant import Variant
from transforms.plan import RenderPlan
from transforms.rendition import Rendition


@dataclass(frozen=True, slots=True)
class Delivered:
    """A variant and where it came from: the tier that had it, or None when it was made for this request."""

    variant: Variant
    tier: str | None
    collapsed: bool
    timings: Mapping[str, float]
    """Milliseconds: queue, fetch, decode, resize, encode; empty for a hit."""


class Delivery:
    """Finds variants, or makes them."""

    def __init__(
        self,
        *,
        research: Research,
        library: Library,
        tiers: Tiers,
        coalescer: Coalescer,
        leases: Leases,
        failures: Failures,
        pool: RenderPool,
        charged: Charged,
        lease_patience_seconds: float,
        observe_coalesced: Callable[[str], None],
        observe_render: Callable[[str, str, float], None],
    ) -> None:
        self._research = research
        self._library = library
        self._tiers = tiers
        self._coalescer = coalescer
        self._leases = leases
        self._failures = failures
        self._pool = pool
        self._charged = charged
        self._lease_patience_seconds = lease_patience_seconds
        self._observe_coalesced = observe_coalesced
        self._observe_render = observe_render
        self.ahead = Ahead(
            research=research,
            library=library,
            tiers=tiers,
            failures=failures,
            pool=pool,
            observe_render=observe_render,
        )
        """Makes variants that nobody waits for, from the same parts."""

    async def variant(self, settled: Settled) -> Delivered:
        """The picture itself, from the nearest tier or rendered once for everyone who waits for it."""
        if (variant := self._tiers.peek(settled.key)) is not None:
            return Delivered(variant, "memory", False, {})
        # Whoever shows the same bytes under another name must not fall with this one when it is taken down.
        run = (settled.key, settled.standings)
        delivered, joined = await self._coalescer.run(run, lambda: self._find_or_make(settled))
        if joined:
            self._observe_coalesced("process")
        return replace(delivered, collapsed=True) if joined else delivered

    async def _find_or_make(self, settled: Settled) -> Delivered:
        with self._pool.coming(settled.asset.content_hash) as coming:
            if settled.plan is None:
                coming.arrived()  # nothing is rendered, so nobody is to wait for it
            return await self._find_or_render(settled, coming)

    async def _find_or_render(self, settled: Settled, coming: Coming) -> Delivered:
        if (hit := await self._look(settled)) is not None:
            return hit
        lease = self._leases.hold(f"render:{settled.key}", patience_seconds=self._lease_patience_seconds)
        async with lease as held:
            await settled.release()
            # Look again: another instance may have rendered it, or failed to, while we waited.
            if held.waited and (hit := await self._look(settled)) is not None:
                self._observe_coalesced("instances")
                return hit
            try:
                return await self._make_charged(settled, coming)
            except Exception as error:
                await self._failures.remember(settled.key, error, settled.made_of)
                raise

    async def _look(self, settled: Settled) -> Delivered | None:
        if (hit := await self._tiers.get(settled.key, settled.standings)) is not None:
            return Delivered(hit[0], hit[1], False, {})
        if settled.plan is not None:
            # Before anybody is waited for: whom there is no room for is told at once.
            self._pool.room.check(long=self._pool.terms.takes_long(settled.plan))
        await self._failures.check(settled.key)
        return None

    async def _make_charged(self, settled: Settled, coming: Coming) -> Delivered:
        if settled.plan is None:
            # Nothing is made of it.
            return await self._make(settled, coming)
        with self._pool.room.place():
            decided()
            async with self._charged(settled.asset):
                return await self._make(settled, coming)

    async def _make(self, settled: Settled, coming: Coming) -> Delivered:
        started = time.perf_counter()
        (data, source), layers = await asyncio.gather(
            source_of(settled, self._library, self._tiers), layers_of(settled, self._research)
        )
        timings: dict[str, float] = {"fetch": (time.perf_counter() - started) * 1000}
        if settled.plan is None:
            info = settled.asset.info
            variant = variant_of(settled, data, info.width, info.height, info.pages)
            await self._tiers.put(variant, derived=False, standings=settled.standings)
        else:
            made = await self._render(settled.plan, data, layers, source, coming)
            timings |= made.timings
            variant = variant_of(settled, made.body, made.width, made.height, made.pages, made.notes)
            await self._tiers.put(variant, standings=settled.standings)
        return Delivered(variant, None, False, timings)

    async def _render(
        self,
        plan: RenderPlan,
        data: bytes,
        layers: Mapping[str, bytes],
        content_hash: str,
        coming: Coming,
    ) -> Rendition:
        """Rendered by the pool, and counted by what came of it."""
        started = time.perf_counter()
        outcome = "ok"
        try:
            return await self._pool.render(plan, data, layers, content_hash=content_hash, coming=coming)
        except Exception as error:
            outcome = error_code(error)
            raise
        finally:
            self._observe_render(plan.save.format, outcome, time.perf_counter() - started)
