"""What was committed with a takedown is done until it is done, and stands in its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from origin.errors import MetadataUnavailable
from origin.hosting.model import Receipt
from proxy.cache.base import TierError
from proxy.cache.memory import MemoryTier
from proxy.cache.tiers import Tiers
from proxy.gone import Gone
from proxy.notice import Notice
from proxy.purge.base import PurgeFailed
from proxy.purge.log import LogPurger
from proxy.purge.sending import Purges
from proxy.tags import asset_tag
from proxy.takedown import Takedown, tags_of
from proxy.takedown_jobs import OldestPurge, TakedownIncomplete, TakedownJobs
from proxy.variant import variant_key
from tests.hosting.conftest import Hosting
from tests.hosting.instances import sha
from tests.proxy.test_cache_contract import make

CAT = b"the bytes of a cat"


class Cdn:
    """A CDN that takes two tags at a time, is asked by tags alone, and may be away."""

    name = "cdn"
    max_tags = 2
    max_urls = 0

    def __init__(self) -> None:
        self.away = False
        self.asked: list[tuple[tuple[str, ...], bool]] = []

    async def purge(self, *, tags: Sequence[str], urls: Sequence[str], hard: bool) -> str:
        if self.away:
            raise PurgeFailed("503 Service Unavailable")
        assert not urls
        self.asked.append((tuple(tags), hard))
        return f"purge {len(self.asked)}"

    async def close(self) -> None:
        """Nothing is held."""


class Forgetful(MemoryTier):
    """Memory that sometimes does not answer."""

    broken = False

    async def drop_made_of(self, content_hashes: Sequence[str]) -> int:
        if self.broken:
            raise TierError("memory: away")
        return await super().drop_made_of(content_hashes)


class Parts:
    """Takedowns in one process, over a store."""

    def __init__(self, hosting: Hosting, **given: Any) -> None:
        self.cdn = Cdn()
        self.counted: list[tuple[str, str]] = []
        self.memory = Forgetful(max_bytes=1_000_000)
        purges = Purges([self.cdn], tag_prefix="x-", observe=lambda *told: self.counted.append(told), **given)
        takedown = Takedown(gone=Gone(None), tiers=Tiers([self.memory]), purges=purges, shared=False)
        self.jobs = TakedownJobs(takedown=takedown, mark=hosting.store.mark_receipt)
        self._hosting = hosting

    async def delete(self, public_id: str = "cat") -> Receipt:
        receipt = await self._hosting.deletions.delete(public_id)
        assert receipt is not None
        return receipt

    async def steps(self, receipt: Receipt) -> list[str]:
        found = await self._hosting.store.receipt(receipt.receipt_id)
        assert found is not None
        return list(found.steps)

    async def work(self, seconds: float = 0.0) -> list[str]:
        """Do what is due by then, as a dispatcher would; the kinds that were done."""
        self._hosting.clock.now += seconds
        done = []
        for entry in await self._hosting.outbox.lease(limit=100, seconds=60, kinds=list(self.jobs.handlers)):
            try:
                await self.jobs.handlers[entry.kind]([entry.payload])
            except TakedownIncomplete as error:
                await self._hosting.outbox.failed(entry, str(error))
            else:
                await self._hosting.outbox.done(entry)
                done.append(entry.kind)
        return done


@pytest.fixture
async def parts(hosting: Hosting) -> Parts:
    made = Parts(hosting)
    await hosting.upload(CAT, "cat")
    await hosting.outbox.done(*await hosting.outbox.lease(limit=10, seconds=1))
    return made


async def test_everything_is_done_at_once_and_again(parts: Parts) -> None:
    receipt = await parts.delete()
    await parts.jobs.published([receipt])
    inline = await parts.steps(receipt)
    done = [await parts.work(), await parts.work(100)]

    assert ["published", "purged"] == inline
    assert [["purge"], ["purge_again", "collect_variants"]] == [done[0], sorted(done[1], reverse=True)]
    assert {"published", "purged", "purged_again", "variants_collected"} == set(await parts.steps(receipt))
    assert [(("x-asset-cat",), True)] * 3 == parts.cdn.asked


async def test_a_cdn_that_is_away_is_told_when_it_is_back(parts: Parts) -> None:
    receipt = await parts.delete()
    parts.cdn.away = True
    await parts.jobs.published([receipt])
    without = [await parts.steps(receipt), await parts.work()]
    parts.cdn.away = False
    done = await parts.work(10)

    assert [["published"], []] == without
    assert (["purge"], ["published", "purged"]) == (done, await parts.steps(receipt))
    assert [("cdn", "failed")] * 2 + [("cdn", "acknowledged")] == parts.counted


async def test_a_tier_that_does_not_answer_is_asked_again(parts: Parts) -> None:
    receipt = await parts.delete()
    await parts.memory.put(make(key=variant_key("w_1", sha(CAT)), made_of=(sha(CAT),)))
    parts.memory.broken = True
    assert [] == await parts.work()
    parts.memory.broken = False

    assert ["purge"] == await parts.work(10)
    assert (0, True) == (parts.memory.bytes, "purged" in await parts.steps(receipt))


async def test_variants_are_collected_by_themselves_too(parts: Parts) -> None:
    receipt = await parts.delete()
    await parts.memory.put(make(key=variant_key("w_1", sha(CAT)), made_of=(sha(CAT),)))
    payload = {**Notice.of(receipt).payload(), "receipt_id": receipt.receipt_id}
    parts.memory.broken = True
    with pytest.raises(TakedownIncomplete, match="memory did not drop"):
        await parts.jobs.collect_variants([payload])
    parts.memory.broken = False
    await parts.jobs.collect_variants([payload])

    assert (0, ["variants_collected"]) == (parts.memory.bytes, await parts.steps(receipt))


async def test_whoever_deletes_does_not_wait_for_a_cdn_that_hangs(hosting: Hosting) -> None:
    parts = Parts(hosting)
    await hosting.upload(CAT, "cat")
    receipt = await parts.delete()
    hang = asyncio.Event()

    async def purge(**_: Any) -> str:
        await hang.wait()
        return ""

    parts.cdn.purge = purge  # type: ignore[method-assign]
    took = await parts.jobs._takedown.run([Notice.of(receipt)], within_seconds=0.01)

    assert (False, True, {"memory": 0}) == (took.complete, took.published, dict(took.dropped))


async def test_batches_are_as_large_as_the_cdn_takes() -> None:
    cdn = Cdn()
    sent = await Purges([cdn, LogPurger()]).send(tags=["a", "b", "a", "c"], urls=["https://x/1"])

    assert [(("a", "b"), True), (("c",), True)] == cdn.asked
    assert ["cdn", "cdn", "log", "log"] == [each.backend for each in sent]
    assert all(each.acknowledged_at is not None for each in sent)


async def test_a_cdn_that_hangs_is_given_up_and_keeps_no_other_waiting() -> None:
    class Hanging(Cdn):
        name = "hanging"

        async def purge(self, *, tags: Sequence[str], urls: Sequence[str], hard: bool) -> str:
            await asyncio.sleep(60)
            return ""

    sent = await Purges([Hanging(), LogPurger()], seconds=0.01).send(tags=["a"])

    assert [("hanging", False), ("log", True)] == [
        (each.backend, each.acknowledged_at is not None) for each in sent
    ]


async def test_the_age_of_the_oldest_purge_is_told(parts: Parts, hosting: Hosting) -> None:
    told: list[float] = []

    watch = OldestPurge(oldest=lambda: hosting.outbox.oldest("purge", "purge_again"), observe=told.append)
    await watch.look()
    parts.cdn.away = True
    await parts.delete()
    await watch.look()
    await parts.work(30)
    await watch.look()
    parts.cdn.away = False
    await parts.work(1000)
    await watch.look()

    assert [0.0, 0.0, 30.0, 0.0] == told


async def test_a_database_that_is_away_is_asked_again() -> None:
    told: list[float] = []
    answers = iter([3.0, None, 4.0])
    enough = asyncio.Event()

    async def oldest() -> float:
        answer = next(answers, 5.0)
        if answer is None:
            raise MetadataUnavailable("away")
        if answer == 5.0:
            enough.set()
        return answer

    watch = OldestPurge(oldest=oldest, observe=told.append, every_seconds=0.001)
    watch.start()
    await enough.wait()
    await watch.close()

    assert [3.0, 4.0] == told[:2]


@pytest.mark.parametrize("payload", [{}, {"public_id": "cat", "asset_id": "0", "generation": "1"}])
async def test_a_row_that_does_not_read_is_told(parts: Parts, payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="notice"):
        await parts.jobs.purge([payload])


@pytest.mark.parametrize(
    ("public_id", "tags"),
    [
        ("cat", ["asset-cat"]),
        ("cat.JPG", [asset_tag("cat.JPG"), "asset-cat"]),
        ("v1.2", [asset_tag("v1.2")]),
        ("people/ana.png", [asset_tag("people/ana.png"), asset_tag("people/ana")]),
    ],
)
def test_all_answers_that_could_show_it_are_purged(public_id: str, tags: list[str]) -> None:
    notice = Notice(public_id=public_id, asset_id="0" * 32, generation=2)

    assert tags == list(tags_of(notice))
