"""Objects as the files of a folder, as it stands: no index, no names of our own.

Every path is resolved before it is opened, so that no key and no symbolic link leads out of the folder; the
folder itself may be a link. Disk work runs in a few threads, so that a slow disk never holds the event loop.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from origin.errors import (
    AssetNotFound,
    InvalidKey,
    OriginalTooManyBytes,
    OriginDenied,
    OriginError,
    OriginUnavailable,
)
from origin.storage.base import Stat, check_key, is_valid_key
from origin.storage.durable import sync_folder, write_durably
from origin.storage.spool import OpenFile, put_under

T = TypeVar("T")

UNFINISHED = ".calotype-"
"""How the files begin that are still being written."""
_ABSENT = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
    *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO),
}
"""What the system says when there is no such file, and when there can be none."""
_READ_ATTEMPTS = 3


class FilesystemStorage:
    """The files under `path`.

    With `create`, a folder that is not there counts as empty and is made by the first write; without, it is a
    fault, since a volume that is not mounted must not look like a thousand deleted pictures.
    """

    def __init__(self, *, path: str | os.PathLike[str], create: bool = False, threads: int = 4) -> None:
        self._root = Path(path)
        self._create = create
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None

    async def stat(self, key: str) -> Stat | None:
        if not is_valid_key(key):
            return None
        try:
            return await self._run(key, lambda: self._stat(key))
        except AssetNotFound:
            return None

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        check_key(key)
        return await self._run(key, lambda: self._read(key, max_bytes))

    async def use(self, key: str, work: Callable[[int, Stat], T]) -> T:
        """What `work` makes, in a thread, of the open file and what is known of it. The descriptor is closed
        after it. Raises as `read` does."""
        check_key(key)
        return await self._run(key, lambda: self._use(key, work))

    async def write(self, key: str, data: bytes | OpenFile, *, content_type: str | None = None) -> None:
        """`data` may be a file too; one without a name is not copied where it can be named instead."""
        check_key(key)
        try:
            await self._run(key, lambda: self._write(key, data))
        except AssetNotFound as error:
            raise InvalidKey(f"{key[:80]!r}: no file can have this name here") from error

    async def write_new(
        self, key: str, data: bytes | Path, *, content_hash: str, content_type: str | None = None
    ) -> bool:
        check_key(key)
        try:
            return await self._run(key, lambda: self._write_new(key, data, content_hash))
        except AssetNotFound as error:
            raise InvalidKey(f"{key[:80]!r}: no file can have this name here") from error

    async def delete(self, key: str) -> None:
        if is_valid_key(key):
            try:
                await self._run(key, lambda: self._delete(key))
            except AssetNotFound:
                return

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        return await self._run(prefix, lambda: [*islice(self._walk(prefix), limit)])

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    async def _run(self, key: str, work: Callable[[], T]) -> T:
        """`work` in a thread, what the system says of it as our errors."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="filesystem")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._translated, key, work)

    def _translated(self, key: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as error:
            raise self._meaning(key, error) from error

    def _meaning(self, key: str, error: OSError) -> OriginError:
        if error.errno in _ABSENT:
            if not self._create and not self._root.is_dir():
                return OriginUnavailable(f"the folder {self._root} is not there")
            if error.errno in (errno.ENOTDIR, errno.EEXIST) and self._root.is_file():
                return OriginUnavailable(f"{self._root} is a file, not a folder")
            return AssetNotFound(f"{key[:80]!r}: no such file")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return OriginDenied(
                f"{self._root / key}: {error.strerror}: look at the owner and mode of the file"
            )
        return OriginUnavailable(f"{self._root / key}: {error.strerror or error}")

    def _inside(self, key: str) -> Path:
        """The real path of a key; raises FileNotFoundError when it is not ours to show."""
        root = os.path.realpath(self._root)
        path = os.path.realpath(self._root / key)
        if not path.startswith(root.rstrip("/") + "/") or Path(path).name.startswith(UNFINISHED):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key)
        return Path(path)

    def _stat(self, key: str) -> Stat:
        return _described(key, self._inside(key).stat())

    def _read(self, key: str, max_bytes: int) -> tuple[bytes, Stat]:
        # A cache is asked for what is not there as often as not: one call tells, before links are followed.
        (self._root / key).lstat()
        for _ in range(_READ_ATTEMPTS):
            with _opened(self._inside(key)) as descriptor:
                before = _described(key, os.fstat(descriptor))
                if before.size > max_bytes:
                    raise OriginalTooManyBytes(key, size=before.size, max_bytes=max_bytes)
                data = _read_up_to(descriptor, before.size + 1)
                # Look again: somebody may have written into the file while we read it.
                if before == _described(key, os.fstat(descriptor)) and len(data) == before.size:
                    return data, before
        raise OriginUnavailable(f"{self._root / key}: is being written to while it is read")

    def _use(self, key: str, work: Callable[[int, Stat], T]) -> T:
        (self._root / key).lstat()
        with _opened(self._inside(key)) as descriptor:
            return work(descriptor, _described(key, os.fstat(descriptor)))

    def _write(self, key: str, data: bytes | OpenFile) -> None:
        path = self._place_for(key)
        unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
        try:
            if isinstance(data, OpenFile):
                put_under(unfinished, data)
            else:
                unfinished.write_bytes(data)
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def _write_new(self, key: str, data: bytes | Path, content_hash: str) -> bool:
        path, root = self._place_for(key), Path(os.path.realpath(self._root))
        unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
        if path.exists():
            return False
        try:
            write_durably(unfinished, data, content_hash, key=key)
            # Not a rename, which would replace what another has put there meanwhile.
            os.link(unfinished, path)
        except FileExistsError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
        for folder in (path.parent, *path.parent.parents):
            sync_folder(folder)
            if folder == root:
                break
        return True

    def _place_for(self, key: str) -> Path:
        """The path of a key that is to be written, with its folder made."""
        path = self._inside(key)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), key)
        if not self._create and not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _delete(self, key: str) -> None:
        self._inside(key)
        # The link, not what it points to.
        above, _, name = key.rpartition("/")
        Path(os.path.realpath(self._root / above), name).unlink(missing_ok=True)

    def _walk(self, prefix: str) -> Iterator[Stat]:
        """The files whose keys begin with `prefix`, in order of keys; lazily, folder by folder."""
        folder, _, start = prefix.rpartition("/")
        if folder and not is_valid_key(folder):
            return
        try:
            top = self._inside(folder) if folder else self._root
            yield from self._walk_folder(top, f"{folder}/" if folder else "", start)
        except OSError as error:
            if not isinstance(self._meaning(prefix, error), AssetNotFound):
                raise

    def _walk_folder(self, folder: Path, above: str, start: str = "") -> Iterator[Stat]:
        with os.scandir(folder) as entries:
            found = [
                (
                    f"{above}{entry.name}/"
                    if entry.is_dir(follow_symlinks=False)
                    else f"{above}{entry.name}",
                    entry,
                )
                for entry in entries
                if entry.name.startswith(start) and is_valid_key(entry.name)
            ]
        for key, entry in sorted(found, key=lambda pair: pair[0]):
            if key.endswith("/"):
                yield from self._walk_folder(Path(entry.path), key)
            else:
                try:
                    yield self._stat(key)
                except FileNotFoundError:
                    continue  # gone since, a folder behind a link, or a link that leads outside


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # Without O_NONBLOCK a named pipe would hold the thread until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_up_to(descriptor: int, size: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(size)


def _described(key: str, status: os.stat_result) -> Stat:
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key)
    etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
    return Stat(key, status.st_size, etag, status.st_mtime)
