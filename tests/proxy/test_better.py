"""Better variants: made behind, exchanged soundly, and never in anybody's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from origin.asset import Asset
from origin.hosting.standing import Standing
from origin.storage.memory import MemoryStorage
from proxy.better import Better, Instead
from proxy.better_making import NOTE_PREFIX, Making
from proxy.better_plans import second_of, until_made
from proxy.cache.derived import DerivedTier
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import RedisTier
from proxy.cache.tiers import Tiers
from proxy.delivery import Delivered
from proxy.gone import Gone
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.making import variant_of
from proxy.mezzanines import Mezzanines
from proxy.notice import Notice
from proxy.settled import Settled
from proxy.variant import variant_key
from tests.services.render_pool import until
from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.mezzanine import MezzanineTerms
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, make_plan
from transforms.rendition import Rendition

HASH = "a1" * 32
STANDING = Standing("5e" * 16, 1)
FIRST_BYTES = 1000


def settled(transformation: str = "f_jpg,w_100", *, hosted: bool = False, promised: bool = False) -> Settled:
    """A request for cat.jpg, settled."""
    info = ImageInfo("jpg", 4000, 3000)
    asset = Asset(
        mount="main",
        key="cat.jpg",
        content_hash=HASH,
        info=info,
        size=10,
        etag=STANDING.etag if hosted else "e",
        modified_at=0.0,
        checked_at=0.0,
        public_id="cat",
        name="cat.jpg",
        extension="jpg",
    )
    recipe = parse(transformation)
    plan = make_plan(recipe, info)
    key = variant_key(digest_text(plan), HASH)
    return Settled(recipe, asset, plan, key, plan.save.format, (), ("asset-cat",), 0.0, promised=promised)


class Pool:
    """Renders, by writing down that it did; a thorough file has as many bytes as `sizes` says."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.bytes = 500
        self.error: Exception | None = None
        self.busy = False

    async def start(self) -> None: ...

    async def close(self, grace_seconds: float = 0.0) -> None: ...

    async def render(
        self, plan: RenderPlan, data: bytes, sources: Mapping[str, bytes], *, content_hash: str
    ) -> Rendition:
        self.rendered.append(plan.save.format)
        if self.error is not None:
            raise self.error
        return Rendition(bytes(self.bytes), plan.save.format, plan.result.width, plan.result.height, 1)


class Instance:
    """One process: what it keeps, what it makes and what it tells."""

    def __init__(
        self, link: RedisLink | None, storage: MemoryStorage, pool: Pool, *, immutable: Any = "keep"
    ) -> None:
        self.pool = pool
        self.gone = Gone(link)
        self.memory = MemoryTier(max_bytes=1_000_000)
        shared = [RedisTier(link, ttl_seconds=60, max_object_bytes=20_000)] if link is not None else []
        self.tiers = Tiers([self.memory, *shared, DerivedTier(storage)], gone=self.gone)
        self.leases = Leases(link)
        self.purged: list[str] = []
        self.outcomes: list[tuple[str, str]] = []
        making = Making(
            tiers=self.tiers,
            library=self,  # type: ignore[arg-type]
            research=self,  # type: ignore[arg-type]
            leases=self.leases,
            link=link,
            make_pool=lambda: pool,  # type: ignore[arg-type, return-value]
            is_idle=lambda: not pool.busy,
            purge=self.purge,
            observe=lambda format, outcome: self.outcomes.append((format, outcome)),
            idle_look_seconds=0.01,
            purge_seconds=0.01,
        )
        self.better = Better(
            delivery=self,  # type: ignore[arg-type]
            tiers=self.tiers,
            link=link,
            making=making,
            mezzanines=Mezzanines(
                tiers=self.tiers,
                library=self,  # type: ignore[arg-type]
                link=link,
                making=making,
                enabled=False,
                terms=MezzanineTerms(),
                limits=Limits(),
                observe=lambda _: None,
            ),
            enabled=True,
            immutable=immutable,
            after=3,
            over_seconds=0,
            max_pixels=1_000_000,
        )
        self.better.start()

    async def purge(self, tags: Any) -> None:
        self.purged += tags

    async def read(self, asset: Asset) -> bytes:
        return b"original"

    async def variant(self, wanted: Settled) -> Delivered:
        """What a request makes, if it is not there yet."""
        hit = await self.tiers.get(wanted.key, wanted.standings)
        if hit is not None:
            return Delivered(hit[0], hit[1], False, {})
        variant = variant_of(wanted, bytes(FIRST_BYTES), 100, 75, 1)
        await self.tiers.put(variant, standings=wanted.standings)
        return Delivered(variant, None, False, {})

    async def ask(self, wanted: Settled) -> tuple[str, int]:
        """As the handler does: the key and the size of what is answered."""
        answered = self.better.instead(wanted)
        for _ in range(3):
            try:
                made = await self.better.variant(answered)
            except Instead as other:
                answered = other.settled
            else:
                assert answered.key == made.variant.key
                return answered.key, len(made.variant.body)
        raise AssertionError("one is exchanged for another for ever")

    async def ask_until_made(self, wanted: Settled, outcome: str = "made") -> None:
        before = len(self.outcomes)
        for _ in range(3):
            await self.ask(wanted)
        await until(lambda: len(self.outcomes) > before)
        assert outcome == self.outcomes[-1][1]

    async def close(self) -> None:
        await self.better.close()
        await self.gone.close()
        await self.tiers.close()
        await self.leases.close()


