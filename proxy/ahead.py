"""Makes variants before anyone asks for them: all that are wanted of one original by one read of it, and by
one decode where that makes the same bytes.

It yields to whoever waits: its renders are begun when no other waits, and no lease is held meanwhile, so that
a request for one of them has it made at once, as if there were no such job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from origin.hosting.faultpoints import reach
from origin.library import Library
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.errors import error_code
from proxy.making import layers_of, variant_of
from proxy.renderer import RenderPool
from proxy.research import Research
from proxy.settling import Settled
from transforms.plan import RenderPlan
from transforms.rendition import Rendition
from transforms.sharing import in_order


@dataclass(frozen=True, slots=True)
class Ready:
    """A variant that is there; `made` for this call, or before."""

    width: int
    height: int
    bytes: int
    made: bool


class Ahead:
    """Makes what was settled, if it is not there yet."""

    def __init__(
        self,
        *,
        research: Research,
        library: Library,
        tiers: Tiers,
        failures: Failures,
        pool: RenderPool,
        observe_render: Callable[[str, str, float], None],
    ) -> None:
        self._research = research
        self._library = library
        self._tiers = tiers
        self._failures = failures
        self._pool = pool
        self._observe_render = observe_render

    async def make(self, wanted: Sequence[Settled]) -> dict[str, Ready | Exception]:
        """By the key of each variant that it is there, or why not."""
        outcomes: dict[str, Ready | Exception] = {}
        missing: dict[str, Settled] = {}
        for settled in {each.key: each for each in wanted}.values():
            try:
                found = await self._look(settled)
            except Exception as error:
                outcomes[settled.key] = error
                continue
            if found is None:
                missing[settled.key] = settled
            else:
                outcomes[settled.key] = found
        for content_hash in dict.fromkeys(each.asset.content_hash for each in missing.values()):
            alike = [each for each in missing.values() if each.asset.content_hash == content_hash]
            outcomes |= await self._make_all(alike)
        return outcomes

    async def _look(self, settled: Settled) -> Ready | None:
        if settled.plan is None:
            # The original, as it lies.
            info = settled.asset.info
            return Ready(info.width, info.height, settled.asset.size, made=False)
        variant = await self._tiers.find_for_good(settled.key, settled.standings)
        if variant is not None:
            return Ready(variant.width, variant.height, len(variant.body), made=False)
        await self._failures.check(settled.key)
        return None

    async def _make_all(self, missing: Sequence[Settled]) -> dict[str, Ready | Exception]:
        """What becomes of variants of one original. What ends all of it is the outcome of those left."""
        outcomes: dict[str, Ready | Exception] = {}
        planned = [(settled, settled.plan) for settled in missing if settled.plan is not None]
        planned = [planned[at] for at in in_order([plan for _, plan in planned])]
        try:
            await self._render(planned, outcomes)
        except Exception as error:
            outcomes |= {settled.key: error for settled, _ in planned if settled.key not in outcomes}
        return outcomes

    async def _render(
        self, planned: Sequence[tuple[Settled, RenderPlan]], outcomes: dict[str, Ready | Exception]
    ) -> None:
        original = planned[0][0].asset
        layers: dict[str, bytes] = {}
        for settled, _ in planned:
            layers |= await layers_of(settled, self._research)
        data = await self._library.read(original)
        await reach("job.read")
        series = self._pool.series(
            [plan for _, plan in planned], data, layers, content_hash=original.content_hash
        )
        waiting = iter(planned)
        async with aclosing(series) as results:
            async for result in results:
                settled, plan = next(waiting)
                outcomes[settled.key] = await self._kept(settled, plan, result)

    async def _kept(self, settled: Settled, plan: RenderPlan, result: object) -> Ready | Exception:
        """The rendition put where requests find it; a failure remembered as that of a request."""
        if isinstance(result, Rendition):
            await reach("job.rendered")
            seconds = sum(result.timings.values()) / 1000
            self._observe_render(plan.save.format, "ok", seconds)
            variant = variant_of(
                settled, result.body, result.width, result.height, result.pages, result.notes
            )
            await self._tiers.put_for_good(variant, standings=settled.standings)
            return Ready(result.width, result.height, len(result.body), made=True)
        assert isinstance(result, Exception)
        self._observe_render(plan.save.format, error_code(result), 0.0)
        await self._failures.remember(settled.key, result, settled.made_of)
        return result
