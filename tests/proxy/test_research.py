"""Finding what plans lack, and knowing when what was found holds no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from origin.asset import Asset
from origin.errors import FetchForbidden, MetadataUnavailable, OriginChanged, OriginUnavailable
from origin.guard import Gate
from origin.metadata.details import Said
from origin.storage.memory import MemoryStorage
from proxy.coalesce import Coalescer
from proxy.errors import Refusal
from proxy.files import Files
from proxy.finder import Finder
from proxy.findings import Findings
from proxy.lately import Lately
from proxy.lease import Leases
from proxy.research import Research, place_of
from proxy.url import read_delivery_url
from tests.origin.house import FaultyStorage, House, prepare
from tests.services.render_pool import until
from transforms.errors import BrokenImage, LimitExceeded
from transforms.knowledge import Details, Known, SourceId, Unsettled
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan

CAT = read_delivery_url("/cat.jpg")
LOGO, STAMP = SourceId("image", "logo"), SourceId("image", "stamp.png")


class Place:
    """Research over a memory storage, with everything it asks in sight."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.coalescer = Coalescer()
        self.leases = Leases(None)
        self.finder = Finder(
            library=house.library,
            coalescer=self.coalescer,
            leases=self.leases,
            stale_seconds=1000,
            learn_seconds=5,
            patience_seconds=1,
        )
        self.said = Said(Details(tags=("sale",)), 5.0)
        self.asked_people = 0
        self.away: Exception | None = None
        self.research = Research(
            finder=self.finder,
            library=house.library,
            files=Files(library=house.library, folder=folder, coalescer=self.coalescer),
            looks=None,  # type: ignore[arg-type]
            gate=Gate(None),
            said=Lately(self.people, what="details", coalescer=self.coalescer, seconds=2, clock=house.clock),
        )

    async def people(self, public_id: str, before: Said | None) -> Said:
        self.asked_people += 1
        if self.away is not None:
            raise self.away
        return self.said

    async def cat(self) -> Asset:
        found = await self.finder.find(CAT)
        if found.claim is not None:
            await found.claim.release()
        return found.asset

    async def settle(self, transformation: str) -> tuple[RenderPlan, Findings]:
        recipe, asset = parse(transformation), await self.cat()

        def make(known: Known) -> RenderPlan:
            return make_plan(recipe, asset.info, known=known)

        with pytest.raises(Unsettled) as lacking:
            make(Known())
        return await self.research.settle(make, recipe, asset, lacking.value)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    storage = MemoryStorage()
    for name, body in (("cat.jpg", b"meow"), ("logo.png", b"logo!"), ("stamp.png", b"stamp")):
        await storage.write(name, body)
    await storage.write("table.cube", b"a table")
    await storage.write("broken.png", b"broken picture")
    place = Place(House(FaultyStorage(storage), await prepare(tmp_path)), tmp_path / "fonts")
    yield place
    await place.research.close()
    await place.coalescer.close()
    await place.finder.close()
    await place.house.close()


def seen(place: Place) -> Callable[[], int]:
    """How often the storage was asked since."""
    before = sum(place.house.looks.values()) + sum(place.house.reads.values())
    return lambda: sum(place.house.looks.values()) + sum(place.house.reads.values()) - before