Make = Callable[..., Instance]


@pytest.fixture
async def make(valkey: str) -> AsyncIterator[Make]:
    """Makes instances over one storage, with a Redis of theirs unless told otherwise."""
    storage, made, links = MemoryStorage(), list[Instance](), list[RedisLink]()

    def start(pool: Pool, *, alone: bool = False, **options: Any) -> Instance:
        link = None if alone else RedisLink(valkey)
        links.extend([link] if link is not None else [])
        made.append(Instance(link, storage, pool, **options))
        return made[-1]

    yield start
    for instance in made:
        await instance.close()
    for link in links:
        await link.close()


@pytest.mark.parametrize("alone", [True, False])
async def test_a_popular_variant_gets_a_second(make: Make, alone: bool) -> None:
    instance, wanted = make(Pool(), alone=alone), settled()
    before = await instance.ask(wanted)
    await instance.ask_until_made(wanted)
    after = await instance.ask(wanted)
    await until(lambda: bool(instance.purged))

    assert (wanted.key, FIRST_BYTES) == before
    assert (second_of(wanted).key, 500) == after
    assert ["asset-cat"] == instance.purged


async def test_every_process_follows_and_one_makes_it(make: Make) -> None:
    pool = Pool()
    one, other, wanted = make(pool), make(pool), settled()
    await until(lambda: all(each.better._channel and each.better._channel.listening for each in (one, other)))
    forgotten: list[str] = []
    other.better.on_success(forgotten.append)
    await other.ask(wanted)
    await one.ask_until_made(wanted)
    await until(lambda: bool(forgotten))

    assert (second_of(wanted).key, 500) == await other.ask(wanted)
    assert ["jpg"] == pool.rendered
    assert [wanted.key] == forgotten


async def test_a_process_that_starts_later_reads_it_of_the_first(make: Make) -> None:
    pool, wanted = Pool(), settled()
    await make(pool).ask_until_made(wanted)
    later = make(pool, alone=True)

    assert (second_of(wanted).key, 500) == await later.ask(wanted)
    assert ["jpg"] == pool.rendered


async def test_what_gains_nothing_is_left_everywhere(make: Make) -> None:
    pool, wanted = Pool(), settled()
    pool.bytes = 980
    one, other = make(pool), make(pool)
    await one.ask_until_made(wanted, "no_gain")
    for _ in range(5):
        await one.ask(wanted)
    await other.ask_until_made(wanted, "no_gain")

    assert (wanted.key, FIRST_BYTES) == await one.ask(wanted)
    assert (["jpg"], 0) == (pool.rendered, len(one.better.popular))


async def test_a_second_that_was_lost_is_not_made_for_a_request(make: Make) -> None:
    pool, wanted = Pool(), settled()
    instance = make(pool)
    await instance.ask_until_made(wanted)
    await instance.tiers.drop(second_of(wanted).key)

    assert (wanted.key, FIRST_BYTES) == await instance.ask(wanted)
    assert (wanted.key, FIRST_BYTES) == await instance.ask(wanted)
    assert ["jpg"] == pool.rendered


async def test_what_another_is_at_is_left_to_it(make: Make) -> None:
    pool, wanted = Pool(), settled()
    one, other = make(pool), make(pool)
    async with one.leases.hold(f"better:{second_of(wanted).key}", patience_seconds=0) as lease:
        await other.ask_until_made(wanted, "elsewhere")

        assert lease.held
    assert [] == pool.rendered


async def test_it_waits_until_nothing_else_is_to_be_done(make: Make) -> None:
    pool, wanted = Pool(), settled()
    pool.busy = True
    instance = make(pool, alone=True)
    for _ in range(5):
        await instance.ask(wanted)
    await asyncio.sleep(0.05)
    waited = list(pool.rendered)
    pool.busy = False
    await until(lambda: bool(instance.outcomes))

    assert ([], ["jpg"]) == (waited, pool.rendered)


async def test_urls_that_promised_keep_the_first(make: Make) -> None:
    pool = Pool()
    instance, wanted = make(pool), settled()
    await instance.ask_until_made(wanted)
    promised = settled(promised=True)

    assert (wanted.key, FIRST_BYTES) == await instance.ask(promised)
    assert not instance.better.may_improve(promised)


