"""Large objects of a bucket that are laid in files while they come."""

from __future__ import annotations

import gc
import os
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from origin.errors import OriginalTooManyBytes, OriginUnavailable
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.spool import OpenFile, Spool
from tests.origin.test_s3_faults import BODY, MAX, Script, answer, rest
from tests.origin.test_s3_faults import script as script
from tests.origin.test_s3_faults import storage as storage


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", large_bytes=len(BODY))


def content(data: bytes | OpenFile) -> bytes:
    assert isinstance(data, OpenFile)
    return os.pread(data.descriptor, MAX, 0)


def open_files() -> list[str]:
    """Where the descriptors of this process lead."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(path.readlink()))
    return found


async def test_what_is_large_comes_in_a_file_and_what_is_small_does_not(
    script: Script, storage: S3Storage, spool: Spool, tmp_path: Path
) -> None:
    script.answers = [answer("200 OK", BODY), answer("200 OK", BODY[1:])]
    large, stat = await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)
    small, _ = await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)

    assert (BODY, len(BODY), BODY[1:]) == (content(large), stat.size, small)
    assert 2 == len(script.asked)
    assert [] == list((tmp_path / "spool").iterdir())


async def test_it_goes_on_where_it_fell_silent(script: Script, storage: S3Storage, spool: Spool) -> None:
    script.answers = [(answer("200 OK", BODY[:300_001], length=len(BODY)),), rest(300_001)]
    data, _ = await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)

    assert BODY == content(data)
    assert [None, "bytes=300001-"] == script.ranges()


async def test_one_that_changes_under_way_is_begun_anew(
    script: Script, storage: S3Storage, spool: Spool
) -> None:
    other = BODY[::-1] + b"longer"
    script.answers = [
        answer("200 OK", BODY[:300_000], length=len(BODY)),
        answer("412 Precondition Failed"),
        answer("200 OK", other, etag="two"),
    ]
    data, stat = await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)

    assert (other, "two") == (content(data), stat.etag)


async def test_what_never_comes_whole_leaves_nothing_open(
    script: Script, storage: S3Storage, spool: Spool
) -> None:
    parts = (100_000, 200_000, 300_000, 400_000)
    script.answers = [
        answer("200 OK", BODY[:100_000], length=len(BODY)),
        *(rest(start)[: 100_000 - len(BODY) + start] for start in parts),
    ]
    with pytest.raises(OriginUnavailable):
        await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)
    gc.collect()

    assert spool.takes(512_000_000)
    assert not [link for link in open_files() if "spool" in link]


async def test_too_large_is_refused_before_it_is_laid(
    script: Script, storage: S3Storage, spool: Spool, tmp_path: Path
) -> None:
    script.answers = [answer("200 OK", BODY)]
    with pytest.raises(OriginalTooManyBytes):
        await storage.read_spooled("cat.jpg", max_bytes=len(BODY) - 1, spool=spool)

    assert not (tmp_path / "spool").exists()


async def test_where_no_file_can_be_had_it_comes_as_bytes(
    script: Script, storage: S3Storage, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    script.answers = [answer("200 OK", BODY)]
    nowhere = Spool(tmp_path / "file", large_bytes=1)

    assert BODY == (await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=nowhere))[0]


async def test_no_more_than_a_few_pieces_are_held(script: Script, storage: S3Storage, spool: Spool) -> None:
    body = bytes(9_000_000)
    script.answers = [answer("200 OK", BODY), answer("200 OK", body)]
    await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)
    tracemalloc.start()
    try:
        data, _ = await storage.read_spooled("cat.jpg", max_bytes=MAX, spool=spool)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert body == content(data)
    # The script sends from this process: what it has not sent yet is counted, too.
    assert peak < len(body) + 2_500_000


def test_a_spool_takes_so_much_at_a_time(tmp_path: Path) -> None:
    spool = Spool(tmp_path, large_bytes=1000, max_bytes=5000)
    taken = [spool.takes(999), spool.takes(1000), spool.takes(5001)]
    file = spool.lay_out(4500)
    while_open = spool.takes(1000)
    del file

    assert ([False, True, False], False, True) == (taken, while_open, spool.takes(1000))


async def test_a_file_without_a_name_is_given_one(tmp_path: Path) -> None:
    storage, spool = FilesystemStorage(path=tmp_path / "files", create=True), Spool(tmp_path, large_bytes=1)
    file = spool.lay_out(len(BODY))
    assert file is not None
    file.write(BODY, 0)
    for key in ("a/one", "a/two", "a/one"):
        await storage.write(key, file)
    await storage.close()
    one, two = tmp_path / "files/a/one", tmp_path / "files/a/two"

    assert (BODY, BODY) == (one.read_bytes(), two.read_bytes())
    # The second is a copy: what is done to one of them must not be done to the other.
    assert [one, two] == sorted((tmp_path / "files/a").iterdir())
    assert one.stat().st_ino != two.stat().st_ino


async def test_a_file_system_without_nameless_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY | os.O_WRONLY)
    storage = FilesystemStorage(path=tmp_path / "files", create=True)
    file = Spool(tmp_path / "spool", large_bytes=1).lay_out(len(BODY))
    assert file is not None
    file.write(BODY, 0)
    await storage.write("one", file)
    await storage.close()

    assert BODY == (tmp_path / "files/one").read_bytes()
    assert [] == list((tmp_path / "spool").iterdir())
