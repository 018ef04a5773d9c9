"""A state machine that hypothesis drives: what an owner does to his pictures, held against a model."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from origin.errors import AssetNotFound, PublicIdTaken
from origin.hosting.audit import Audit
from origin.hosting.faultpoints import POINTS, hooked
from origin.hosting.listing import Query
from origin.hosting.model import Wanted
from origin.hosting.store import HostingStore
from origin.metadata.store import MetadataStore
from tests.hosting.histories import KEEP_SECONDS, Crash, House, settle_down, times
from tests.hosting.in_this_thread import InThisThread
from tests.hosting.pictures import received, summary
from tests.origin.house import Clock

IDS = st.sampled_from(["a", "b", "c"])
FILES = st.sampled_from([b"one", b"two"])
ENDS = st.sampled_from([None, None, *POINTS])


class Pictures(RuleBasedStateMachine):
    """The model is a dictionary of what is shown. A step may end at any fault point; then it is done again,
    as a client does that got no answer, and must come to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        metadata = MetadataStore("sqlite:////nowhere/never.db")
        metadata._database = InThisThread()
        self.clock = Clock()
        self.house = House(HostingStore(metadata, times=times(), clock=self.clock), self.clock, "ana")
        self.shown: dict[str, bytes] = {}
        self.generations: dict[str, int] = {}

    def do(self, work: Any, end: str | None) -> Any:
        """The answer to `work`, which dies at the point `end` the first time, if it comes by there."""

        async def die(point: str) -> None:
            if point == end:
                raise Crash

        async def once() -> Any:
            try:
                with hooked(die):
                    return await work()
            except Crash:
                # Nobody told our tiers: a dispatcher does, before a client comes back.
                for entry in await self.house.outbox.lease(limit=100, seconds=5, kinds=["purge"]):
                    await self.house.run_job(entry)
                    await self.house.outbox.done(entry)
                return await work()

        return self.loop.run_until_complete(once())

    @rule(public_id=IDS, data=FILES, end=ENDS)
    def upload(self, public_id: str, data: bytes, end: str | None) -> None:
        wanted = Wanted(owner="ana", public_id=public_id)
        self.do(lambda: self.house.uploads.keep(received(data), summary(), wanted), end)
        self.shown[public_id] = data

    @rule(data=FILES, end=ENDS)
    def upload_without_a_name(self, data: bytes, end: str | None) -> None:
        wanted = Wanted(owner="ana")
        stored = self.do(lambda: self.house.uploads.keep(received(data), summary(), wanted), end)
        assert self.shown.setdefault(stored.asset.public_id, data) == data

    @rule(public_id=IDS, end=ENDS)
    def delete(self, public_id: str, end: str | None) -> None:
        self.do(lambda: self.house.deletions.delete(public_id), end)
        self.shown.pop(public_id, None)

    @rule(old=IDS, new=IDS, end=ENDS)
    def rename(self, old: str, new: str, end: str | None) -> None:
        done = old in self.shown and new not in self.shown
        try:
            self.do(lambda: self.house.changes.rename(old, new), end)
        except (AssetNotFound, PublicIdTaken):
            # Refused, or done before it died.
            assert not done or end is not None
        if done:
            self.shown[new] = self.shown.pop(old)

    @rule(end=ENDS)
    def work(self, end: str | None) -> None:
        async def all_that_is_due() -> None:
            while entries := await self.house.outbox.lease(limit=10, seconds=5):
                for entry in entries:
                    await self.house.run_job(entry)
                    await self.house.outbox.done(entry)

        self.do(all_that_is_due, end)

    @rule(end=ENDS)
    def sweep(self, end: str | None) -> None:
        self.do(self.house.collector.sweep, end)

    @rule(seconds=st.sampled_from([1.0, KEEP_SECONDS, 3600.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def what_is_shown_is_what_was_uploaded(self) -> None:
        answers = {name: self.do(lambda n=name: self.house.answer(n), None) for name in ("a", "b", "c")}
        listed = self.do(lambda: self.house.store.list(Query(owner="ana")), None)

        assert {n: d for n, d in self.shown.items() if n in answers} == {
            n: d for n, d in answers.items() if d
        }
        assert {asset.public_id for asset in listed.items} == set(self.shown)

    @invariant()
    def generations_never_go_back(self) -> None:
        known = self.do(lambda: self.house.store.get_many(["a", "b", "c"]), None)
        now = {name: asset.generation for name, asset in known.items()}

        assert all(now.get(name, 0) >= generation for name, generation in self.generations.items())
        self.generations = now

    @invariant()
    def nothing_is_lost_and_references_are_right(self) -> None:
        async def faults() -> list[str]:
            audit = Audit(
                store=self.house.store, storage=self.house.storage, collector=self.house.collector, sample=1
            )
            return [fault.kind async for fault in audit.faults()]

        assert set() == set(self.do(faults, None)) - {"object_without_row"}

    def teardown(self) -> None:
        self.do(lambda: settle_down(self.house), None)

        async def kept() -> set[str]:
            return {stat.key for stat in await self.house.storage.list("o/", limit=100)}

        assert len(self.do(kept, None)) == len(set(self.shown.values()))
        self.do(self.house.store.metadata.close, None)
        self.loop.close()


TestPictures = Pictures.TestCase
TestPictures.settings = settings(
    max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
