"""`calotype import` and `export`, run as an operator runs them: folders, lists, buckets, and back again."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from PIL import Image

from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from origin.hosting.deletions import Deletions
from origin.hosting.listing import Query
from origin.hosting.model import HostedAsset
from origin.hosting.store import HostingStore
from origin.metadata.store import MetadataStore
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from proxy.cli import main
from tests.services.s3 import S3Server

T = TypeVar("T")


def picture(shade: int, format: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (24, 16), (shade, 90, 200 - shade)).save(out, format)
    return out.getvalue()


class House:
    """A data folder, and folders beside it to import from."""

    def __init__(self, folder: Path, valkey_url: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.settings = {
            "CALOTYPE_DATA_DIR": str(self.data),
            "CALOTYPE_CONFIG": "",
            "CALOTYPE_REDIS__URL": valkey_url,
            "CALOTYPE_RENDER__WORKERS": "1",
        }

    def calotype(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        """Status, output and complaints of a command: in this process, since to start one takes long."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CALOTYPE_")}
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, clean | self.settings | env, clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = main(arguments)
        return status, out.getvalue(), err.getvalue()

    def put(self, name: str, data: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def do(self, work: Callable[[HostingStore], Awaitable[T]]) -> T:
        async def opened() -> T:
            metadata = MetadataStore(f"sqlite:///{self.data}/calotype.db")
            await metadata.open()
            await metadata.migrate()
            try:
                return await work(HostingStore(metadata))
            finally:
                await metadata.close()

        return asyncio.run(opened())

    def all(self) -> dict[str, HostedAsset]:
        async def work(store: HostingStore) -> dict[str, HostedAsset]:
            page = await store.list(Query(newest_first=False), limit=1000)
            return {asset.public_id: asset for asset in page.items}

        return self.do(work)

    def delete(self, public_id: str) -> None:
        self.do(lambda store: Deletions(store=store).delete(public_id))


@pytest.fixture
def house(tmp_path: Path, valkey_url: str) -> House:
    return House(tmp_path / "house", valkey_url)


def counts(told: str) -> dict[str, int]:
    lines = (line.split(maxsplit=1) for line in told.splitlines() if line.startswith("  "))
    return {what.partition(",")[0].partition(":")[0]: int(number.replace(",", "")) for number, what in lines}


def test_a_folder_with_bad_files(house: House) -> None:
    house.put("photos/cat.jpg", picture(1))
    house.put("photos/press/tom cat.png", picture(2, "PNG"))
    house.put("photos/cat.webp", picture(3, "WEBP"))
    house.put("photos/broken.jpg", picture(4)[:200])
    house.put("photos/notes.txt", "no picture")
    house.put("photos/.hidden/dog.jpg", picture(5))
    would = house.calotype("import", "photos", "--dry-run", "--tag", "old")
    before = house.all()
    status, told, complaints = house.calotype("import", "photos", "--tag", "old")
    after = house.all()
    again = house.calotype("import", "photos", "--tag", "new")

    assert {} == before
    assert [1, 1, 1] == [would[0], status, again[0]]
    assert {"stored": 2, "left out": 1, "failed": 2} == counts(told) == counts(would[1])
    assert {"there already": 2, "left out": 1, "failed": 2} == counts(again[1])
    assert {"cat": ("old",), "press/tom cat": ("old",)} == {k: asset.tags for k, asset in after.items()}
    assert after == house.all()
    assert "calotype: broken.jpg: the original does not decode as jpg" in complaints
    assert "calotype: cat.webp: its public id, cat, is also that of cat.jpg\n" in complaints


def test_what_is_there_and_what_was_deleted_is_left_alone(house: House) -> None:
    house.put("photos/cat.jpg", picture(1))
    house.put("photos/dog.jpg", picture(2))
    house.calotype("import", "photos")
    house.delete("dog")
    house.put("photos/cat.jpg", picture(3))
    refused = house.calotype("import", "photos")
    kept = house.all()
    done = house.calotype("import", "photos", "--overwrite", "--restore-deleted")

    assert (1, {"deleted since": 1, "failed": 1}) == (refused[0], counts(refused[1]))
    assert "cat.jpg: there is another picture under the public id cat; --overwrite replaces it" in refused[2]
    assert ["cat"] == list(kept)
    assert (0, {"stored": 1, "stored over others": 1}) == (done[0], counts(done[1]))


LIST = """\
file,public_id,tags,context,access_mode
photos/cat.jpg,pets/cat,"cat, animal",caption=A cat|alt=x,authenticated
photos/missing.jpg,pets/none,,,
photos/dog.jpg,pets/dog,,no pairs,
photos/dog.jpg,../dog,,,
photos/dog.jpg,,,
"""


def test_a_list_with_bad_lines(house: House) -> None:
    house.put("photos/cat.jpg", picture(1))
    house.put("photos/dog.jpg", picture(2))
    house.put("list.csv", LIST)
    status, told, complaints = house.calotype("import", "list.csv", "--owner", "ana")
    (cat,) = house.all().values()
    house.put("list.csv", LIST.replace("A cat", "Tom"))
    differs = house.calotype("import", "list.csv", "--owner", "ana")
    house.calotype("import", "list.csv", "--owner", "ana", "--overwrite")

    assert (1, {"stored": 1, "failed": 4}) == (status, counts(told))
    assert ("ana", "pets/cat", ("animal", "cat"), {"caption": "A cat", "alt": "x"}, "authenticated") == (
        *(cat.owner, cat.public_id, cat.tags, cat.context, cat.access_mode),
    )
    for place, reason in {
        "list.csv:3 photos/missing.jpg": "there is no such file",
        "list.csv:4": "context: expected key=value|key=value",
        "list.csv:5 photos/dog.jpg": "public_id (../dog) is invalid",
        "list.csv:6": "expected 5 columns, got 4",
    }.items():
        assert any(
            line.startswith(f"calotype: {place}: ") and reason in line for line in complaints.split("\n")
        )
    assert 1 == counts(differs[1])["there already"]
    assert "Tom" == house.all()["pets/cat"].context["caption"]


def test_what_is_no_list_is_told(house: House) -> None:
    house.put("list.csv", "name,tags\ncat.jpg,cat\n")
    status, told, complaints = house.calotype("import", "list.csv")

    assert (1, "") == (status, told)
    assert complaints.startswith(
        "calotype: list.csv: expected a first line with the names of columns: file and"
    )
    assert (1, "") == house.calotype("import", "nothing-here")[:2]


@pytest.fixture
def exported(house: House) -> Iterator[House]:
    """A house with pictures that have all that can be said of them, and its export in `out`."""
    house.put("photos/cat.jpg", picture(1))
    house.put("photos/dog.png", picture(2, "PNG"))
    house.put("photos/deep.jpg/er.jpg", picture(3))
    lines: list[dict[str, Any]] = [
        {"file": "photos/cat.jpg", "public_id": "a/cat", "owner": "ana", "tags": ["x", "Ü,\u2028"]},
        {"file": "photos/dog.png", "public_id": "dog", "owner": "ben", "state": "held", "metadata": {"n": 3}},
        {"file": "photos/deep.jpg/er.jpg", "owner": "ana", "coordinates": [1, 2, 3, 4]},
        {"file": "photos/cat.jpg", "public_id": "a/cat too", "owner": "ana", "access_mode": "authenticated"},
    ]
    house.put("all.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert 0 == house.calotype("import", "all.jsonl")[0]

    async def album(store: HostingStore) -> None:
        albums = Albums(store=store, deletions=Deletions(store=store))
        made = await albums.create(owner="ana", title="Cats", visibility="public", name="cats")
        pictures = AlbumPictures(store=store)
        await pictures.add(made.album_id, ["a/cat too", "photos/deep.jpg/er", "a/cat"])
        await albums.update(made.album_id, {"cover": "a/cat"})

    house.do(album)
    yield house


def said_of(assets: dict[str, HostedAsset]) -> list[HostedAsset]:
    return [replace(each, updated_at=0.0, generation=0) for each in assets.values()]


def test_an_export_imports_again_as_it_was(exported: House, valkey_url: str) -> None:
    first = exported.calotype("export", "out")
    again = exported.calotype("export", "out")
    other = House(exported.folder / "other", valkey_url)
    done = other.calotype("import", str(exported.folder / "out"))
    back = other.calotype("export", "out")
    lists = [[(house.folder / "out" / name).read_text() for name in LISTS] for house in (exported, other)]

    assert (0, {"copied": 4, "albums": 1}) == (first[0], counts(first[1]))
    assert (0, {"there already": 4, "albums": 1}) == (again[0], counts(again[1]))
    assert (0, {"stored": 4, "albums": 1}) == (done[0], counts(done[1]))
    assert said_of(exported.all()) == said_of(other.all())
    assert 0 == back[0]
    assert lists[0] == lists[1]
    assert picture(1) == (exported.folder / "out/pictures/a/cat.jpg").read_bytes()


LISTS = ("manifest.jsonl", "albums.jsonl")


def test_a_damaged_object_keeps_no_other_back(exported: House) -> None:
    place = exported.data / "hosted" / exported.all()["dog"].blob.key
    place.chmod(0o600)
    place.write_bytes(b"something else")
    status, told, complaints = exported.calotype("export", "out", "--owner", "ben")
    whole = exported.calotype("export", "out2")
    mended = exported.calotype("import", "all.jsonl")
    sound = exported.calotype("audit", "--sample", "1")

    assert (1, {"missing or damaged": 1}) == (status, counts(told))
    assert complaints.startswith("calotype: dog: its object, o/")
    assert (1, {"copied": 3, "albums": 1, "missing or damaged": 1}) == (whole[0], counts(whole[1]))
    assert "1  there already, but their objects were not: stored again" in mended[1]
    assert 3 == counts(mended[1])["there already"]
    assert (0, "no faults") == (sound[0], sound[1].split("; ")[1].strip())


def test_buckets(exported: House, s3_bucket: S3Server) -> None:
    aws = {
        "AWS_ENDPOINT_URL": s3_bucket.endpoint_url,
        "AWS_ACCESS_KEY_ID": s3_bucket.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3_bucket.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    there = f"s3://{s3_bucket.bucket}"
    out = exported.calotype("export", f"{there}/backup", **aws)
    again = exported.calotype("export", f"{there}/backup", **aws)
    asyncio.run(put(s3_bucket, "loose/x/one.jpg", picture(70)))
    exported.put("from-bucket.jsonl", json.dumps({"file": f"{there}/loose/x/one.jpg", "public_id": "one"}))
    results = [
        exported.calotype("import", source, **aws)
        for source in (f"{there}/backup/", f"{there}/loose", "from-bucket.jsonl", f"{there}-not-there")
    ]
    wrong = aws | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    denied = exported.calotype("import", f"{there}/loose", **wrong)
    no_way_out = exported.calotype("export", f"{there}/other", **wrong)

    assert [(0, {"copied": 4, "albums": 1}), (0, {"there already": 4, "albums": 1})] == [
        (status, counts(told)) for status, told, _ in (out, again)
    ]
    assert [0, 0, 0, 1] == [status for status, *_ in results]
    assert [{"there already": 4, "albums": 1}, {"stored": 1}] == [counts(told) for _, told, _ in results[:2]]
    assert {"x/one", "one"} <= set(exported.all())
    assert (1, "") == denied[:2]
    assert "denied" in denied[2]
    assert (1, True) == (no_way_out[0], no_way_out[2].startswith(f"calotype: export: {there}/other/"))


async def put(server: S3Server, key: str, data: bytes) -> None:
    storage = S3Storage(client=S3Client(S3Settings(**server.settings)), bucket=server.bucket)
    await storage.write(key, data)
    await storage.close()
