"""Uploads on their way: counted, hashed as they come, in memory as long as they are small, else in a folder.

A file of the staging folder is named by random digits: nothing a client says is part of a path. Whoever
began an upload removes its file; what a crash leaves behind is swept.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from origin.hosting.intake_errors import NoRoom, StagingFailed, TooManyUploads, UploadTooLarge
from origin.hosting.received import Received

P = ParamSpec("P")
T = TypeVar("T")
MEMORY_BYTES = 8_000_000
_BATCH_BYTES = 512 << 10
"""Bytes that are hashed and written at once, in a thread: fewer would be hops for nothing."""
_AT_ONCE_BYTES = 32 << 10
"""So few are hashed where we are: a thread would take longer."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Intake:
    """Takes uploads of at most `max_bytes`, `concurrency` at a time; one that would wait longer than
    `queue_seconds` for its turn is refused. More than `memory_bytes` of one go to the folder `staging`.
    """

    def __init__(
        self,
        *,
        staging: Path,
        max_bytes: int,
        memory_bytes: int = MEMORY_BYTES,
        concurrency: int = 32,
        queue_seconds: float = 30.0,
    ) -> None:
        self.staging = staging
        self.max_bytes = max_bytes
        self.memory_bytes = memory_bytes
        self._turns = asyncio.Semaphore(concurrency)
        self._queue_seconds = queue_seconds

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One upload's turn, from its first byte to when it is stored. Raises TooManyUploads."""
        try:
            async with asyncio.timeout(self._queue_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise TooManyUploads("too many uploads are under way; try again soon") from error
        try:
            yield
        finally:
            self._turns.release()

    def sink(self, *, max_bytes: int | None = None) -> Sink:
        """Where the bytes of one upload go; at most `max_bytes` of them, if that is less than ours."""
        most = self.max_bytes if max_bytes is None else min(max_bytes, self.max_bytes)
        return Sink(self.staging, max_bytes=most, memory_bytes=self.memory_bytes)

    async def receive(self, data: bytes, *, filename: str | None = None) -> Received:
        """Bytes that are here already, as an upload. Raises as a sink does."""
        sink = self.sink()
        try:
            await sink.write(data)
            return await sink.finish(filename)
        except BaseException:
            await sink.abort()
            raise

    async def discard(self, received: Received) -> None:
        """Remove what was kept of an upload on its way; twice is no harm."""
        if received.path is not None:
            await asyncio.to_thread(received.path.unlink, missing_ok=True)

    async def sweep(self, *, older_than_seconds: float) -> int:
        """Remove what nobody has touched for so long; how many uploads that were."""
        return await asyncio.to_thread(_sweep, self.staging, time.time() - older_than_seconds)


class Sink:
    """Takes one upload. To the end: `finish`, or else `abort`.

    All raise UploadTooLarge, NoRoom and StagingFailed.
    """

    def __init__(self, staging: Path, *, max_bytes: int, memory_bytes: int) -> None:
        self.size = 0
        self._staging = staging
        self._max_bytes = max_bytes
        self._memory_bytes = memory_bytes
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._whole = bytearray()
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    async def write(self, data: bytes | bytearray) -> None:
        """Take more."""
        self.size += len(data)
        if self.size > self._max_bytes:
            raise UploadTooLarge(f"the upload has more than {self._max_bytes:,} bytes")
        self._batch.append(bytes(data))
        self._batch_bytes += len(data)
        if self._batch_bytes >= _BATCH_BYTES:
            await self._flush()

    async def finish(self, filename: str | None = None) -> Received:
        """All of it, hashed; `filename` is what its sender calls it."""
        await self._flush()
        if self._file is not None:
            await in_staging(self._file.close)
        return Received(
            content_hash=self._sha256.hexdigest(),
            md5=self._md5.hexdigest(),
            size=self.size,
            data=bytes(self._whole) if self._path is None else None,
            path=self._path,
            filename=clean_filename(filename),
        )

    async def abort(self) -> None:
        """Forget it, and remove what was written."""
        file, path = self._file, self._path
        self._batch, self._file, self._path = [], None, None
        if file is not None and path is not None:
            await asyncio.to_thread(_remove, file, path)

    async def _flush(self) -> None:
        batch, self._batch = b"".join(self._batch), []
        size, self._batch_bytes = self._batch_bytes, 0
        if size <= _AT_ONCE_BYTES and self._file is None and self.size <= self._memory_bytes:
            self._take(batch)
        else:
            await in_staging(self._take, batch)

    def _take(self, batch: bytes) -> None:
        """Hash and keep. Blocks."""
        self._sha256.update(batch)
        self._md5.update(batch)
        if self._file is None and len(self._whole) + len(batch) <= self._memory_bytes:
            self._whole += batch
            return
        if self._file is None:
            self._staging.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path = self._staging / secrets.token_hex(16)
            self._file = self._path.open("xb", buffering=0)
            _write(self._file, self._whole)
            self._whole = bytearray()
        _write(self._file, batch)


async def in_staging(do: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `do` answers, which works on files and blocks. Raises NoRoom and StagingFailed for its OSError."""
    work = asyncio.ensure_future(asyncio.to_thread(do, *arguments, **named))
    try:
        # Shielded: were we left in the middle, the thread would go on writing into a file that is gone.
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
    except OSError as error:
        raise _staging_error(error) from error


def _staging_error(error: OSError) -> NoRoom | StagingFailed:
    """What to say of a disk that did not take what it was given."""
    if error.errno in _FULL:
        return NoRoom("there is no room for uploads at the moment")
    return StagingFailed(f"the folder for uploads on their way fails: {error.strerror or error}")


def clean_filename(filename: str | None) -> str | None:
    """A file's name as it may be told and shown: without folders and control characters, at most 255 long.

    None for what leaves no name. It is never used in a path all the same.
    """
    last = (filename or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in last if c.isprintable()).strip()[:255].strip(". ")
    return name or None


def _write(file: BinaryIO, data: bytes | bytearray) -> None:
    """All of it: an unbuffered file may take less."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _remove(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)


def _sweep(staging: Path, before: float) -> int:
    """Files by when they were last written, folders by the latest thing in them."""
    swept = 0
    for entry in list(os.scandir(staging)) if staging.is_dir() else []:
        path = Path(entry.path)
        inside = path.iterdir() if entry.is_dir(follow_symlinks=False) else iter(())
        try:
            latest = max(each.lstat().st_mtime for each in (path, *inside))
            if latest >= before:
                continue
            shutil.rmtree(path) if entry.is_dir(follow_symlinks=False) else path.unlink()
        except FileNotFoundError:  # another process sweeps too, or its upload has just ended
            continue
        swept += 1
    return swept
