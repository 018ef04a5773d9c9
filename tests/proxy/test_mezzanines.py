"""Small copies of large originals: made once, used soundly, dropped with their originals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from origin.asset import Asset
from origin.storage.memory import MemoryStorage
from proxy.better import Better, Instead
from proxy.better_making import Making
from proxy.cache.derived import DerivedTier
from proxy.cache.memory import MemoryTier
from proxy.cache.tiers import Tiers
from proxy.delivery import Delivered
from proxy.lease import Leases
from proxy.making import source_of, variant_of
from proxy.mezzanines import Mezzanines, of_mezzanine
from proxy.settled import Settled
from proxy.variant import variant_key
from tests.services.render_pool import until
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.knowledge import Question
from transforms.limits import Limits
from transforms.mezzanine import MezzanineTerms
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, make_plan
from transforms.rendition import Rendition

HASH = "a1" * 32
ORIGINAL, COPY = b"original", b"a small copy"
TERMS, LIMITS = MezzanineTerms(), Limits()


def settled(transformation: str = "w_300") -> Settled:
    """A request for a photograph of 24 megapixels, settled."""
    info = ImageInfo("jpg", 6000, 4000)
    asset = Asset(
        mount="main",
        key="cat.jpg",
        content_hash=HASH,
        info=info,
        size=10,
        etag="e",
        modified_at=0.0,
        checked_at=0.0,
        public_id="cat",
        name="cat.jpg",
        extension="jpg",
    )
    plan = make_plan(parse(transformation), info)
    key = variant_key(digest_text(plan), HASH)
    return Settled(parse(transformation), asset, plan, key, "jpg", (), ("asset-cat",), 0.0)


def small(wanted: Settled) -> Settled:
    """The same of the copy."""
    other = of_mezzanine(wanted, TERMS, LIMITS)
    assert other is not None and other.mezzanine is not None
    return other


class Pool:
    """Answers how alike the copy is, and writes down what it was asked for."""

    def __init__(self, likeness: float) -> None:
        self.likeness = likeness
        self.rendered = 0

    async def start(self) -> None: ...

    async def close(self, grace_seconds: float = 0.0) -> None: ...

    async def render(
        self, plan: RenderPlan, data: bytes, sources: Mapping[str, bytes], *, content_hash: str
    ) -> Rendition:
        self.rendered += 1
        return Rendition(COPY, "jpg", plan.result.width, plan.result.height, 1)

    async def look(
        self, question: Question, data: bytes, sources: Mapping[str, bytes], *, content_hash: str
    ) -> tuple[tuple[float]]:
        assert ORIGINAL == data and [COPY] == list(sources.values())
        return ((self.likeness,),)


class Instance:
    """One process over a storage, whose renders show what they were made of."""

    def __init__(self, storage: MemoryStorage, *, likeness: float = 0.99, enabled: bool = True) -> None:
        self.tiers = Tiers([MemoryTier(max_bytes=1_000_000), DerivedTier(storage)])
        self.leases = Leases(None)
        self.pool = Pool(likeness)
        self.outcomes: list[str] = []
        self.broken = False
        making = Making(
            tiers=self.tiers,
            library=self,  # type: ignore[arg-type]
            research=self,  # type: ignore[arg-type]
            leases=self.leases,
            link=None,
            make_pool=lambda: self.pool,  # type: ignore[arg-type, return-value]
            is_idle=lambda: True,
            purge=self.purge,
            observe=lambda _, outcome: self.outcomes.append(f"better: {outcome}"),
        )
        mezzanines = Mezzanines(
            tiers=self.tiers,
            library=self,  # type: ignore[arg-type]
            link=None,
            making=making,
            enabled=enabled,
            terms=TERMS,
            limits=LIMITS,
            observe=self.outcomes.append,
        )
        self.better = Better(
            delivery=self,  # type: ignore[arg-type]
            tiers=self.tiers,
            link=None,
            making=making,
            mezzanines=mezzanines,
            enabled=False,
            immutable="keep",
            after=3,
            over_seconds=0,
            max_pixels=1,
        )

    async def purge(self, tags: object) -> None: ...

    async def read(self, asset: Asset) -> bytes:
        return ORIGINAL

    async def variant(self, wanted: Settled) -> Delivered:
        """What a request makes, if it is not there yet."""
        hit = await self.tiers.get(wanted.key, wanted.standings)
        if hit is not None:
            return Delivered(hit[0], hit[1], False, {})
        body, _ = await source_of(wanted, self, self.tiers)  # type: ignore[arg-type]
        if self.broken and body == COPY:
            raise BrokenImage("of the copy")
        variant = variant_of(wanted, b"made of " + body, 300, 200, 1)
        await self.tiers.put(variant, standings=wanted.standings)
        return Delivered(variant, None, False, {})

    async def ask(self, wanted: Settled) -> tuple[str, bytes]:
        """As the handler does: the key and the body of what is answered."""
        answered = self.better.instead(wanted)
        for _ in range(3):
            try:
                made = await self.better.variant(answered)
            except Instead as other:
                answered = other.settled
            else:
                assert answered.key == made.variant.key
                return answered.key, bytes(made.variant.body)
        raise AssertionError("one is exchanged for another for ever")

    async def ask_and_have_it_made(self, wanted: Settled, outcome: str = "made") -> None:
        await self.ask(wanted)
        await until(lambda: bool(self.outcomes))
        assert [outcome] == self.outcomes

    async def close(self) -> None:
        await self.better.close()
        await self.tiers.close()
        await self.leases.close()


@pytest.fixture
async def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
async def instance(storage: MemoryStorage) -> AsyncIterator[Instance]:
    made = Instance(storage)
    yield made
    await made.close()


async def test_the_first_variant_has_it_made_and_the_others_are_made_of_it(instance: Instance) -> None:
    first = settled("w_300")
    before = await instance.ask(first)
    await until(lambda: instance.outcomes == ["made"])
    second = await instance.ask(settled("w_200"))

    assert (first.key, b"made of original") == before
    assert (small(settled("w_200")).key, b"made of a small copy") == second
    assert before == await instance.ask(first), "what was made of the original stays"
    assert ["made", "used"] == instance.outcomes
    assert 1 == instance.pool.rendered


async def test_the_exchange_is_kept_so_that_headers_are(instance: Instance) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    wanted = settled("w_200")
    await instance.ask(wanted)

    assert instance.better.known(wanted) is instance.better.known(wanted)
    assert "mezzanine" in digest_text(instance.better.known(wanted).plan)  # type: ignore[arg-type]


async def test_another_instance_finds_it(instance: Instance, storage: MemoryStorage) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    other = Instance(storage)
    made = await other.ask(settled("w_200"))
    await other.close()

    assert (small(settled("w_200")).key, b"made of a small copy") == made
    assert 0 == other.pool.rendered


async def test_one_that_is_lost_costs_nobody_the_picture(instance: Instance) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    await instance.tiers.drop(small(settled()).mezzanine.key)  # type: ignore[union-attr]
    wanted = settled("w_200")

    assert (wanted.key, b"made of original") == await instance.ask(wanted)
    assert "lost" in instance.outcomes


async def test_one_that_is_broken_costs_nobody_the_picture(instance: Instance) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    instance.broken = True
    wanted = settled("w_200")

    assert (wanted.key, b"made of original") == await instance.ask(wanted)


async def test_one_that_is_not_like_its_original_is_not_used(storage: MemoryStorage) -> None:
    instance = Instance(storage, likeness=0.9)
    await instance.ask_and_have_it_made(settled("w_300"), "unlike")
    made = await instance.ask(settled("w_200"))
    await instance.close()

    assert b"made of original" == made[1]


async def test_a_takedown_drops_it_with_what_was_made_of_it(instance: Instance) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    await instance.ask(settled("w_200"))
    dropped = await instance.tiers.drop_made_of([HASH])

    assert {"memory": 3, "derived": 3} == dropped


@pytest.mark.parametrize("transformation", ["w_2000", "fl_getinfo,w_300"])
async def test_what_may_not_be_made_of_it_orders_none(instance: Instance, transformation: str) -> None:
    wanted = settled(transformation)
    await instance.ask(wanted)

    assert of_mezzanine(wanted, TERMS, LIMITS) is None
    assert [] == instance.outcomes


async def test_it_can_be_switched_off(storage: MemoryStorage, instance: Instance) -> None:
    await instance.ask_and_have_it_made(settled("w_300"))
    other = Instance(storage, enabled=False)
    made = await other.ask(settled("w_200"))
    await other.close()

    assert b"made of original" == made[1]


def test_every_body_has_a_key_of_its_own() -> None:
    wanted = settled()
    other = small(wanted)
    keys = {each.key for each in (wanted, other, other.mezzanine) if each is not None}

    assert 3 == len(keys)
    assert {HASH[:32]} == {key[:32] for key in keys}
    assert other.key == small(replace(wanted, stale_for=1.0)).key
