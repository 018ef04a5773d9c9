"""Variants as files of one machine: bounded, shared by its processes, and trusted only since they hear."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from proxy.cache.base import TierError
from proxy.cache.disk import DiskTier
from proxy.variant import Variant, original_part
from tests.proxy.test_cache_contract import ANA, BOB, make

LATER = 100.0
"""Seconds by which a process begins after another."""


class Store:
    """The one that lasts, as far as it is asked."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.asked: list[str] = []
        self.away = False
        self.meanwhile: Callable[[], object] = lambda: None

    async def has(self, key: str) -> bool:
        self.asked.append(key)
        self.meanwhile()
        if self.away:
            raise TierError("away")
        return key in self.keys


class Machine:
    """A folder, and the processes that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store()
        self.hears = True
        self.tiers: list[DiskTier] = []

    def process(self, *, max_bytes: int = 8_000_000, began: float = 0.0, processes: int = 1) -> DiskTier:
        """One more, begun so many seconds from now."""
        begun = [time.time() + began]

        def clock() -> float:
            """When it began, at first."""
            return begun.pop() if begun else time.time()

        tier = DiskTier(
            self.folder,
            max_bytes=max_bytes,
            processes=processes,
            confirm=self.store.has,
            hears=lambda: self.hears,
            clock=clock,
        )
        self.tiers.append(tier)
        return tier

    def files(self, suffix: str = ".variant") -> list[Path]:
        return sorted(path for path in self.folder.rglob(f"*{suffix}") if path.is_file())

    def bytes(self) -> int:
        total = 0
        for path in self.folder.rglob("*"):
            # Files come and go.
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_blocks * 512 if path.is_file() else 0
        return total


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path / "disk")
    yield machine
    for tier in machine.tiers:
        await tier.close()


def variant(number: int, size: int = 100, *, of: str = ANA, layers: tuple[str, ...] = ()) -> Variant:
    digest = hashlib.sha256(b"%d" % number).hexdigest()[:32]
    return make(os.urandom(size), key=original_part(of) + digest, made_of=(of, *layers))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the file system tells nobody
            await asyncio.sleep(0.01)


async def test_a_process_that_hears_asks_nobody(machine: Machine) -> None:
    tier, picture = machine.process(began=-1.0), variant(1)
    await tier.put(picture)

    assert picture == await tier.get(picture.key)
    assert [] == machine.store.asked


async def test_after_a_start_the_store_is_asked_once(machine: Machine) -> None:
    picture = variant(1)
    await machine.process(began=-LATER).put(picture)
    machine.store.keys.add(picture.key)
    for path in machine.files():
        os.utime(path, (1e9, 1e9))
    later = machine.process(began=-1.0)

    assert [picture, picture] == [await later.get(picture.key), await later.get(picture.key)]
    assert [picture.key] == machine.store.asked


async def test_what_may_be_missed_while_the_store_is_asked_counts(machine: Machine) -> None:
    picture = variant(1)
    await machine.process(began=-LATER).put(picture)
    machine.store.keys.add(picture.key)
    tier = machine.process(began=0.5)
    machine.store.meanwhile = lambda: time.sleep(1.0) or tier.forget_all()
    first = await tier.get(picture.key)
    machine.store.meanwhile = lambda: None
    await tier.close()

    assert picture == first
    assert not tier._is_trusted(machine.files()[0].stat().st_mtime)


async def test_a_file_of_a_time_to_come_is_asked_about(machine: Machine) -> None:
    tier, picture = machine.process(began=-1.0), variant(1)
    await tier.put(picture)
    for path in machine.files():
        os.utime(path, (time.time() + 1000, time.time() + 1000))

    assert await tier.get(picture.key) is None
    assert [picture.key] == machine.store.asked


async def test_a_variant_that_has_become_another_is_removed(machine: Machine) -> None:
    tier, first, other = machine.process(), variant(1), variant(2)
    await tier.put(first)
    await tier.put(other)
    tier.forget(first.key)
    await until(lambda: len(machine.files()) == 1)

    assert [other.key] == [path.stem for path in machine.files()]


async def test_what_the_store_has_no_more_is_removed(machine: Machine) -> None:
    picture = variant(1)
    await machine.process(began=-LATER).put(picture)

    assert await machine.process(began=LATER).get(picture.key) is None
    assert [] == machine.files()


async def test_a_store_that_is_away_leaves_the_file_and_the_picture_unshown(machine: Machine) -> None:
    picture = variant(1)
    await machine.process().put(picture)
    machine.store.away = True
    with pytest.raises(TierError):
        await machine.process(began=LATER).get(picture.key)

    assert 1 == len(machine.files())


async def test_a_deaf_process_asks_every_time(machine: Machine) -> None:
    tier, picture = machine.process(began=-1.0), variant(1)
    await tier.put(picture)
    machine.store.keys.add(picture.key)
    machine.hears = False

    assert [picture, picture] == [await tier.get(picture.key), await tier.get(picture.key)]
    machine.store.keys.clear()
    assert await tier.get(picture.key) is None
    assert 3 == len(machine.store.asked)


async def test_what_may_have_been_missed_is_looked_through(machine: Machine) -> None:
    tier, kept, taken = machine.process(began=LATER), variant(1), variant(2)
    await tier.put(kept)
    await tier.put(taken)
    machine.store.keys.add(kept.key)
    tier.forget_all()
    await until(lambda: len(machine.files()) == 1)

    assert [kept.key] == [path.stem for path in machine.files()]


async def test_what_is_forgotten_is_not_shown_while_it_is_removed(machine: Machine) -> None:
    tier = machine.process(began=-1.0)
    own, layered, other = variant(1), variant(2, of=BOB, layers=(ANA,)), variant(3, of=BOB)
    for picture in (own, layered, other):
        await tier.put(picture)
    tier.forget_made_of([ANA])

    assert [None, None, other] == [await tier.get(each.key) for each in (own, layered, other)]
    await until(lambda: not tier._forgetting)
    assert [other.key] == [path.stem for path in machine.files()]
    await tier.put(own)
    assert own == await tier.get(own.key)


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: data[:-1] + bytes([data[-1] ^ 1])])
async def test_a_damaged_file_is_a_miss_and_removed(machine: Machine, harm: Callable[[bytes], bytes]) -> None:
    tier, picture = machine.process(began=-1.0), variant(1)
    await tier.put(picture)
    (path,) = machine.files()
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(TierError):
        await tier.get(picture.key)

    assert await tier.get(picture.key) is None
    assert [] == machine.files()


async def test_what_was_wanted_lately_stays(machine: Machine) -> None:
    tier = machine.process(max_bytes=800_000, began=-1.0)
    pictures = [variant(number, 40_000) for number in range(15)]
    for number, picture in enumerate(pictures):
        await tier.put(picture)
        (path,) = machine.folder.rglob(f"{picture.key}.variant")
        os.utime(path, (1e9 + number, path.stat().st_mtime))
    assert pictures[0] == await tier.get(pictures[0].key)
    for number in range(100, 106):
        await tier.put(variant(number, 40_000))
    left = {path.stem for path in machine.files()}

    assert pictures[0].key in left
    assert pictures[1].key not in left
    assert machine.bytes() <= 800_000


async def test_processes_that_write_at_once_stay_within_the_bound(machine: Machine) -> None:
    tiers = [machine.process(max_bytes=2_000_000, processes=2, began=-1.0) for _ in range(2)]

    async def fill(tier: DiskTier, first: int) -> None:
        for number in range(first, first + 150):
            await tier.put(variant(number, 30_000))
            assert machine.bytes() <= 2_000_000

    await asyncio.gather(*(fill(tier, 1000 * at) for at, tier in enumerate(tiers)))

    # And it is used: what is evicted is an eighth at a time.
    assert machine.bytes() > 1_500_000


async def test_a_bound_of_another_start_is_kept(machine: Machine) -> None:
    large = machine.process(max_bytes=8_000_000, began=-1.0)
    for number in range(50):
        await large.put(variant(number, 40_000))
    await machine.process(max_bytes=800_000, began=-1.0).put(variant(99, 40_000))

    assert machine.bytes() <= 800_000


async def test_markers_go_after_what_they_lead_to(machine: Machine) -> None:
    tier = machine.process(max_bytes=800_000, began=-1.0)
    for number in range(10):
        await tier.put(variant(number, 40_000, layers=(BOB,)))
    for path in machine.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (1e9, 1e9))
    for number in range(10, 30):
        await tier.put(variant(number, 40_000, layers=(BOB,)))
    led_to = {path.stem.rpartition(".")[2] for path in machine.files(".layer")}

    # Each variant can be found; of those that went, none of the old.
    assert {path.stem for path in machine.files()} <= led_to
    assert not led_to & {variant(number).key for number in range(10)}


async def test_what_a_dead_writer_left_is_removed(machine: Machine) -> None:
    machine.folder.mkdir()
    old, new = machine.folder / ".calotype-0a", machine.folder / ".calotype-0b"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    await machine.process().put(variant(1))

    assert (False, True) == (old.exists(), new.exists())
