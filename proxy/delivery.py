"""One request, from a URL and a client to a variant: settle what is asked for, then find it or make it.

    DeliveryUrl, Client -> Recipe -> Asset -> Choice -> RenderPlan -> key      `settle`
    key -> Variant, from a tier or from one render for all who ask at once     `variant`

Settling is arithmetic once the asset is known, so that an ETag can be compared, or a limit refused, before a
byte is fetched.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from cachetools import LRUCache

from origin.asset import Asset
from origin.errors import AssetNotFound
from origin.library import Library
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.client import Client, HintBuckets
from proxy.coalesce import Coalescer
from proxy.errors import RememberedFailure, error_code, error_message, rule_for
from proxy.finder import Claim, Finder
from proxy.kept import LONGEST, kept
from proxy.lease import Leases
from proxy.negotiate import negotiate
from proxy.presets import Presets
from proxy.renderer import RenderPool
from proxy.research import Findings, Research, place_of
from proxy.tags import asset_tag, recipe_tags
from proxy.url import DeliveryUrl
from proxy.variant import Variant, variant_key
from transforms.errors import UnknownParameter
from transforms.formats import FORMATS
from transforms.knowledge import Known, SourceId, Unsettled
from transforms.limits import Limits
from transforms.output import OutputDefaults
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, make_plan
from transforms.recipe import Recipe
from transforms.rendition import Rendition

_AS_IS = "original as it is"
_KNOWN_RECIPES = 4096
_KNOWN_PLANS = 16384


@dataclass(frozen=True, slots=True)
class Settled:
    """All that is known of an answer before its bytes: what it is made of, its key, what it varies on."""

    recipe: Recipe
    asset: Asset
    plan: RenderPlan | None
    """None delivers the original as it is."""
    key: str
    format: str
    vary: tuple[str, ...]
    tags: tuple[str, ...]
    stale_for: float = 0.0
    """Seconds since the asset's facts should have been checked; 0 when they are fresh."""
    stand_in: bool = False
    """Whether a default image is shown, because there is no original of that name."""
    claim: Claim | None = None
    findings: Findings | None = None
    """What the plan rests on besides the original, where there is such a thing."""

    async def release(self) -> None:
        """Let other instances go on, if this was the first look at an original."""
        if self.claim is not None:
            await self.claim.release()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A variant and where it came from: the tier that had it, or None when it was made for this request."""

    variant: Variant
    tier: str | None
    collapsed: bool
    timings: Mapping[str, float]
    """Milliseconds: queue, fetch, decode, resize, encode; empty for a hit."""


class Delivery:
    """The request path."""

    def __init__(
        self,
        *,
        finder: Finder,
        research: Research,
        library: Library,
        tiers: Tiers,
        coalescer: Coalescer,
        leases: Leases,
        failures: Failures,
        pool: RenderPool,
        limits: Limits,
        defaults: OutputDefaults,
        presets: Presets,
        auto_formats: tuple[str, ...],
        buckets: HintBuckets,
        max_auto_avif_pixels: int,
        lease_patience_seconds: float,
        observe_coalesced: Callable[[str], None],
        observe_render: Callable[[str, str, float], None],
    ) -> None:
        self._finder = finder
        self._research = research
        self._library = library
        self._tiers = tiers
        self._coalescer = coalescer
        self._leases = leases
        self._failures = failures
        self._pool = pool
        self._limits = limits
        self._defaults = defaults
        self._auto_formats = auto_formats
        self._buckets = buckets
        self._max_auto_avif = max_auto_avif_pixels
        self._lease_patience_seconds = lease_patience_seconds
        self._observe_coalesced = observe_coalesced
        self._observe_render = observe_render
        # What these keep is pure; an original whose facts move on makes another argument.
        self._presets = presets
        presets.changed = self._forget_recipes
        self._forget_recipes()

    async def settle(self, url: DeliveryUrl, client: Client) -> Settled:
        """What this URL means for this client.

        Raises RecipeError and the other refusals of the core, and what `Finder.find` raises. The caller
        releases what it gets.
        """
        recipe = await self._recipe(url)
        stand_in = False
        try:
            found = await self._finder.find(url)
        except AssetNotFound:
            default = recipe.last("d")
            if default is None or not isinstance(default.value, SourceId):
                raise
            found, stand_in = await self._finder.find(place_of(default.value)), True
        try:
            settled = await self._settle(url, found.asset, client)
        except BaseException:
            if found.claim is not None:
                await found.claim.release()
            raise
        if not found.stale_for and found.claim is None and not stand_in:
            return settled
        return replace(settled, stale_for=found.stale_for, claim=found.claim, stand_in=stand_in)

    def _forget_recipes(self) -> None:
        """Named transformations became others: what was read with the old ones is not to be used again."""
        self._read = kept(partial(parse, named=self._presets.named), entries=_KNOWN_RECIPES)
        self._plan = lru_cache(_KNOWN_PLANS)(self._try_plan)
        self._researched: LRUCache[tuple[DeliveryUrl, Asset, Client], Settled] = LRUCache(_KNOWN_PLANS)

    async def _recipe(self, url: DeliveryUrl) -> Recipe:
        try:
            return self._read(url.transformation)
        except UnknownParameter as error:
            # It may have been stored a moment ago.
            if error.code != "unknown_named_transformation" or not await self._presets.missed():
                raise
        return self._read(url.transformation)

    async def _settle(self, url: DeliveryUrl, asset: Asset, client: Client) -> Settled:
        plan = self._plan if len(url.transformation) + len(url.name) <= LONGEST else self._try_plan
        made = plan(url, asset, client)
        if isinstance(made, Settled):
            return made
        before = self._researched.get((url, asset, client))
        found = before.findings if before is not None else None
        if before is not None and found and await self._research.hold(found, asset.public_id):
            return before
        make = partial(self._make_plan, url, asset, client)
        recipe = self._read(url.transformation)
        settled, findings = await self._research.settle(make, recipe, asset, made)
        layers = tuple(asset_tag(layer.public_id) for layer in findings.assets.values())
        settled = replace(settled, findings=findings, tags=tuple(dict.fromkeys((*settled.tags, *layers))))
        if len(url.transformation) + len(url.name) <= LONGEST:
            self._researched[url, asset, client] = settled
        return settled

    async def look_again(self, url: DeliveryUrl) -> None:
        """Hold the asset's facts against its storage now, however fresh they are."""
        await self._finder.look_again(url)

    def _try_plan(self, url: DeliveryUrl, asset: Asset, client: Client) -> Settled | Unsettled:
        """The plan, or what is lacking for it: that too is worth remembering."""
        try:
            return self._make_plan(url, asset, client, Known())
        except Unsettled as lacking:
            return lacking

    def _make_plan(self, url: DeliveryUrl, asset: Asset, client: Client, known: Known) -> Settled:
        recipe = self._read(url.transformation)
        choice = negotiate(
            recipe,
            asset.info,
            client,
            extension=url.extension,
            auto_formats=self._auto_formats,
            buckets=self._buckets,
        )
        tags = (asset_tag(url.public_id), *recipe_tags(recipe.named))
        if not recipe and choice.format == asset.info.format:
            key = variant_key(_AS_IS, asset.content_hash)
            return Settled(recipe, asset, None, key, choice.format, choice.vary, tags)
        plan = make_plan(
            choice.recipe,
            asset.info,
            format=choice.format,
            defaults=self._defaults,
            limits=self._limits,
            known=known,
        )
        if (
            plan.save.format == "avif"
            and "f" in recipe.auto_keys
            and plan.result.pixels > self._max_auto_avif
        ):
            # A large AVIF costs seconds; where the choice is ours the next best format answers at once.
            lesser = tuple(name for name in client.formats if name != "avif")
            return self._make_plan(url, asset, replace(client, formats=lesser), known)
        key = variant_key(digest_text(plan), asset.content_hash)
        return Settled(choice.recipe, asset, plan, key, plan.save.format, choice.vary, tags)

    async def variant(self, settled: Settled) -> Delivered:
        """The picture itself, from the nearest tier or rendered once for everyone who waits for it."""
        if (variant := self._tiers.peek(settled.key)) is not None:
            return Delivered(variant, "memory", False, {})
        delivered, joined = await self._coalescer.run(settled.key, lambda: self._find_or_make(settled))
        if joined:
            self._observe_coalesced("process")
        return replace(delivered, collapsed=True) if joined else delivered

    async def _find_or_make(self, settled: Settled) -> Delivered:
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
                return await self._make(settled)
            except Exception as error:
                await self._remember(settled.key, error)
                raise

    async def _look(self, settled: Settled) -> Delivered | None:
        if (hit := await self._tiers.get(settled.key)) is not None:
            return Delivered(hit[0], hit[1], False, {})
        if (failure := await self._failures.get(settled.key)) is not None:
            raise RememberedFailure(failure["status"], failure["code"], failure["message"])
        return None

    async def _remember(self, key: str, error: Exception) -> None:
        rule = rule_for(error)
        if rule.remember_seconds:
            facts = {"status": rule.status, "message": error_message(error)}
            await self._failures.put(key, error_code(error), facts, rule.remember_seconds)

    async def _make(self, settled: Settled) -> Delivered:
        started = time.perf_counter()
        if settled.plan is not None:
            data, layers = await asyncio.gather(
                self._library.read(settled.asset), self._layers(settled.plan, settled.findings)
            )
        else:
            data, layers = await self._library.read(settled.asset), {}
        timings: dict[str, float] = {"fetch": (time.perf_counter() - started) * 1000}
        info = settled.asset.info
        if settled.plan is None:
            variant = self._variant(settled, data, info.width, info.height, info.pages)
            await self._tiers.put(variant, derived=False)
        else:
            rendition = await self._render(settled.plan, data, layers)
            timings |= rendition.timings
            variant = self._variant(
                settled, rendition.body, rendition.width, rendition.height, rendition.pages
            )
            await self._tiers.put(variant)
        return Delivered(variant, None, False, timings)

    async def _layers(self, plan: RenderPlan, findings: Findings | None) -> Mapping[str, bytes]:
        """The bytes of what the plan's layers show, by content hash."""
        return await self._research.read(plan.hashes(), findings) if findings is not None else {}

    async def _render(self, plan: RenderPlan, data: bytes, layers: Mapping[str, bytes]) -> Rendition:
        """Rendered by the pool, and counted by what came of it."""
        started = time.perf_counter()
        outcome = "ok"
        try:
            return await self._pool.render(plan, data, layers)
        except Exception as error:
            outcome = error_code(error)
            raise
        finally:
            self._observe_render(plan.save.format, outcome, time.perf_counter() - started)

    def _variant(self, settled: Settled, body: bytes, width: int, height: int, pages: int) -> Variant:
        return Variant(
            key=settled.key,
            body=body,
            content_type=FORMATS[settled.format].mime,
            format=settled.format,
            width=width,
            height=height,
            pages=pages,
            made_at=time.time(),
            modified_at=settled.asset.modified_at,
            tags=settled.tags,
        )
