"""What a machine keeps on its disk is taken down as everything else is, also where it did not hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.hosting import test_takedown as whole
from tests.hosting.instances import CAT, DOG, Instance, Place, Slow, until
from tests.services.faulty_wire import FaultyWire

pytestmark = whole.pytestmark
PATH, LAYERED = "/w_20/cat.png", "/l_cat,w_5/fl_layer_apply/w_30/dog.png"


class Machines:
    """Two instances, each with a disk of its own, over one bucket and one Redis."""

    def __init__(self, folder: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._places = {name: Place(folder / name, redis_url, Slow()) for name in ("one", "other")}
        one, other = self._places.values()
        other.pictures, other.derived = one.pictures, one.derived

    @property
    def pictures(self) -> Any:
        return self._places["one"].pictures

    def reach_redis_by(self, name: str, url: str) -> None:
        self._places[name]._redis_url = url

    async def start(self, name: str) -> Instance:
        # Redis keeps nothing, so that disks are asked.
        cache = {"disk": {"max_bytes": 8_000_000}, "redis_max_object_bytes": 0, "memory_bytes": 0}
        return await self._places[name].instance(self._monkeypatch, cache=cache)

    def on_disk(self, name: str) -> int:
        return sum(1 for _ in (self.folder / name / "disk").rglob("*.variant"))

    async def close(self) -> None:
        for place in self._places.values():
            await place.close()


@pytest_asyncio.fixture
async def machines(tmp_path: Path, valkey: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machines]:
    machines = Machines(tmp_path, valkey, monkeypatch)
    machines.pictures.put("cat", CAT)
    machines.pictures.put("dog", DOG)
    yield machines
    await machines.close()


async def filled(machines: Machines, *instances: Instance) -> None:
    """Both pictures are on the disks of all these."""
    for instance in instances:
        for path in (PATH, LAYERED):
            status, _ = await instance.get(path)
            assert 200 == status
    for name in ("one", "other")[: len(instances)]:
        await until(lambda name=name: machines.on_disk(name) == 2)


async def test_a_disk_is_asked_before_the_bucket(machines: Machines) -> None:
    one = await machines.start("one")
    await filled(machines, one)
    rendered = one.pool.rendered
    headers = await one.headers(PATH)

    assert "detail=disk" in headers["Cache-Status"]
    assert rendered == one.pool.rendered


async def test_a_takedown_reaches_the_disks_of_all_who_hear(machines: Machines) -> None:
    one, other = await machines.start("one"), await machines.start("other")
    await filled(machines, one, other)
    notice = machines.pictures.put("cat", None)
    receipt = await one.takedown.run([notice])
    await until(lambda: machines.on_disk("one") == machines.on_disk("other") == 0)

    assert receipt.complete
    assert [410, 410] == [(await each.get(PATH))[0] for each in (one, other)]


async def test_a_machine_that_was_off_shows_nothing_old_and_cleans_up(machines: Machines) -> None:
    one, other = await machines.start("one"), await machines.start("other")
    await filled(machines, one, other)
    await other.close()
    await one.takedown.run([machines.pictures.put("cat", None)])
    # The same bytes under another name: a disk that believed itself would know them.
    machines.pictures.put("tom", CAT)
    assert 2 == machines.on_disk("other")
    back = await machines.start("other")
    _, shown = await back.get("/w_20/tom.png")

    assert CAT == shown
    assert 1 == back.pool.rendered
    await until(lambda: machines.on_disk("other") <= 1)


async def test_a_machine_that_was_deaf_cleans_up_when_it_hears_again(
    machines: Machines, faulty_wire: FaultyWire
) -> None:
    machines.reach_redis_by("other", faulty_wire.url)
    one, other = await machines.start("one"), await machines.start("other")
    await filled(machines, one, other)
    await faulty_wire.refuse()
    await until(lambda: not other.gone.listening)
    await one.takedown.run([machines.pictures.put("cat", None)])
    assert 2 == machines.on_disk("other")
    await asyncio.sleep(0)
    await faulty_wire.listen()

    await until(lambda: machines.on_disk("other") == 0)
