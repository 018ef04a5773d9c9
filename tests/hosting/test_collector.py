"""What is collected and when, what a crash leaves and how it is found; on both databases."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from origin.hosting.audit import FAULTS, Audit
from origin.hosting.collector import Collector, listed
from origin.hosting.faultpoints import POINTS, VARIABLE, crash_at, hooked
from origin.hosting.model import Blob
from origin.storage.memory import MemoryStorage
from tests.hosting.conftest import Hosting

HOUR, DAY = 3600, 86_400


def collector_of(hosting: Hosting) -> Collector:
    # The storage in memory dates by the real clock, which is ahead of the test's.
    return Collector(store=hosting.store, storage=hosting.storage, young_seconds=-1e10)


async def faults(hosting: Hosting) -> list[tuple[str, str]]:
    audit = Audit(store=hosting.store, storage=hosting.storage, collector=collector_of(hosting), sample=1)
    return [(fault.kind, fault.where) async for fault in audit.faults()]


async def test_an_object_goes_a_day_after_its_last_picture(hosting: Hosting) -> None:
    collector = collector_of(hosting)
    one = await hosting.upload(b"cat", "one")
    await hosting.upload(b"cat", "two")
    await hosting.deletions.delete("one")
    verdicts = [await collector.collect(one.blob)]
    await hosting.deletions.delete("two")
    verdicts.append(await collector.collect(one.blob))
    hosting.clock.now += DAY
    verdicts += [await collector.collect(one.blob), await collector.collect(one.blob)]

    assert verdicts == ["referred", "too_early", "deleting", "past"]
    assert hosting.storage._objects == {}


async def test_what_comes_back_has_another_epoch(hosting: Hosting) -> None:
    first = (await hosting.upload(b"cat", "one")).blob
    await hosting.deletions.delete("one")
    hosting.clock.now += DAY
    await collector_of(hosting).sweep()
    second = (await hosting.upload(b"cat", "two")).blob
    late = await collector_of(hosting).collect(first)

    assert (first.epoch, second.epoch, late) == (1, 2, "past")
    assert list(hosting.storage._objects) == [second.key]
    assert await faults(hosting) == []


async def test_what_is_used_again_in_time_stays(hosting: Hosting) -> None:
    blob = (await hosting.upload(b"cat", "one")).blob
    await hosting.deletions.delete("one")
    hosting.clock.now += DAY - 10
    again = (await hosting.upload(b"cat", "two")).blob
    hosting.clock.now += DAY

    assert again == blob
    assert await collector_of(hosting).sweep() == 0


async def test_orphans_are_swept(hosting: Hosting) -> None:
    data = b"of an upload that died"
    orphan = Blob(content_hash=sha256(data).hexdigest(), epoch=1, size=len(data))
    await hosting.storage.write(orphan.key, data)
    await hosting.storage.write("o/readme.txt", b"somebody else's")
    kept = await hosting.upload(b"cat", "one")
    before = await faults(hosting)
    gone = await collector_of(hosting).sweep()
    again = (await hosting.upload(data, "two")).blob

    assert before == [("object_without_row", orphan.key)]
    assert (gone, again.epoch) == (1, 2)
    assert set(hosting.storage._objects) == {"o/readme.txt", kept.blob.key, again.key}


async def test_young_and_intended_objects_are_left_alone(hosting: Hosting) -> None:
    class Died(Exception):
        pass

    async def die(point: str) -> None:
        if point == "upload.verified":
            raise Died

    with hooked(die), pytest.raises(Died):
        await hosting.upload(b"cat", "one")
    young = Collector(store=hosting.store, storage=hosting.storage, young_seconds=1e10)
    swept = [await young.sweep(), await collector_of(hosting).sweep()]
    hosting.clock.now += HOUR
    swept += [await collector_of(hosting).sweep()]

    assert swept == [0, 0, 1]


async def test_faults_are_found(hosting: Hosting) -> None:
    missing = await hosting.upload(b"missing", "a")
    short = await hosting.upload(b"short", "b")
    other = await hosting.upload(b"other", "c")
    await hosting.storage.delete(missing.blob.key)
    await hosting.storage.write(short.blob.key, b"sh")
    await hosting.storage.write(other.blob.key, b"rehto")

    assert sorted(await faults(hosting)) == [
        ("object_missing", missing.blob.key),
        ("object_of_another_size", short.blob.key),
        ("object_of_other_bytes", other.blob.key),
    ]
    assert set(FAULTS) >= {kind for kind, _ in await faults(hosting)}


async def test_an_upload_mends_a_damaged_object(hosting: Hosting) -> None:
    blob = (await hosting.upload(b"cat", "one")).blob
    await hosting.storage.write(blob.key, b"dog")
    await hosting.upload(b"cat", "two")

    assert hosting.storage._objects[blob.key][0] == b"cat"


async def test_many_objects_are_listed_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("origin.hosting.collector._LISTED", 5)
    storage = MemoryStorage()
    keys = {Blob(content_hash=sha256(b"%d" % n).hexdigest(), epoch=1, size=1).key for n in range(300)}
    for key in keys:
        await storage.write(key, b"")
    found = [stat.key async for page in listed(storage, "o/") for stat in page]

    assert sorted(keys) == sorted(found)


def test_a_process_dies_where_it_is_told_to(tmp_path: Path) -> None:
    code = """
import asyncio
from origin.hosting.faultpoints import reach

async def main():
    for _ in range(3):
        print("here", flush=True)
        await reach("upload.committed")

asyncio.run(main())
"""
    environment = {**os.environ, VARIABLE: "upload.committed:2"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "here\nhere\n")


@pytest.mark.parametrize("wrong", ["nowhere", "upload.begun:x", ":1"])
def test_points_that_there_are_not(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"Expected one of upload\.begun"):
        crash_at(wrong)


def test_every_place_that_is_come_by_has_a_name() -> None:
    root = Path(__file__).parents[2]
    text = "".join(
        file.read_text() for floor in ("origin", "proxy") for file in sorted((root / floor).rglob("*.py"))
    )

    assert set() == set(re.findall(r'await reach\("([^"]*)"\)', text)) - set(POINTS)
