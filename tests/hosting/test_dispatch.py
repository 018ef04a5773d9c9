"""Jobs are taken from the outbox, done, put off, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from origin.hosting.model import Job
from origin.hosting.outbox import post
from proxy.jobs.dispatch import Dispatcher
from proxy.jobs.running import Handler, JobRefused, Runner
from tests.hosting.conftest import Hosting


class House:
    """A dispatcher without a queue, and what it was told."""

    def __init__(self, hosting: Hosting, handlers: Mapping[str, Handler]) -> None:
        self.hosting = hosting
        self.results: list[tuple[str, str]] = []
        self.runner = Runner(
            outbox=hosting.outbox,
            handlers=handlers,
            observe=lambda kind, result: self.results.append((kind, result)),
        )
        self.dispatcher = Dispatcher(runner=self.runner, feed=None, direct=4, observe=lambda *_: None)

    async def post(self, kind: str, **payload: Any) -> None:
        job = Job(kind=kind, payload=payload)
        await self.hosting.store.write(lambda transaction: post(transaction, job, key="a"))

    async def look(self) -> None:
        await self.dispatcher.look()
        await self.dispatcher.close(grace_seconds=10)


async def test_a_job_is_done_and_struck_off(hosting: Hosting) -> None:
    done: list[Mapping[str, Any]] = []

    async def note(payload: Mapping[str, Any]) -> None:
        done.append(payload)

    house = House(hosting, {"eager": note, "webhook": note})
    await house.post("eager", n=1)
    await house.post("webhook", n=2)
    await house.look()

    assert [1, 2] == sorted(payload["n"] for payload in done)
    assert {} == await hosting.outbox.waiting()


async def test_a_job_that_fails_comes_again_and_one_that_is_refused_does_not(hosting: Hosting) -> None:
    async def fail(_: Mapping[str, Any]) -> None:
        raise OSError("no answer")

    async def refuse(_: Mapping[str, Any]) -> None:
        raise JobRefused("not one of ours")

    house = House(hosting, {"eager": fail, "webhook": refuse})
    await house.post("eager")
    await house.post("webhook")
    await house.look()
    dead = await hosting.outbox.dead()

    assert [("eager", "failed"), ("webhook", "refused")] == sorted(house.results)
    assert {"eager": 1} == await hosting.outbox.waiting()
    assert ["JobRefused: not one of ours"] == [entry.last_error for entry in dead]


async def test_a_job_whose_worker_died_is_taken_by_another(hosting: Hosting) -> None:
    async def note(_: Mapping[str, Any]) -> None:
        """Do nothing."""

    house = House(hosting, {"eager": note})
    await house.post("eager")
    (lost,) = await hosting.outbox.lease(limit=1, seconds=house.runner.lease_seconds)
    await house.look()
    assert {"eager": 1} == await hosting.outbox.waiting()
    hosting.clock.now += house.runner.lease_seconds + 1
    await house.look()
    late = await house.runner.run(lost)

    assert {} == await hosting.outbox.waiting()
    # Whoever had it first, and is slow rather than dead, leaves it to the other.
    assert "lost" == late


async def test_a_long_job_keeps_its_lease(hosting: Hosting) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def wait(_: Mapping[str, Any]) -> None:
        begun.set()
        await end.wait()

    house = House(hosting, {"eager": wait})
    house.runner.lease_seconds = 0.06
    await house.post("eager")
    await house.dispatcher.look()
    await begun.wait()
    before = await hosting.outbox.pending()
    hosting.clock.now += 0.05
    for _ in range(200):
        (entry,) = await hosting.outbox.pending()
        if entry.lease_until != before[0].lease_until:
            break
        await asyncio.sleep(0.02)
    end.set()
    await house.dispatcher.close(grace_seconds=10)

    assert entry.lease_until == hosting.clock.now + 0.06
    assert [("eager", "done")] == house.results
