"""Values that were read a moment ago, and what stands while they cannot be read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from origin.errors import AssetNotFound, OriginUnavailable
from proxy.coalesce import Coalescer
from proxy.lately import Lately
from tests.origin.house import Clock
from tests.services.render_pool import until


class Source:
    """Something to read: counts, fails and hangs when told to."""

    def __init__(self) -> None:
        self.value = "first"
        self.fault: Exception | None = None
        self.pause = asyncio.Event()
        self.pause.set()
        self.given: list[str | None] = []

    async def read(self, name: str, before: str | None) -> str:
        self.given.append(before)
        await self.pause.wait()
        if self.fault is not None:
            raise self.fault
        return self.value


def lately(source: Source, clock: Clock, **options: Any) -> Lately[str]:
    settings = {"what": "thing", "seconds": 2.0, "patience_seconds": 0.05, **options}
    return Lately(source.read, coalescer=Coalescer(), clock=clock, **settings)


async def test_a_value_is_read_once_until_it_is_old() -> None:
    source, clock = Source(), Clock()
    values = lately(source, clock)
    first = [await values.get("a"), await values.get("a"), values.recent("a")]
    source.value = "second"
    clock.now += 2.1
    old = values.recent("a")
    second = [await values.get("a"), values.recent("a")]

    assert (["first"] * 3, None, ["second"] * 2) == (first, old, second)
    assert [None, "first"] == source.given


async def test_all_who_ask_at_once_share_a_reading() -> None:
    source = Source()
    values = lately(source, Clock())

    assert ["first"] * 20 == await asyncio.gather(*(values.get("a") for _ in range(20)))
    assert [None] == source.given


async def test_the_last_value_stands_while_reading_fails() -> None:
    source, clock = Source(), Clock()
    values = lately(source, clock)
    await values.get("a")
    source.fault = OriginUnavailable("gone")
    clock.now += 3
    stale = [await values.get("a") for _ in range(5)]
    asked = len(source.given)
    clock.now += 3
    source.fault, source.value = None, "second"

    assert (["first"] * 5, 2) == (stale, asked), "and it is not asked with every request"
    assert "second" == await values.get("a")


async def test_a_slow_reading_is_not_waited_for_but_counts_when_it_ends() -> None:
    source, clock = Source(), Clock()
    values = lately(source, clock)
    await values.get("a")
    source.pause.clear()
    source.value = "second"
    clock.now += 3
    meanwhile = await values.get("a")
    source.pause.set()
    await until(lambda: values.recent("a") == "second")

    assert ("first", "second") == (meanwhile, await values.get("a"))
    assert 2 == len(source.given)


async def test_without_a_value_the_failure_is_the_answer() -> None:
    source = Source()
    source.fault = OriginUnavailable("gone")

    with pytest.raises(OriginUnavailable):
        await lately(source, Clock()).get("a")


async def test_what_is_no_longer_there_does_not_stand() -> None:
    source, clock = Source(), Clock()
    values = lately(source, clock)
    await values.get("a")
    source.fault = AssetNotFound("none")
    clock.now += 3
    for _ in range(2):
        with pytest.raises(AssetNotFound):
            await values.get("a")

    assert [None, "first", None] == source.given


async def test_no_more_are_kept_than_may_be() -> None:
    source = Source()
    values = lately(source, Clock(), entries=3)
    for name in "abcde":
        await values.get(name)

    assert [None, None, "first", "first", "first"] == [values.recent(name) for name in "abcde"]
