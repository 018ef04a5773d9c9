"""What every tier of the variant cache promises, asked of each make."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from origin.storage.base import Stat
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from proxy.cache.base import Tier, TierError
from proxy.cache.derived import DerivedTier
from proxy.cache.disk import DiskTier
from proxy.cache.made_of import of_key
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import KEY_PREFIX, RedisTier
from proxy.link import RedisLink
from proxy.variant import Variant, variant_key

MAKES = ("memory", "redis", "derived in a folder", "derived in memory", "disk")
MAX_OBJECT_BYTES = 100_000
KEY = hashlib.sha256(b"a plan").hexdigest()
ANA = hashlib.sha256(b"ana").hexdigest()
BOB = hashlib.sha256(b"bob").hexdigest()


def make(body: bytes = b"\x00\xff picture", **changes: Any) -> Variant:
    variant = Variant(
        key=KEY,
        body=body,
        content_type="image/avif",
        format="avif",
        width=200,
        height=150,
        pages=1,
        made_at=1_700_000_000.25,
        modified_at=1_600_000_000.0,
        tags=("asset-ana",),
    )
    return dataclasses.replace(variant, **changes)


def disk(folder: Path) -> DiskTier:
    """One in front of nothing, where nothing is taken down; it takes an eighth of its bound at the most."""

    async def confirm(key: str) -> bool:
        return False

    return DiskTier(folder, max_bytes=8 * MAX_OBJECT_BYTES, processes=1, confirm=confirm, hears=None)


@pytest_asyncio.fixture
async def link(valkey: str) -> AsyncIterator[RedisLink]:
    link = RedisLink(valkey)
    yield link
    await link.close()


@pytest_asyncio.fixture(params=MAKES)
async def tier(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tier]:
    tier: Tier
    if request.param == "memory":
        # The largest it takes is an eighth of its bound.
        tier = MemoryTier(max_bytes=8 * MAX_OBJECT_BYTES + 8 * 2_000)
    elif request.param == "redis":
        link = RedisLink(request.getfixturevalue("valkey"))
        tier = RedisTier(link, ttl_seconds=60, max_object_bytes=MAX_OBJECT_BYTES)
    elif request.param == "derived in a folder":
        storage = FilesystemStorage(path=tmp_path / "derived", create=True)
        tier = DerivedTier(storage, max_object_bytes=MAX_OBJECT_BYTES)
    elif request.param == "disk":
        tier = disk(tmp_path / "disk")
    else:
        tier = DerivedTier(MemoryStorage(), max_object_bytes=MAX_OBJECT_BYTES)
    yield tier
    await tier.close()
    if request.param == "redis":
        await link.close()


async def test_nothing_is_known_at_first(tier: Tier) -> None:
    assert await tier.get(KEY) is None


async def test_what_was_put_is_got_whole(tier: Tier) -> None:
    variant = make(bytes(range(256)) * 100)
    stored = await tier.put(variant)

    assert (True, variant) == (stored, await tier.get(KEY))


async def test_an_empty_body_is_a_body(tier: Tier) -> None:
    variant = make(b"")
    await tier.put(variant)

    assert variant == await tier.get(KEY)


async def test_keys_are_apart(tier: Tier) -> None:
    variants = [make(b"%d" % number, key=hashlib.sha256(b"%d" % number).hexdigest()) for number in range(20)]
    await asyncio.gather(*(tier.put(variant) for variant in variants))

    assert variants == list(await asyncio.gather(*(tier.get(variant.key) for variant in variants)))


async def test_the_later_put_counts(tier: Tier) -> None:
    await tier.put(make(b"first"))
    await tier.put(make(b"second"))

    assert make(b"second") == await tier.get(KEY)


async def test_what_is_dropped_is_gone(tier: Tier) -> None:
    await tier.put(make())
    await tier.drop(KEY)
    await tier.drop(KEY)

    assert await tier.get(KEY) is None


async def test_what_was_made_of_an_original_is_dropped_and_nothing_else(tier: Tier) -> None:
    base = make(key=variant_key("w_1", ANA), made_of=(ANA,))
    above = make(key=variant_key("l_ana", BOB), made_of=(BOB, ANA))
    other = make(key=variant_key("w_1", BOB), made_of=(BOB,))
    for variant in (base, above, other, above):
        await tier.put(variant)
    dropped = [await tier.drop_made_of([ANA]) for _ in range(2)]
    left = [await tier.get(variant.key) for variant in (base, above, other)]

    assert ([2, 0], [None, None, other]) == (dropped, left)


async def test_what_shows_two_originals_goes_with_either(tier: Tier) -> None:
    both = make(key=variant_key("l_ana", BOB), made_of=(BOB, ANA))
    for content_hash in (ANA, BOB):
        await tier.put(both)
        await tier.drop_made_of([content_hash])

        assert await tier.get(both.key) is None


async def test_all_that_was_made_of_an_original_is_dropped(tier: Tier) -> None:
    variants = [make(b"", key=variant_key(f"w_{number}", ANA), made_of=(ANA,)) for number in range(600)]
    await asyncio.gather(*map(tier.put, variants))
    await tier.drop_made_of([ANA, BOB])

    assert {None} == {await tier.get(variant.key) for variant in variants}


async def test_the_largest_is_taken_and_the_next_is_not(tier: Tier) -> None:
    largest, larger = make(bytes(MAX_OBJECT_BYTES)), make(bytes(MAX_OBJECT_BYTES + 2_000), key="00" * 32)
    stored = [await tier.put(largest), await tier.put(larger)]

    assert [True, False] == stored
    assert [largest, None] == [await tier.get(KEY), await tier.get("00" * 32)]


async def test_memory_is_bounded_and_forgets_the_least_used() -> None:
    tier = MemoryTier(max_bytes=100_000)
    variants = [make(bytes(9_000), key=f"{number:064x}") for number in range(9)]
    for variant in variants:
        await tier.put(variant)
    await tier.get(variants[0].key)
    for number in range(100, 105):
        await tier.put(make(bytes(9_000), key=f"{number:064x}"))

    assert tier.bytes <= 100_000
    assert [True, False] == [await tier.get(variant.key) is not None for variant in variants[:2]]


async def test_memory_of_no_bytes_keeps_nothing() -> None:
    tier = MemoryTier(max_bytes=0)

    assert (False, None) == (await tier.put(make(b"")), tier.look(KEY))


async def test_memory_names_nothing_that_it_does_not_hold() -> None:
    tier = MemoryTier(max_bytes=100_000)
    for number in range(20):
        await tier.put(make(bytes(9_000), key=variant_key(f"w_{number}", ANA), made_of=(ANA, BOB)))
    held = await tier.drop_made_of([BOB])
    await tier.put(make(made_of=(ANA,)))
    tier.clear()

    assert (9, 0, {}) == (held, await tier.drop_made_of([ANA]), tier._variants.made_of)


async def test_redis_forgets_in_time(link: RedisLink) -> None:
    tier = RedisTier(link, ttl_seconds=60, max_object_bytes=MAX_OBJECT_BYTES)
    await tier.put(make())
    keys = await link.client.keys("*")

    assert [f"{KEY_PREFIX}:{KEY}".encode()] == keys
    assert 0 < await link.client.ttl(keys[0]) <= 60


async def test_redis_names_only_so_many_variants_of_an_original(
    link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.cache.made_of.MOST_ENTRIES", 3)
    tier = RedisTier(link, ttl_seconds=60, max_object_bytes=MAX_OBJECT_BYTES)
    for number in range(5):
        await tier.put(make(key=variant_key(f"w_{number}", ANA), made_of=(ANA,)))
    named = await link.client.zrange(of_key(ANA), 0, -1)
    there = await link.client.keys(f"{KEY_PREFIX}:*")

    assert (3, sorted(named)) == (len(there), sorted(there))


async def test_what_names_the_variants_outlives_them(link: RedisLink) -> None:
    for ttl_seconds in (60, 30):
        tier = RedisTier(link, ttl_seconds=ttl_seconds, max_object_bytes=MAX_OBJECT_BYTES)
        await tier.put(make(key=variant_key(f"w_{ttl_seconds}", ANA), made_of=(ANA,)))

    assert 30 < await link.client.ttl(of_key(ANA)) <= 60


async def test_redis_damage_is_an_error_and_mended_by_the_next_put(link: RedisLink) -> None:
    tier = RedisTier(link, ttl_seconds=60, max_object_bytes=MAX_OBJECT_BYTES)
    await tier.put(make())
    # The last byte of the picture.
    await link.client.setrange(f"{KEY_PREFIX}:{KEY}", len(make().to_bytes()) - 1, "!")
    with pytest.raises(TierError, match="checksum"):
        await tier.get(KEY)
    await tier.put(make())

    assert make() == await tier.get(KEY)


async def test_another_variant_under_the_key_is_an_error(link: RedisLink) -> None:
    tier = RedisTier(link, ttl_seconds=60, max_object_bytes=MAX_OBJECT_BYTES)
    await link.client.set(f"{KEY_PREFIX}:{KEY}", make(key="00" * 32).to_bytes())

    with pytest.raises(TierError, match="lies under"):
        await tier.get(KEY)


async def test_derived_damage_is_an_error_and_mended_by_the_next_put(tmp_path: Path) -> None:
    storage = FilesystemStorage(path=tmp_path, create=True)
    tier = DerivedTier(storage)
    await tier.put(make())
    cut_short(tmp_path / "v" / KEY[:2] / f"{KEY}.variant")
    with pytest.raises(TierError, match="checksum"):
        await tier.get(KEY)
    await tier.put(make())

    assert make() == await tier.get(KEY)
    await tier.close()


async def test_derived_lets_go_of_its_storage() -> None:
    class Counted(MemoryStorage):
        closed = 0

        async def close(self) -> None:
            self.closed += 1

    storage = Counted()
    await DerivedTier(storage).close()

    assert 1 == storage.closed


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


class SlowStorage(MemoryStorage):
    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        await asyncio.sleep(60)
        return await super().read(key, max_bytes=max_bytes)


async def test_derived_reads_have_a_budget_and_are_not_tried_for_ever() -> None:
    tier = DerivedTier(SlowStorage(), read_seconds=0.01)
    for _ in range(5):
        with pytest.raises(TierError, match="TimeoutError"):
            await tier.get(KEY)

    with pytest.raises(TierError, match="not asked"):
        await tier.get(KEY)


async def test_derived_refuses_to_read_what_is_too_large() -> None:
    storage = MemoryStorage()
    await DerivedTier(storage).put(make(bytes(500_000)))

    with pytest.raises(TierError, match="at most"):
        await DerivedTier(storage, max_object_bytes=1_000).get(KEY)
