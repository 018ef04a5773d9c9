"""`calotype audit`, `gc` and `db`, run as an operator runs them, on a folder that a server left."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from origin.hosting.deletions import Deletions
from origin.hosting.model import Blob, HostedAsset, Wanted
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.metadata.store import MetadataStore
from origin.storage.filesystem import FilesystemStorage
from tests.hosting.pictures import received, summary
from tests.services import commands

DAY = 86_400


class House:
    """A data folder, and what is done to it between the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "hosted"
        self.objects.mkdir()

    def calotype(self, *arguments: str, **env: str) -> tuple[int, str]:
        environment = {"CALOTYPE_DATA_DIR": str(self.folder), "CALOTYPE_CONFIG": "", **env}
        done = commands.run(*arguments, folder=self.folder, environment=environment)
        return done.returncode, done.stdout + done.stderr

    def do(self, work: Callable[[HostingStore, FilesystemStorage], Awaitable[None]]) -> None:
        async def opened() -> None:
            metadata = MetadataStore(f"sqlite:///{self.folder}/calotype.db")
            storage = FilesystemStorage(path=self.objects)
            await metadata.open()
            await metadata.migrate()
            await work(HostingStore(metadata), storage)
            await storage.close()
            await metadata.close()

        asyncio.run(opened())

    def upload(self, *pictures: bytes) -> list[HostedAsset]:
        kept: list[HostedAsset] = []

        async def work(store: HostingStore, storage: FilesystemStorage) -> None:
            uploads = Uploads(store=store, storage=storage)
            for number, data in enumerate(pictures):
                wanted = Wanted(owner="ana", public_id=f"picture-{number}")
                kept.append((await uploads.keep(received(data), summary(0), wanted)).asset)

        self.do(work)
        return kept

    def delete(self, public_id: str) -> None:
        async def work(store: HostingStore, storage: FilesystemStorage) -> None:
            await Deletions(store=store).delete(public_id)

        self.do(work)

    def place(self, asset: HostedAsset) -> Path:
        return self.objects / asset.blob.key


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def aged(path: Path, days: float) -> Path:
    past = time.time() - days * DAY
    os.utime(path, (past, past))
    return path


def test_all_is_well(house: House) -> None:
    house.upload(b"one", b"two")

    assert (0, "2 pictures, 6 bytes; no faults\n") == house.calotype("audit", "--sample", "1")


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda path: path.unlink(), "object_missing"),
        (lambda path: path.write_bytes(b"longer than it was"), "object_of_another_size"),
        (lambda path: path.write_bytes(b"eno"), "object_of_other_bytes"),
    ],
)
def test_what_was_damaged_is_told(house: House, damage: Callable[[Path], None], kind: str) -> None:
    asset, _ = house.upload(b"one", b"two")
    house.place(asset).chmod(0o600)
    damage(house.place(asset))
    status, told = house.calotype("audit", "--sample", "1")

    assert 1 == status
    assert f"{kind:<26}{asset.blob.key}  picture-0\n" in told


def test_what_only_takes_room_is_no_danger(house: House) -> None:
    house.upload(b"one")
    orphan = house.objects / Blob(content_hash=received(b"orphan").content_hash, epoch=1, size=6).key
    orphan.parent.mkdir()
    orphan.write_bytes(b"orphan")
    aged(orphan, 3)
    status, told = house.calotype("audit", "--json")

    assert 0 == status
    assert {"pictures": 1, "bytes": 3, "faults": {"object_without_row": 1}} == json.loads(told)


def test_gc_removes_what_is_old_and_nothing_else(house: House) -> None:
    kept, deleted = house.upload(b"kept", b"deleted")
    house.delete(deleted.public_id)
    orphan = house.objects / Blob(content_hash=received(b"orphan").content_hash, epoch=1, size=6).key
    orphan.parent.mkdir()
    orphan.write_bytes(b"orphan")
    aged(orphan, 3)
    variants = house.folder / "derived" / "v" / "ab"
    variants.mkdir(parents=True)
    old, new = aged(variants_file(variants, "old"), 100), aged(variants_file(variants, "new"), 10)
    env = {"CALOTYPE_HOSTING__HOUSEKEEPING__BLOB_SECONDS": "0"}
    would = house.calotype("gc", "--dry-run", **env)
    before = [path.exists() for path in (house.place(deleted), orphan, old)]
    did = house.calotype("gc", **env)

    assert [True, True, True] == before
    assert [False, False, False] == [path.exists() for path in (house.place(deleted), orphan, old)]
    assert [True, True] == [path.exists() for path in (house.place(kept), new)]
    assert [0, 0] == [would[0], did[0]]
    assert [[0, 2, 1], [0, 2, 1]] == [counts(would[1])[:3], counts(did[1])[:3]]
    assert 0 == house.calotype("audit", "--sample", "1")[0]


def variants_file(folder: Path, name: str) -> Path:
    path = folder / f"ab{name}.variant"
    path.write_bytes(b"variant")
    return path


def counts(told: str) -> list[int]:
    return [int(line.split()[0]) for line in told.splitlines()]


def test_the_database_is_upgraded_when_asked(house: House) -> None:
    before = house.calotype("db", "current")
    upgraded = house.calotype("db", "upgrade")
    after = house.calotype("db", "current")

    assert [0, 0, 0] == [status for status, _ in (before, upgraded, after)]
    assert before[1].endswith("revision none\n")
    assert upgraded[1] == after[1] != before[1]


def test_a_database_that_is_away_is_told(house: House) -> None:
    away = {"CALOTYPE_METADATA__URL": "postgresql://nobody@127.0.0.1:1/none"}

    assert [1, 1] == [house.calotype(command, **away)[0] for command in ("gc", "audit")]


def test_an_object_newer_than_its_row_is_left_alone(house: House) -> None:
    (asset,) = house.upload(b"one")
    ahead = house.place(asset).with_name(f"{asset.blob.content_hash}.7")
    ahead.write_bytes(b"one")
    aged(ahead, 3)
    told = json.loads(house.calotype("audit", "--json")[1])
    counted = [counts(house.calotype("gc", *how)[1])[1] for how in (["--dry-run"], [])]

    assert {"object_ahead": 1} == told["faults"]
    assert [0, 0] == counted
    assert ahead.exists()