async def test_urls_that_wait_promise_nothing_before_the_second(make: Make) -> None:
    instance, wanted = make(Pool(), immutable="wait"), settled(promised=True)
    before = instance.better.may_improve(wanted)
    await instance.ask_until_made(wanted)
    second = instance.better.instead(wanted)

    assert (True, False) == (before, instance.better.may_improve(second))
    assert second_of(wanted).key == second.key


@pytest.mark.parametrize("transformation", ["f_png,w_100", "f_jpg,w_2000", "f_gif,w_20"])
async def test_what_can_have_no_second_is_not_counted(make: Make, transformation: str) -> None:
    instance, wanted = make(Pool(), alone=True), settled(transformation)
    for _ in range(5):
        await instance.ask(wanted)

    assert (0, []) == (len(instance.better.popular), instance.outcomes)


async def test_a_slow_avif_is_answered_in_another_format_until_it_is_there(make: Make) -> None:
    pool = Pool()
    instance = make(pool)
    quick, slow = settled("f_webp,w_100"), settled("f_avif,w_100")
    wanted = until_made(slow, [quick], 1.0)
    first = await instance.ask(wanted)
    await until(lambda: [("avif", "made")] == instance.outcomes)

    assert (quick.key, FIRST_BYTES) == first
    assert (slow.key, 500) == await instance.ask(wanted)
    assert [] == instance.purged


@pytest.mark.parametrize(
    ("width", "others", "format"),
    [
        (2500, ("f_webp", "f_jpg"), "webp"),
        (4000, ("f_webp", "f_jpg"), "jpg"),
        (4000, ("f_webp", "f_png"), "webp"),
        (4000, ("f_jpg",), "jpg"),
    ],
)
def test_until_then_the_best_is_answered_that_is_quick(
    width: int, others: tuple[str, ...], format: str
) -> None:
    """Or the quickest, where none is: a PNG takes longer than a WebP."""
    choices = [settled(f"{other},w_{width}") for other in others]
    wanted = until_made(settled(f"f_avif,w_{width}"), choices, 0.35)

    assert wanted.otherwise is not None and wanted.plan is not None
    assert (format, True) == (wanted.otherwise.format, wanted.otherwise.provisional)
    assert wanted.plan.notes[-1].startswith(f"made behind: {format} is")


async def test_an_avif_that_fails_is_not_tried_with_every_request(make: Make) -> None:
    pool = Pool()
    pool.error = ValueError("no")
    instance = make(pool, alone=True)
    wanted = until_made(settled("f_avif,w_100"), [settled("f_webp,w_100")], 1.0)
    answers = set()
    for _ in range(5):
        instance.better._absent.clear()
        answers.add(await instance.ask(wanted))
        await asyncio.sleep(0.01)

    assert {(settled("f_webp,w_100").key, FIRST_BYTES)} == answers
    assert ["avif"] == pool.rendered


async def test_a_takedown_drops_both(make: Make) -> None:
    instance, wanted = make(Pool()), settled(hosted=True)
    await instance.ask_until_made(wanted)
    dropped = await instance.tiers.drop_made_of([HASH])

    assert {"memory": 2, "redis": 2, "derived": 2} == dropped
    assert await instance.tiers.get(second_of(wanted).key) is None


async def test_what_is_taken_down_meanwhile_is_not_put_back(make: Make) -> None:
    pool = Pool()
    instance, wanted = make(pool), settled(hosted=True)
    pool.busy = True
    for _ in range(3):
        await instance.ask(wanted)
    notice = Notice(public_id="cat", asset_id=STANDING.asset_id, generation=2, content_hash=HASH)
    await instance.gone.tell([notice])
    await instance.tiers.drop_made_of([HASH])
    pool.busy = False
    await until(lambda: bool(instance.outcomes))

    assert [("jpg", "gone")] == instance.outcomes
    assert await instance.tiers.get(second_of(wanted).key) is None


async def test_what_was_taken_down_while_it_was_made_is_not_told(make: Make) -> None:
    pool = Pool()
    instance, wanted = make(pool), settled(hosted=True)
    notice = Notice(public_id="cat", asset_id=STANDING.asset_id, generation=2, content_hash=HASH)

    async def read(asset: Asset) -> bytes:
        await instance.gone.tell([notice])
        return b"original"

    instance.read = read  # type: ignore[method-assign]
    for _ in range(3):
        await instance.ask(wanted)
    await until(lambda: bool(instance.outcomes))

    assert "made" != instance.outcomes[-1][1]
    assert [] == instance.purged
    assert await instance.tiers.get(second_of(wanted).key) is None


def test_the_second_has_a_key_of_its_own() -> None:
    wanted = settled()

    assert wanted.key[:32] == second_of(wanted).key[:32]
    assert wanted.key != second_of(wanted).key
    assert replace(wanted, stale_for=1.0).key == second_of(wanted).otherwise.key  # type: ignore[union-attr]
    assert NOTE_PREFIX.startswith("calotype:1:")
