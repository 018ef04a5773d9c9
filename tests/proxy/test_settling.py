"""Requests settled: what is worked out once, what is asked each time, who may look first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from origin.errors import AssetNotFound, OriginChanged
from origin.guard import Gate
from origin.metadata.named import NamedStore
from proxy.client import Client, HintBuckets
from proxy.errors import Refusal
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.presets import Presets
from proxy.settling import Settled, Settling
from proxy.url import read_delivery_url
from tests.proxy.test_research import Place, place
from transforms.limits import Limits
from transforms.output import OutputDefaults
from transforms.plan import make_plan

__all__ = ["place"]

CLIENT = Client(formats=())
LAYERED = "/l_logo,w_1/fl_layer_apply,x_1/cat.jpg"
ON_SALE = "/if_!sale!_in_tags/w_2/if_else/w_3/if_end/cat.jpg"


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often anything was planned."""
    counted: Counter[str] = Counter()

    def count(*arguments: Any, **options: Any) -> Any:
        counted["plans"] += 1
        return make_plan(*arguments, **options)

    monkeypatch.setattr("proxy.settling.make_plan", count)
    return counted


@pytest.fixture
async def presets(place: Place) -> Presets:
    presets = Presets(store=NamedStore(place.house.metadata), named={"fixed": "l_logo"})
    await presets.look()
    return presets


@pytest.fixture
async def leases(valkey: str) -> AsyncIterator[Leases]:
    link = RedisLink(valkey)
    leases = Leases(link)
    yield leases
    await leases.close()
    await link.close()


def settling(place: Place, presets: Presets, leases: Leases) -> Settling:
    return Settling(
        finder=place.finder,
        research=place.research,
        coalescer=place.coalescer,
        leases=leases,
        lease_patience_seconds=5,
        presets=presets,
        limits=Limits(),
        defaults=OutputDefaults(),
        fonts=None,
        auto_formats=("avif", "webp"),
        buckets=HintBuckets(widths=(100,), dprs=(1.0,), default_width=100, default_dpr=1.0),
        avif_seconds=1.0,
        gate=Gate(None),
    )


async def settle(settling: Settling, path: str) -> Settled:
    settled = await settling.settle(read_delivery_url(path), CLIENT)
    await settled.release()
    return settled


@pytest.mark.parametrize("path", [LAYERED, ON_SALE, "/w_2/cat.jpg", "/t_fixed/cat.jpg"])
async def test_a_second_request_plans_nothing_and_asks_nobody(
    place: Place, presets: Presets, leases: Leases, plans: Counter[str], path: str
) -> None:
    part = settling(place, presets, leases)
    await settle(part, path)
    first = await settle(part, path)
    made, people, asked = plans["plans"], place.asked_people, sum(place.house.looks.values())
    again = [await settle(part, path) for _ in range(50)]

    assert all(each is first for each in again), "the headers of an answer are kept by the object"
    assert (made, people, asked) == (plans["plans"], place.asked_people, sum(place.house.looks.values()))


async def test_a_replaced_layer_is_another_key_and_date(
    place: Place, presets: Presets, leases: Leases
) -> None:
    part = settling(place, presets, leases)
    before = await settle(part, LAYERED)
    await asyncio.sleep(0.01)
    await place.house.storage.write("logo.png", b"another")
    place.house.clock.now += 301
    after = await settle(part, LAYERED)

    assert before.key != after.key
    assert before.modified_at < after.modified_at
    assert ("asset-cat", "asset-logo") == after.tags


async def test_a_change_of_details_is_another_key(place: Place, presets: Presets, leases: Leases) -> None:
    part = settling(place, presets, leases)
    before = await settle(part, ON_SALE)
    place.said = type(place.said)()
    place.house.clock.now += 3
    after = await settle(part, ON_SALE)

    assert before.key != after.key


async def test_a_layer_replaced_under_our_hands_is_looked_at_again_once(
    place: Place, presets: Presets, leases: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = settling(place, presets, leases)
    research, tries = place.research.settle, Counter[str]()

    async def changing(*arguments: Any, **options: Any) -> Any:
        tries["settle"] += 1
        if tries["settle"] == 1:
            raise OriginChanged("replaced")
        return await research(*arguments, **options)

    monkeypatch.setattr(place.research, "settle", changing)
    settled = await settle(part, LAYERED)

    assert ("asset-cat", "asset-logo") == settled.tags
    assert 2 == tries["settle"]


async def test_the_first_look_is_leased_until_the_render_is_claimed(
    place: Place, presets: Presets, leases: Leases, valkey: str
) -> None:
    part = settling(place, presets, leases)
    settled = await part.settle(read_delivery_url(LAYERED), CLIENT)
    link = RedisLink(valkey)
    held = await link.client.keys("calotype:1:lease:settle:*")
    waiting = [await link.client.get(key) for key in held]
    await settled.release()
    free = [await link.client.get(key) for key in held]
    await link.close()

    assert (1, True, [b"-"]) == (len(held), waiting != free, free)
    assert (await settle(part, LAYERED)).claim is None, "known by now: nobody has to wait"


async def test_a_first_look_that_fails_holds_nobody_up(
    place: Place, presets: Presets, leases: Leases, valkey: str
) -> None:
    part = settling(place, presets, leases)
    for path in ("/l_none/cat.jpg", "/l_logo/nobody.jpg"):
        with pytest.raises((Refusal, AssetNotFound)):
            await settle(part, path)
    link = RedisLink(valkey)
    keys = await link.client.keys("calotype:1:lease:*")
    values = {await link.client.get(key) for key in keys}
    await link.close()

    assert {b"-"} == values


async def test_a_name_that_may_be_stored_is_no_mistake_while_nobody_knows(
    place: Place, leases: Leases
) -> None:
    never_read = Presets(store=NamedStore(place.house.metadata), named={})
    await place.house.metadata.close()
    never_read._looked_at = float("inf")
    part = settling(place, never_read, leases)

    with pytest.raises(Refusal) as refused:
        await settle(part, "/t_card/cat.jpg")
    assert (503, "named_transformations_unavailable") == (refused.value.rule.status, refused.value.rule.code)


async def test_a_default_image_that_was_replaced_is_looked_at_again(
    place: Place, presets: Presets, leases: Leases
) -> None:
    part = settling(place, presets, leases)
    before = await settle(part, "/d_logo.png,w_2/nobody.jpg")
    await place.house.storage.write("logo.png", b"another")
    await part.look_again(read_delivery_url("/d_logo.png,w_2/nobody.jpg"))
    after = await settle(part, "/d_logo.png,w_2/nobody.jpg")

    assert (True, True) == (before.stand_in, after.stand_in)
    assert before.key != after.key
    assert ("asset-nobody", "asset-logo") == after.tags
