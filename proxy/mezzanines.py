"""Keeps a small copy of every large photograph at hand, and has small variants made from it.

A mezzanine is itself a variant of its original: made behind the answers, once for all instances, found in the
tiers, dropped with everything that shows the original. What is made from it has a key of its own, since its
plan says so: an ETag stands for one body, whatever two processes know. One that does not know of the copy
yet decodes the original, which is as true.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

from cachetools import LRUCache, TTLCache

from origin.library import Library
from proxy.better_making import Making, Order
from proxy.cache.base import TierError
from proxy.cache.tiers import Tiers
from proxy.link import RedisLink, RedisUnavailable
from proxy.making import variant_of
from proxy.renderer import RenderPool
from proxy.settled import Settled
from proxy.variant import variant_key
from transforms.limits import Limits
from transforms.mezzanine import MezzanineTerms, from_mezzanine, likeness_question, mezzanine_plan
from transforms.plan import digest_text

LEAST_LIKENESS = 0.985
"""The mean SSIM, at a quarter of its size, below which a mezzanine is not used; photographs have 0.996."""
NOTE_PREFIX = "calotype:1:mezzanine:"
"""In front of the keys of those that are not to be used."""

_NOTE_SECONDS = 24 * 3600
_MOST = 16_384
_PREPARED = 4096
_ABSENT_SECONDS = 5.0
"""How long one that was not there is not looked for again."""
_THERE_SECONDS = 300.0


class Mezzanines:
    """Exchanges variants for those made of mezzanines, and orders the mezzanines that are lacking."""

    def __init__(
        self,
        *,
        tiers: Tiers,
        library: Library,
        link: RedisLink | None,
        making: Making,
        enabled: bool,
        terms: MezzanineTerms,
        limits: Limits,
        observe: Callable[[str], None],
    ) -> None:
        """`observe` is told made, known, unlike, elsewhere, used, lost, or the code of an error."""
        self._tiers = tiers
        self._library = library
        self._link = link
        self._making = making
        self._enabled = enabled
        self._terms = terms
        self._limits = limits
        self._observe = observe
        self._absent: TTLCache[str, None] = TTLCache(_MOST, _ABSENT_SECONDS)
        self._there: TTLCache[str, None] = TTLCache(_MOST, _THERE_SECONDS)
        self._exchanged: LRUCache[str, None] = LRUCache(_MOST)
        # By identity: headers are kept by the object, and so it has to be the same one each time.
        self._others: LRUCache[int, tuple[Settled, Settled | None]] = LRUCache(_PREPARED)

    def known(self, settled: Settled) -> Settled:
        """What is answered for `settled`, as far as is known here."""
        if settled.key not in self._exchanged:
            return settled
        return self._from_mezzanine(settled) or settled

    async def instead(self, settled: Settled) -> Settled | None:
        """The same of a mezzanine, where there is one, and no tier has what was made of the original."""
        if not self._enabled or self._tiers.held(settled.key) is not None:
            return None
        other = self._from_mezzanine(settled)
        if other is None or not await self._is_there(other):
            return None
        if await self._tiers.get(settled.key, settled.standings) is not None:
            return None
        self._exchanged[settled.key] = None
        return other

    def rendered(self, settled: Settled) -> None:
        """A variant was made for somebody: if it could have been made of a mezzanine, one is ordered."""
        if not self._enabled:
            return
        if settled.mezzanine is not None:
            self._observe("used")
            return
        other = self._from_mezzanine(settled)
        if other is not None and other.mezzanine is not None:
            mezzanine = other.mezzanine
            self._making.want(
                Order(mezzanine, make=lambda pool: self._make(mezzanine, pool), observe=self._observe)
            )

    def lost(self, settled: Settled) -> None:
        """That could not be made of its mezzanine, which is not there, or broken."""
        assert settled.direct is not None and settled.mezzanine is not None
        self._observe("lost")
        self._exchanged.pop(settled.direct.key, None)
        self._there.pop(settled.mezzanine.key, None)
        self._absent[settled.mezzanine.key] = None

    async def _is_there(self, other: Settled) -> bool:
        assert other.mezzanine is not None
        key = other.mezzanine.key
        if key in self._there or key in self._absent:
            return key in self._there
        found = await self._tiers.get(key, other.standings) is not None
        (self._there if found else self._absent)[key] = None
        return found

    def _from_mezzanine(self, settled: Settled) -> Settled | None:
        known = self._others.get(id(settled))
        if known is not None and known[0] is settled:
            return known[1]
        other = of_mezzanine(settled, self._terms, self._limits)
        self._others[id(settled)] = settled, other
        return other

    async def _make(self, mezzanine: Settled, pool: RenderPool) -> str:
        """Made, compared and kept; what came of it. Raises what reading and rendering raise; TierError."""
        known = await self._tiers.get(mezzanine.key, mezzanine.standings) is not None
        if not known:
            if await self._is_unlike(mezzanine.key):
                return "unlike"
            if not await self._make_anew(mezzanine, pool):
                await self._note(mezzanine.key)
                return "unlike"
        self._absent.pop(mezzanine.key, None)
        self._there[mezzanine.key] = None
        return "known" if known else "made"

    async def _make_anew(self, mezzanine: Settled, pool: RenderPool) -> bool:
        """False where small pictures of it are not like those of the original."""
        plan, asset = mezzanine.plan, mezzanine.asset
        assert plan is not None
        data = await self._library.read(asset)
        made = await pool.render(plan, data, {}, content_hash=asset.content_hash)
        question = likeness_question(asset.info, plan, mezzanine.key, self._terms, self._limits)
        rows = await pool.look(question, data, {mezzanine.key: made.body}, content_hash=asset.content_hash)
        if rows[0][0] < LEAST_LIKENESS:
            return False
        variant = variant_of(mezzanine, made.body, made.width, made.height, made.pages, made.notes)
        await self._tiers.put_for_good(variant, standings=mezzanine.standings)
        if await self._tiers.get(mezzanine.key, mezzanine.standings) is None:
            raise TierError(f"{mezzanine.key} is kept nowhere")
        return True

    async def _is_unlike(self, key: str) -> bool:
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


def of_mezzanine(settled: Settled, terms: MezzanineTerms, limits: Limits) -> Settled | None:
    """The same, made of the original's mezzanine, under the key that this makes; None for what may not be."""
    if settled.plan is None or settled.recipe.flag("getinfo") is not None or settled.otherwise is not None:
        return None
    copy = mezzanine_plan(settled.asset.info, terms, limits)
    plan = from_mezzanine(settled.plan, copy, terms, limits) if copy is not None else None
    if copy is None or plan is None:
        return None
    content_hash = settled.asset.content_hash
    mezzanine = replace(
        settled,
        plan=copy,
        key=variant_key(f"mezzanine\n{digest_text(copy)}", content_hash),
        format=copy.save.format,
        findings=None,
        claim=None,
    )
    key = variant_key(digest_text(plan), content_hash)
    return replace(settled, plan=plan, key=key, claim=None, direct=settled, mezzanine=mezzanine)
