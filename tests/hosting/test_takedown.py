"""A picture that was taken down is shown by nobody and kept nowhere, whatever was under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from proxy.cache.made_of import of_key
from proxy.cache.redis import KEY_PREFIX
from proxy.link import RedisLink
from tests.hosting.instances import CAT, DOG, Instance, Place, Slow, sha, until
from tests.services.s3 import S3Server

PATH = "/w_20/cat.png"

# Our handlers are objects, which aiohttp would rather were functions.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


@pytest_asyncio.fixture
async def place(tmp_path: Path, valkey: str) -> AsyncIterator[Place]:
    place = Place(tmp_path, valkey, Slow())
    place.pictures.put("cat", CAT)
    place.pictures.put("dog", DOG)
    yield place
    await place.close()


@pytest_asyncio.fixture
async def one(place: Place, monkeypatch: pytest.MonkeyPatch) -> Instance:
    return await place.instance(monkeypatch)


@pytest_asyncio.fixture
async def other(place: Place, monkeypatch: pytest.MonkeyPatch) -> Instance:
    return await place.instance(monkeypatch)


@pytest_asyncio.fixture
async def link(valkey: str) -> AsyncIterator[RedisLink]:
    link = RedisLink(valkey)
    yield link
    await link.close()


async def in_redis(link: RedisLink) -> list[bytes | str]:
    return await link.client.keys(f"{KEY_PREFIX}:*")


def deaf(instance: Instance) -> None:
    """Have an instance hear nothing of what is told."""
    instance.gone.hear = lambda notices: None  # type: ignore[method-assign]


async def written(place: Place) -> None:
    """Once the derived store has a variant."""
    await until(lambda: any(key.endswith(".variant") for key in place.derived._objects))  # type: ignore[attr-defined]


async def heard(place: Place, instance: Instance, public_id: str = "cat") -> None:
    """Once that instance knows that the picture is another than it was."""
    now, _ = place.pictures.known[public_id]
    await until(lambda: instance.gone._marks.get(now.asset_id) == now.generation)


async def take_down(place: Place, by: Instance, public_id: str = "cat") -> Any:
    return await by.takedown.run([place.pictures.put(public_id, None)])


async def test_every_instance_answers_410_at_once(place: Place, one: Instance, other: Instance) -> None:
    before = [await instance.get(PATH) for instance in (one, other)]
    receipt = await take_down(place, one)
    await heard(place, other)
    after = [(await instance.get(PATH))[0] for instance in (one, other)]

    assert [(200, CAT)] * 2 == before
    assert [410, 410] == after
    assert (2, True) == (receipt.told, receipt.complete)


async def test_no_tier_keeps_it(place: Place, one: Instance, other: Instance, link: RedisLink) -> None:
    for instance in (one, other):
        await instance.get(PATH)
        await instance.get("/cat.png")
    await written(place)
    receipt = await take_down(place, one)
    await heard(place, other)

    assert {"memory": 0, "redis": 2, "derived": 1} == dict(receipt.dropped)
    assert ([], False) == (await in_redis(link), await link.client.exists(of_key(sha(CAT))))
    assert [0, 0, 0] == [await one.in_memory(CAT), await other.in_memory(CAT), await place.in_derived(CAT)]


async def test_what_shows_it_in_a_layer_goes_too(place: Place, one: Instance) -> None:
    above = "/l_cat/fl_layer_apply/w_20/dog.png"
    before = await one.get(above)
    await written(place)
    receipt = await take_down(place, one)
    after = await one.get(above)

    assert ((200, DOG + b" with " + CAT), 410) == (before, after[0])
    assert {"memory": 0, "redis": 1, "derived": 1} == dict(receipt.dropped)
    assert (200, DOG) == await one.get("/w_20/dog.png")


async def test_the_same_bytes_under_another_id_stay(place: Place, one: Instance) -> None:
    place.pictures.put("twin", CAT)
    await one.get(PATH)
    await take_down(place, one)

    assert (200, CAT) == await one.get("/w_20/twin.png")
    assert 410 == (await one.get(PATH))[0]


async def test_a_browser_that_asks_whether_its_copy_is_good_hears_410(place: Place, one: Instance) -> None:
    etag = (await one.headers(PATH))["ETag"]
    before = await one.get(PATH, **{"If-None-Match": etag})
    await take_down(place, one)
    after = await one.get(PATH, **{"If-None-Match": etag})

    assert (304, 410) == (before[0], after[0])


async def test_what_is_uploaded_again_is_shown_at_once(place: Place, one: Instance, other: Instance) -> None:
    await one.get(PATH)
    await take_down(place, one)
    for instance in (one, other):
        await instance.get(PATH)
    await one.takedown.run([place.pictures.put("cat", CAT)])
    await until(lambda: not other.services.library.missing("cat.png"))

    assert [(200, CAT)] * 2 == [await instance.get(PATH) for instance in (one, other)]


async def test_what_is_overwritten_is_shown_no_more(place: Place, one: Instance, link: RedisLink) -> None:
    await one.get(PATH)
    await one.takedown.run([place.pictures.put("cat", DOG)])

    assert (200, DOG) == await one.get(PATH)
    assert 1 == len(await in_redis(link))


@pytest.mark.parametrize("told", [True, False], ids=["and heard of it", "and heard nothing"])
async def test_a_render_under_way_is_not_kept_and_not_shown(
    place: Place, one: Instance, other: Instance, link: RedisLink, told: bool
) -> None:
    other.pool.rendering.shut()
    asked = asyncio.create_task(other.get(PATH))
    await other.pool.rendering.reached.wait()
    if not told:
        deaf(other)
    await take_down(place, one)
    if told:
        await heard(place, other)
    other.pool.rendering.open()

    assert 410 == (await asked)[0]
    assert [] == await in_redis(link)
    assert [0, 0] == [await other.in_memory(CAT), await place.in_derived(CAT)]


async def test_the_410_of_a_render_under_way_is_not_kept(place: Place, one: Instance) -> None:
    one.pool.rendering.shut()
    asked = asyncio.create_task(one.headers(PATH))
    await one.pool.rendering.reached.wait()
    await take_down(place, one)
    one.pool.rendering.open()

    assert "no-store" == (await asked)["Cache-Control"]


async def test_whoever_shows_the_same_bytes_does_not_fall_with_it(place: Place, one: Instance) -> None:
    place.pictures.put("twin", CAT)
    paths = (PATH, "/w_20/twin.png")
    for path in paths:
        await one.get(path.replace("w_20", "w_30"))
    one.services.library._recent.clear()
    place.pictures.opening.shut()
    asked = [asyncio.create_task(one.get(path)) for path in paths]
    await place.pictures.opening.reached.wait()
    await take_down(place, one)
    place.pictures.opening.open()

    assert [410, 200] == [status for status, _ in await asyncio.gather(*asked)]


async def test_a_read_under_way_leaves_no_bytes(place: Place, one: Instance) -> None:
    place.pictures.reading.shut()
    asked = asyncio.create_task(one.get(PATH))
    await place.pictures.reading.reached.wait()
    await take_down(place, one)
    place.pictures.reading.open()

    assert 410 == (await asked)[0]
    assert one.services.library._recent.get(sha(CAT)) is None


async def test_a_write_behind_the_answer_undoes_itself(place: Place, one: Instance) -> None:
    store: Any = place.derived
    store.writing.shut()
    assert (200, CAT) == await one.get(PATH)
    await store.writing.reached.wait()
    await take_down(place, one)
    store.writing.open()
    await until(lambda: not one.services.tiers._behind._writes)

    assert [] == list(store._objects)


async def test_a_write_of_another_instance_undoes_itself(
    place: Place, one: Instance, other: Instance
) -> None:
    store: Any = place.derived
    store.writing.shut()
    assert (200, CAT) == await other.get(PATH)
    await store.writing.reached.wait()
    deaf(other)
    await take_down(place, one)
    store.writing.open()
    await until(lambda: not other.services.tiers._behind._writes)

    assert [] == list(store._objects)


async def test_what_a_dead_process_wrote_late_is_dropped_by_the_second_purge(
    place: Place, one: Instance
) -> None:
    store: Any = place.derived
    await one.get(PATH)
    await written(place)
    late = dict(store._objects)
    receipt = await take_down(place, one)
    store._objects.update(late)
    again = await one.takedown.run(receipt.notices)

    assert (1, []) == (again.dropped["derived"], list(store._objects))


async def test_a_promotion_under_way_brings_nothing_back(
    place: Place, one: Instance, other: Instance, link: RedisLink
) -> None:
    """What is found in a farther tier is put into the nearer ones, by who asked before it was taken down."""
    await one.get(PATH)
    await written(place)
    await link.client.flushall()
    store: Any = place.derived
    read, go, reached = store.read, asyncio.Event(), asyncio.Event()

    async def slow(key: str, *, max_bytes: int) -> Any:
        found = await read(key, max_bytes=max_bytes)
        reached.set()
        await go.wait()
        return found

    store.read = slow
    asked = asyncio.create_task(other.get(PATH))
    await reached.wait()
    await take_down(place, one)
    await heard(place, other)
    go.set()

    assert 410 == (await asked)[0]
    await until(lambda: not other.services.tiers._behind._writes)
    assert ([], 0) == (await in_redis(link), await other.in_memory(CAT))


async def test_facts_that_come_late_are_not_trusted(place: Place, one: Instance, other: Instance) -> None:
    """A look at the storage that began before the takedown ends after it."""
    await other.get(PATH)
    library = other.services.library
    asset = library.remembered("cat.png")
    assert asset is not None
    await take_down(place, one)
    await heard(place, other)
    library._ledger.remember(asset)

    assert [410, 410] == [(await other.get(path))[0] for path in (f"/-/explain{PATH}", PATH)]


async def test_an_instance_that_missed_messages_forgets_everything(
    place: Place, one: Instance, other: Instance, link: RedisLink
) -> None:
    await other.get(PATH)
    hear, missed = other.gone._channel._hear, asyncio.Event()  # type: ignore[union-attr]
    other.gone._channel._hear = lambda _: None  # type: ignore[union-attr]
    other.gone.on_notice(lambda _: None, missed=missed.set)
    await take_down(place, one)
    other.gone._channel._hear = hear  # type: ignore[union-attr]
    await link.client.client_kill_filter(_type="pubsub")
    await missed.wait()

    assert (0, None) == (await other.in_memory(CAT), other.services.library.remembered("cat.png"))
    assert 410 == (await other.get(PATH))[0]


async def test_without_redis_the_storage_says_it_within_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "", Slow())
    place.pictures.put("cat", CAT)
    one, other = [await place.instance(monkeypatch) for _ in range(2)]
    await other.get(PATH)
    receipt = await take_down(place, one)
    own = (await one.get(PATH))[0]
    clock = other.services.library._clock
    monkeypatch.setattr(other.services.library, "_clock", lambda: clock() + 1.0)
    status = (await other.get(PATH))[0]
    await place.close()

    assert (410, 410, True) == (own, status, receipt.complete)


async def test_over_a_bucket(
    tmp_path: Path, valkey: str, s3_bucket: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = S3Storage(client=S3Client(S3Settings(**s3_bucket.settings)), bucket=s3_bucket.bucket)
    place = Place(tmp_path, valkey, bucket)
    place.pictures.put("cat", CAT)
    place.pictures.put("dog", DOG)
    one = await place.instance(monkeypatch)
    for path in (PATH, "/w_30/cat.png", "/l_cat/fl_layer_apply/w_20/dog.png", "/w_20/dog.png"):
        await one.get(path)
    await one.services.tiers._behind.close(grace_seconds=10)
    receipt = await take_down(place, one)
    left = [stat.key for stat in await bucket.list("v/", limit=10)]
    await place.close()
    await bucket.close()

    assert 3 == receipt.dropped["derived"]
    assert [sha(DOG)[:32]] == [key.split("/")[2][:32] for key in left]
