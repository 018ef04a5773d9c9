"""What a request means: from a URL and a client to a plan and the key of a variant.

    DeliveryUrl, Client -> Recipe -> Asset -> Choice -> RenderPlan -> key

Arithmetic once all it rests on is known: ETags are compared, limits refused, before a byte is fetched.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import lru_cache, partial

from cachetools import LRUCache

from origin.asset import Asset
from origin.errors import AssetNotFound, OriginChanged
from origin.guard import Gate
from origin.hosting.delivered import owner_of
from proxy.admission import hold_access
from proxy.better_plans import saving_seconds, until_made
from proxy.client import Client, HintBuckets
from proxy.coalesce import Coalescer
from proxy.errors import Refusal
from proxy.finder import CLAIM_SECONDS, Claim, Finder, Found
from proxy.findings import Findings
from proxy.kept import LONGEST, kept
from proxy.lease import Leases
from proxy.negotiate import check_extension, check_missing, negotiate
from proxy.presets import Presets
from proxy.research import Research, place_of
from proxy.settled import Settled
from proxy.tags import asset_tag, owner_tag, recipe_tags, tagged
from proxy.url import DeliveryUrl
from proxy.variant import variant_key
from transforms.errors import TransformError, printable
from transforms.fontbook import FontBook
from transforms.knowledge import Known, SourceId, Unsettled
from transforms.limits import Limits
from transforms.output import OutputDefaults
from transforms.parser import parse
from transforms.plan import digest_text, make_plan
from transforms.recipe import Recipe

__all__ = ["Settled", "Settling"]

_AS_IS = "original as it is"
_KNOWN_RECIPES = 4096
_KNOWN_PLANS = 16384
_KNOWN_FINDINGS = 4096


class Settling:
    """Settles requests. `fonts` are those that texts may use, None for the shipped ones."""

    def __init__(
        self,
        *,
        finder: Finder,
        research: Research,
        coalescer: Coalescer,
        leases: Leases,
        lease_patience_seconds: float,
        presets: Presets,
        limits: Limits,
        defaults: OutputDefaults,
        fonts: FontBook | None,
        drop_scans: bool = True,
        auto_formats: tuple[str, ...],
        buckets: HintBuckets,
        avif_seconds: float,
        two_stage: bool = False,
        gate: Gate,
    ) -> None:
        """An AVIF that `f_auto` chose and whose encoding is foreseen to take longer than `avif_seconds` is
        not waited for: with `two_stage` it is made behind."""
        self._gate = gate
        self._finder = finder
        self._research = research
        self._coalescer = coalescer
        self._leases = leases
        self._lease_patience_seconds = lease_patience_seconds
        self._presets = presets
        self._limits = limits
        self._defaults = defaults
        self._fonts = fonts
        self._drop_scans = drop_scans
        self._auto_formats = auto_formats
        self._buckets = buckets
        self._avif_seconds = avif_seconds
        self._two_stage = two_stage
        presets.on_change(self._forget)
        self._forget()

    async def settle(self, url: DeliveryUrl, client: Client) -> Settled:
        """What this URL means for this client.

        Raises RecipeError and the other refusals of the core, what `Finder.find` and `Research.settle` raise.
        The caller releases what it gets.
        """
        if url.is_remote:
            # With every request: what is kept of an address is not for those who may not have it fetched.
            self._gate.admit(url.name, signed=url.signed)
        recipe = await self._recipe(url)
        if not recipe.sources or (self._finder.knows(url) and self._research.knows(recipe)):
            return await self._found(url, recipe, client)
        settled, _ = await self._coalescer.run(
            ("settle", url, client), lambda: self._first_look(url, recipe, client)
        )
        return settled

    async def _first_look(self, url: DeliveryUrl, recipe: Recipe, client: Client) -> Settled:
        """Settle what shows pictures that this process has never seen, one process at a time.

        One lease for all of them: whoever reads them first is also the one who renders them, and nobody waits
        for a second picture while others wait for his first.
        """
        stack = AsyncExitStack()
        name = hashlib.sha256(f"{url.transformation}\n{url.name}".encode()).hexdigest()
        lease = self._leases.hold(f"settle:{name}", patience_seconds=self._lease_patience_seconds)
        await stack.enter_async_context(lease)
        try:
            self._research.foresee(recipe, signed=url.signed)
            settled = await self._found(url, recipe, client)
            await settled.release()
            claim = Claim(stack, seconds=CLAIM_SECONDS)
        except BaseException:
            await stack.aclose()
            raise
        return replace(settled, claim=claim)

    async def _found(self, url: DeliveryUrl, recipe: Recipe, client: Client) -> Settled:
        found, stand_in = await self._original(url, recipe)
        try:
            hold_access(found.asset, signed=url.signed)
            settled = await self._settle_again(url, recipe, found.asset, client)
        except BaseException as error:
            if found.claim is not None:
                await found.claim.release()
            if isinstance(error, (TransformError, Refusal)):
                tagged(error, recipe_tags(recipe.named))
            raise
        if stand_in:
            tags = tuple(dict.fromkeys((*settled.tags, asset_tag(found.asset.public_id))))
            settled = replace(settled, stand_in=True, tags=tags)
        if not found.stale_for and found.claim is None:
            return settled
        return replace(settled, stale_for=max(found.stale_for, settled.stale_for), claim=found.claim)

    async def look_again(self, url: DeliveryUrl) -> None:
        """Hold the facts of all that this URL shows against their storages now, however fresh they are."""
        recipe = await self._recipe(url)
        default = _default(recipe)
        shown = self._research.look_again((*recipe.sources, default) if default else recipe.sources)
        await asyncio.gather(self._finder.look_again(url), shown)

    def forget_originals(self) -> None:
        """Forget what was worked out for any original."""
        self._plan.cache_clear()
        self._researched.clear()

    def _forget(self) -> None:
        """Named transformations became others: what was read with the old ones is not to be used again."""
        self._read = kept(partial(parse, named=self._presets.named), entries=_KNOWN_RECIPES)
        # What this keeps is pure; an original whose facts move on makes another argument.
        self._plan = lru_cache(_KNOWN_PLANS)(self._try_plan)
        # By the very object that said what was lacking: it stands for the URL, the original and the client.
        self._researched: LRUCache[Unsettled, Settled] = LRUCache(_KNOWN_FINDINGS)

    async def _recipe(self, url: DeliveryUrl) -> Recipe:
        try:
            return self._read(url.transformation)
        except TransformError as error:
            if error.code != "unknown_named_transformation":
                raise tagged(error, recipe_tags(error.named)) from None
            # It may have been stored a moment ago.
            if not await self._presets.missed() and not self._presets.complete:
                message = "stored transformations cannot be looked up at the moment"
                raise Refusal(503, "named_transformations_unavailable", message) from error
        try:
            return self._read(url.transformation)
        except TransformError as error:
            raise tagged(error, recipe_tags(error.named)) from None

    async def _original(self, url: DeliveryUrl, recipe: Recipe) -> tuple[Found, bool]:
        """The original, or the default image that the recipe names for where there is none; which of them."""
        try:
            return await self._finder.find(url), False
        except AssetNotFound as error:
            default = _default(recipe)
            if default is None:
                if not url.is_remote:
                    check_missing(url.name)
                raise
            place = place_of(default)
            try:
                return await self._finder.find(place), True
            except AssetNotFound:
                both = f"{printable(url.name)!r}, nor of its default image {printable(place.name)!r}"
                message = f"there is no original {both}"
                raise Refusal(404, "not_found", message, tags=(asset_tag(place.public_id),)) from error

    async def _settle_again(self, url: DeliveryUrl, recipe: Recipe, asset: Asset, client: Client) -> Settled:
        try:
            return await self._settle(url, recipe, asset, client)
        except OriginChanged:
            # A layer was replaced between our look at it and our reading of it.
            await self._research.look_again(recipe.sources)
        return await self._settle(url, recipe, asset, client)

    async def _settle(self, url: DeliveryUrl, recipe: Recipe, asset: Asset, client: Client) -> Settled:
        plan = self._plan if len(url.transformation) + len(url.name) <= LONGEST else self._try_plan
        made = plan(url, asset, client)
        if isinstance(made, Settled):
            return made
        before = self._researched.get(made)
        if before is not None and before.findings is not None:
            stale_for = await self._research.hold(before.findings, asset.public_id)
            if stale_for is not None:
                return replace(before, stale_for=stale_for) if stale_for else before
        make = partial(self._make_plan, url, asset, client)
        settled, findings = await self._research.settle(make, recipe, asset, made, signed=url.signed)
        settled = _resting_on(settled, findings)
        self._researched[made] = settled
        return replace(settled, stale_for=findings.stale_for) if findings.stale_for else settled

    def _try_plan(self, url: DeliveryUrl, asset: Asset, client: Client) -> Settled | Unsettled:
        """The plan, or what is lacking for it: that too is worth remembering."""
        try:
            return self._make_plan(url, asset, client, Known())
        except Unsettled as lacking:
            # Its frames hold on to everything that led there.
            return lacking.with_traceback(None)

    def _make_plan(self, url: DeliveryUrl, asset: Asset, client: Client, known: Known) -> Settled:
        recipe = self._read(url.transformation)
        if asset.public_id == url.public_id:
            check_extension(recipe, url.extension, asset.info, stored_as=asset.key)
        choice = negotiate(
            recipe,
            asset.info,
            client,
            extension=url.extension,
            auto_formats=self._auto_formats,
            buckets=self._buckets,
        )
        owner = owner_of(asset.mount, asset.key)
        owners = (owner_tag(owner),) if owner is not None else ()
        tags = (asset_tag(url.public_id), *owners, *recipe_tags(recipe.named))
        modified_at = max(asset.modified_at, self._presets.changed_at(recipe.named))
        if str(recipe) in ("", "fl_original") and choice.format == asset.info.format:
            key = variant_key(_AS_IS, asset.content_hash)
            return Settled(recipe, asset, None, key, choice.format, choice.vary, tags, modified_at)
        plan = make_plan(
            choice.recipe,
            asset.info,
            format=choice.format,
            defaults=self._defaults,
            limits=self._limits,
            known=known,
            fonts=self._fonts,
            drop_scans=self._drop_scans,
        )
        key = variant_key(digest_text(plan), asset.content_hash)
        format = plan.save.format
        promised = _promised(url, recipe)
        settled = Settled(
            choice.recipe, asset, plan, key, format, choice.vary, tags, modified_at, promised=promised
        )
        if format != "avif" or "f" not in recipe.auto_keys or saving_seconds(plan) <= self._avif_seconds:
            return settled
        # A large AVIF costs seconds; where the choice is ours the next best format answers at once.
        lesser = tuple(name for name in client.formats if name != "avif")
        others = [
            self._make_plan(url, asset, replace(client, formats=lesser[at:]), known)
            for at in range(len(lesser) + 1 if self._two_stage else 1)
        ]
        return until_made(settled, others, self._avif_seconds) if self._two_stage else others[0]


def _default(recipe: Recipe) -> SourceId | None:
    """The picture to show where there is no original."""
    named = recipe.last("d")
    return named.value if named is not None and isinstance(named.value, SourceId) else None


def _resting_on(settled: Settled, findings: Findings) -> Settled:
    layers = (asset_tag(layer.public_id) for layer in findings.assets.values())
    return replace(
        settled,
        findings=findings,
        tags=tuple(dict.fromkeys((*settled.tags, *layers))),
        modified_at=max(settled.modified_at, findings.modified_at),
    )


def _promised(url: DeliveryUrl, recipe: Recipe) -> bool:
    return url.version is not None or recipe.flag("immutable_cache") is not None