class TestFinding:
    async def test_all_layers_are_found_together(self, place: Place) -> None:
        plan, findings = await place.settle("l_logo/fl_layer_apply,x_1/u_stamp.png,w_1")

        assert {LOGO, STAMP} == set(findings.assets)
        assert {asset.content_hash for asset in findings.assets.values()} == plan.hashes()
        bodies = await place.research.read(plan.hashes(), findings)
        assert {b"logo!", b"stamp"} == set(bodies.values())
        assert {("main", "ok"): 3} == place.house.reads

    async def test_what_is_missing_is_named(self, place: Place) -> None:
        with pytest.raises(Refusal, match="'people/bob'") as refused:
            await place.settle("l_people:bob")

        assert (404, "layer_not_found") == (refused.value.rule.status, refused.value.rule.code)
        assert 1 == len(refused.value.tags)

    async def test_a_layer_that_is_not_reached_may_be_missing(self, place: Place) -> None:
        _, findings = await place.settle("if_w_gt_900/l_none/fl_layer_apply/if_end/l_logo,w_1")

        assert {LOGO} == set(findings.assets)

    async def test_a_broken_layer_is_named_each_time_alike(self, place: Place) -> None:
        told = []
        for _ in range(3):
            with pytest.raises(BrokenImage) as broken:
                await place.settle("l_broken")
            told.append(broken.value.message)

        assert ["the layer 'broken': it said so"] * 3 == told

    async def test_a_picture_by_url_is_not_fetched_where_that_is_off(self, place: Place) -> None:
        asked = seen(place)
        with pytest.raises(FetchForbidden, match="off"):
            await place.settle("l_fetch:aHR0cDovL2V4YW1wbGUuY29tL2EuanBn")

        assert 2 == asked(), "the picture itself, looked for and read"

    async def test_what_people_say_is_found(self, place: Place) -> None:
        _, findings = await place.settle("if_!sale!_in_tags,w_2")

        assert (place.said.details, 5.0) == (findings.known.details, findings.said_at)
        assert 5.0 == findings.modified_at

    async def test_it_comes_to_an_end(self, place: Place) -> None:
        asset = await place.cat()

        def never(known: Known) -> Any:
            raise Unsettled(details=True)

        with pytest.raises(LimitExceeded):
            await place.research.settle(never, parse("w_1"), asset, Unsettled(details=True))

    async def test_a_database_that_is_away(self, place: Place) -> None:
        place.away = MetadataUnavailable("gone")

        with pytest.raises(Refusal) as refused:
            await place.settle("if_!sale!_in_tags,w_2")
        assert (503, "details_unavailable") == (refused.value.rule.status, refused.value.rule.code)

    async def test_looking_ahead(self, place: Place) -> None:
        recipe = parse("l_logo/fl_layer_apply,x_1/u_none,w_1")
        before = place.research.knows(recipe)
        place.research.foresee(recipe)
        await until(lambda: place.research.knows(recipe))
        asked = seen(place)
        place.research.foresee(recipe)
        await asyncio.sleep(0.01)

        assert (False, 0) == (before, asked())
        assert place.finder.fresh(place_of(LOGO)) is not None


class TestHolding:
    async def test_what_is_fresh_costs_nothing(self, place: Place) -> None:
        _, findings = await place.settle("if_!sale!_in_tags,l_logo,w_1")
        asked, people = seen(place), place.asked_people
        held = [await place.research.hold(findings, "cat") for _ in range(100)]

        assert ([0.0] * 100, 0, people) == (held, asked(), place.asked_people)

    async def test_a_layer_that_was_replaced_or_removed(self, place: Place) -> None:
        _, findings = await place.settle("l_logo")
        await place.house.storage.write("logo.png", b"another")
        place.house.clock.now += 301
        replaced = await place.research.hold(findings, "cat")
        await place.house.storage.delete("logo.png")
        place.house.clock.now += 301

        assert [None, None] == [replaced, await place.research.hold(findings, "cat")]

    async def test_a_layer_that_was_only_touched(self, place: Place) -> None:
        _, findings = await place.settle("l_logo")
        await place.house.storage.write("logo.png", b"logo!")
        place.house.clock.now += 301

        assert 0.0 == await place.research.hold(findings, "cat")

    async def test_a_storage_that_is_away_contradicts_nothing(self, place: Place) -> None:
        _, findings = await place.settle("l_logo")
        assert isinstance(place.house.storage, FaultyStorage)
        place.house.storage.fail(OriginUnavailable("gone"))
        place.house.clock.now += 310
        stale = await place.research.hold(findings, "cat")
        place.house.clock.now += 1000

        assert 10.0 == stale
        with pytest.raises(OriginUnavailable):
            await place.research.hold(findings, "cat")

    async def test_what_people_say_now(self, place: Place) -> None:
        _, findings = await place.settle("if_!sale!_in_tags,w_2")
        place.house.clock.now += 3
        same = await place.research.hold(findings, "cat")
        place.said = Said(Details(), 6.0)
        place.house.clock.now += 3
        other = await place.research.hold(findings, "cat")

        assert (0.0, None, 3) == (same, other, place.asked_people)

    async def test_a_table_that_changed(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        _, findings = await place.settle("l_lut:table.cube")
        fresh = await place.research.hold(findings, "cat")
        await place.house.storage.write("table.cube", b"another table")
        monkeypatch.setattr(place.research._files._known, "_seconds", 0.0)

        assert (0.0, None) == (fresh, await place.research.hold(findings, "cat"))

    async def test_a_layer_replaced_before_it_is_read(self, place: Place) -> None:
        plan, findings = await place.settle("l_logo")
        place.house.library._recent.clear()
        await place.house.storage.write("logo.png", b"another")
        with pytest.raises(OriginChanged):
            await place.research.read(plan.hashes(), findings)
        await place.research.look_again([LOGO, SourceId("image", "none"), SourceId("file", "a.cube")])

        assert await place.research.hold(findings, "cat") is None
