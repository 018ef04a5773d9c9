"""How much lies in the folder of the disk tier, and what goes when it is too much.

Nobody keeps a list: the files are it. Their times of access say when each was last wanted, those of
modification when each was last known to be good. Whoever has written its share since it last looked counts
them all, one process at a time, and removes what was not wanted for longest.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from origin.storage.filesystem import UNFINISHED
from proxy.cache.stored import LAYER, VARIANT

_PARTS = 8
"""What is kept free when room is made, and so what all processes may write before one of them looks again, is
this part of it all."""
_BLOCK_BYTES = 512
"""What `st_blocks` counts in, whatever the file system has (stat(2))."""
_PAGE_BYTES = 4096
"""What file systems usually give at a time: to the body, and to the head before it."""
_ABANDONED_SECONDS = 3600.0
"""An unfinished file of that age is nobody's."""
_COUNTING, _LOOKING = ".counting", ".looking"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    wanted_at: float
    confirmed_at: float
    bytes: int


class DiskRoom:
    """The room of `max_bytes` in a folder that `processes` processes fill."""

    def __init__(self, folder: Path, *, max_bytes: int, processes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._share = max_bytes // _PARTS // max(1, processes)
        self._written = self._share
        """Since we looked; as if it were all, at first."""
        self._making = asyncio.Lock()

    async def make(self, size: int) -> None:
        """Have room for a file of so many bytes. OSErrors are left to the writing, which meets them too."""
        size += _PAGE_BYTES - size % _PAGE_BYTES + _PAGE_BYTES
        self._written += size
        if self._written < self._share:
            return
        async with self._making:
            if self._written >= self._share:
                self._written = size
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._evict)

    async def wanted(self, place: str) -> None:
        """Note that the file there was wanted."""
        await asyncio.to_thread(self._note, place, wanted_at=time.time())

    async def confirmed(self, place: str, *, at: float) -> None:
        """Note that the file there was good at that time, in seconds since the epoch."""
        await asyncio.to_thread(self._note, place, confirmed_at=at)

    async def keys_outside(self, since: float, until: float) -> list[str]:
        """The keys of variants that were last confirmed before the one time or after the other."""
        found = await asyncio.to_thread(lambda: list(self._files()))
        old = (file.path for file in found if not since <= file.confirmed_at <= until)
        return [path.stem for path in old if path.suffix == VARIANT]

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Whether no other process of this machine is in such a block."""
        descriptor = await asyncio.to_thread(self._locked, _LOOKING, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _note(self, place: str, *, wanted_at: float | None = None, confirmed_at: float | None = None) -> None:
        path = self.folder / place
        with contextlib.suppress(OSError):
            status = path.stat()
            wanted = status.st_atime_ns if wanted_at is None else int(wanted_at * 1e9)
            confirmed = status.st_mtime_ns if confirmed_at is None else int(confirmed_at * 1e9)
            os.utime(path, ns=(wanted, confirmed))

    def _evict(self) -> None:
        descriptor = self._locked(_COUNTING, fcntl.LOCK_EX)
        if descriptor is None:
            return
        try:
            files = list(self._files())
            excess = sum(file.bytes for file in files) - self._max_bytes * (_PARTS - 1) // _PARTS
            left = [file for file in files if file.path.suffix == VARIANT]
            left.sort(key=lambda file: file.wanted_at, reverse=True)
            while excess > 0 and left:
                file = left.pop()
                _remove(file.path)
                excess -= file.bytes
            self._remove_markers(files, {file.path.stem for file in left})
        finally:
            os.close(descriptor)

    def _remove_markers(self, files: Sequence[_File], keys: Set[str]) -> None:
        """Those that lead to no variant any more. A marker is written before its variant: not the newest."""
        for file in files:
            old = file.confirmed_at < time.time() - _ABANDONED_SECONDS
            if file.path.suffix == LAYER and old and file.path.stem.rpartition(".")[2] not in keys:
                _remove(file.path)

    def _files(self) -> Iterator[_File]:
        """All files; those that were left unfinished are removed on the way."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue
                if not name.startswith("."):
                    size = status.st_blocks * _BLOCK_BYTES
                    yield _File(path, status.st_atime, status.st_mtime, size)
                elif name.startswith(UNFINISHED) and status.st_mtime < time.time() - _ABANDONED_SECONDS:
                    _remove(path)

    def _locked(self, name: str, how: int) -> int | None:
        """A descriptor that holds the lock of that name while it is open; None where another has it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, how)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
