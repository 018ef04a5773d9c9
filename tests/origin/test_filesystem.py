"""What only a folder can do to us: links, pipes, permissions, a volume that is not mounted."""

from __future__ import annotations

import errno
import os
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from origin.errors import AssetNotFound, InvalidKey, OriginDenied, OriginUnavailable
from origin.storage.filesystem import FilesystemStorage


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "near.jpg").write_bytes(b"not ours either")
    return tmp_path / "root"


@pytest.fixture
def storage(root: Path) -> FilesystemStorage:
    return FilesystemStorage(path=root)


@pytest.mark.parametrize(
    "target", ["../secret.jpg", "../root-2/near.jpg", "/etc/passwd", "nowhere", "loop.jpg"]
)
async def test_a_link_that_leads_out_is_no_object(
    storage: FilesystemStorage, root: Path, target: str
) -> None:
    (root / "loop.jpg").symlink_to(target)

    assert await storage.stat("loop.jpg") is None
    assert await storage.list("", limit=10) == []
    with pytest.raises(AssetNotFound):
        await storage.read("loop.jpg", max_bytes=100)


async def test_nothing_is_reached_through_a_folder_that_leads_out(
    storage: FilesystemStorage, root: Path
) -> None:
    (root / "out").symlink_to("..")

    assert await storage.stat("out/secret.jpg") is None
    assert await storage.list("out/", limit=10) == []
    assert await storage.list("out/secret", limit=10) == []
    with pytest.raises(InvalidKey):
        await storage.write("out/new/mine.jpg", b"")
    await storage.delete("out/secret.jpg")

    assert names(root.parent) == ["root", "root-2", "secret.jpg"]


async def test_links_within_are_followed(storage: FilesystemStorage, root: Path) -> None:
    await storage.write("photos/cat.jpg", b"meow")
    (root / "tom.jpg").symlink_to("photos/cat.jpg")
    (root / "pictures").symlink_to("photos")

    assert (await storage.read("tom.jpg", max_bytes=100))[0] == b"meow"
    assert (await storage.read("pictures/cat.jpg", max_bytes=100))[0] == b"meow"
    assert [stat.key for stat in await storage.list("pictures/", limit=10)] == ["pictures/cat.jpg"]
    assert [stat.key for stat in await storage.list("", limit=10)] == ["photos/cat.jpg", "tom.jpg"]
    await storage.delete("tom.jpg")
    assert await storage.stat("photos/cat.jpg") is not None
    assert await storage.stat("tom.jpg") is None


async def test_a_ring_of_folders_is_walked_once(storage: FilesystemStorage, root: Path) -> None:
    await storage.write("a/b/cat.jpg", b"meow")
    (root / "a" / "b" / "ring").symlink_to("..")

    assert [stat.key for stat in await storage.list("", limit=10)] == ["a/b/cat.jpg"]


async def test_the_folder_itself_may_be_a_link(root: Path) -> None:
    link = root.with_name("link")
    link.symlink_to("root")
    storage = FilesystemStorage(path=link)
    await storage.write("cat.jpg", b"meow")

    assert (await storage.read("cat.jpg", max_bytes=100))[0] == b"meow"
    assert (root / "cat.jpg").read_bytes() == b"meow"


async def test_a_pipe_is_no_object_and_holds_nobody(storage: FilesystemStorage, root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")

    assert await storage.stat("pipe.jpg") is None
    with pytest.raises(AssetNotFound):
        await storage.read("pipe.jpg", max_bytes=100)


async def test_what_is_still_being_written_is_not_seen(storage: FilesystemStorage, root: Path) -> None:
    (root / ".calotype-0123").write_bytes(b"half")

    assert await storage.list("", limit=10) == []
    assert await storage.stat(".calotype-0123") is None
    with pytest.raises(InvalidKey):
        await storage.write(".calotype-0123", b"")


async def test_a_write_that_fails_leaves_nothing(storage: FilesystemStorage, root: Path) -> None:
    (root / "cat.jpg").mkdir()

    with pytest.raises(InvalidKey):
        await storage.write("cat.jpg", b"meow")
    with pytest.raises(InvalidKey):
        await storage.write("n" * 300, b"meow")
    assert names(root) == ["cat.jpg"]


async def test_a_file_is_no_folder(storage: FilesystemStorage) -> None:
    await storage.write("cat", b"meow")

    with pytest.raises(InvalidKey):
        await storage.write("cat/tail", b"")
    with pytest.raises(InvalidKey):
        await storage.write("cat/long/tail", b"")


async def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    storage = FilesystemStorage(path=tmp_path / "unmounted")

    for attempt in (
        storage.stat("a"),
        storage.read("a", max_bytes=1),
        storage.write("a/b", b""),
        storage.list("", limit=1),
    ):
        with pytest.raises(OriginUnavailable, match="unmounted is not there"):
            await attempt
    assert not (tmp_path / "unmounted").exists()


async def test_a_file_where_the_folder_should_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "ours").write_text("a file")
    storage = FilesystemStorage(path=tmp_path / "ours", create=True)

    for attempt in (
        storage.stat("a"),
        storage.read("a", max_bytes=1),
        storage.write("a/b", b""),
        storage.write_new("a/b", b"", content_hash=sha256(b"").hexdigest()),
    ):
        with pytest.raises(OriginUnavailable, match="ours is a file, not a folder"):
            await attempt


async def test_a_full_disk_keeps_no_half(
    storage: FilesystemStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OriginUnavailable, match="No space left"):
        await storage.write_new("cat.jpg", b"meow", content_hash=sha256(b"meow").hexdigest())

    assert [] == names(root)


async def test_a_folder_of_our_own_is_made_when_it_is_first_needed(tmp_path: Path) -> None:
    storage = FilesystemStorage(path=tmp_path / "ours" / "derived", create=True)

    assert await storage.stat("a") is None
    assert await storage.list("", limit=1) == []
    await storage.write("a", b"")
    assert (tmp_path / "ours" / "derived" / "a").exists()


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (errno.EACCES, OriginDenied, r"cat\.jpg: Permission denied: look at the owner and mode"),
        (errno.EIO, OriginUnavailable, r"cat\.jpg: Input/output error"),
        (errno.ESTALE, OriginUnavailable, r"cat\.jpg: Stale file handle"),
    ],
)
async def test_what_the_system_refuses(
    storage: FilesystemStorage,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[Exception],
    message: str,
) -> None:
    await storage.write("cat.jpg", b"meow")

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(error, match=message):
        await storage.read("cat.jpg", max_bytes=100)


async def test_a_file_overwritten_in_place_is_never_read_in_half(
    storage: FilesystemStorage, root: Path
) -> None:
    """The other writer is no friend of ours and renames nothing."""
    size = 3_000_000
    path = root / "cat.jpg"
    path.write_bytes(b"a" * size)
    stop = threading.Event()

    def overwrite() -> None:
        with path.open("r+b") as file:
            for letter in b"bcdefghijklmnopqrstuvwxyz" * 4:
                if stop.is_set():
                    break
                file.seek(0)
                file.write(bytes([letter]) * size)
                file.flush()

    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        for _ in range(20):
            try:
                data, _ = await storage.read("cat.jpg", max_bytes=size)
            except OriginUnavailable:
                continue
            assert len(data) == size
    finally:
        stop.set()
        writer.join()
    data, stat = await storage.read("cat.jpg", max_bytes=size)

    assert (len(set(data)), stat.size) == (1, size)
