"""Large objects on their way: laid in files without names, so that nothing is left however it ends.

A file without a name (open(2), `O_TMPFILE`) goes with the last descriptor, also when the process is killed.
It can be given a name later, where the file system is the same, and is then what it would be had it been
written there.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path

MOST_SPOOLED_BYTES = 512_000_000
"""What objects on their way take up at a time, at the most."""
_COPY_BYTES = 1 << 20


class OpenFile:
    """A descriptor that is closed with the last who holds it: a thread may be at work on it, too."""

    __slots__ = ("__weakref__", "descriptor")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def write(self, data: bytes | bytearray, start: int) -> None:
        """Put all of `data` there from `start` on; blocks. Raises OSError."""
        with memoryview(data) as left:
            done = 0
            while done < len(left):
                done += os.pwrite(self.descriptor, left[done:], start + done)


class Spool:
    """Room in `folder` for objects of `large_bytes` and more, of `max_bytes` in all at a time."""

    def __init__(self, folder: Path, *, large_bytes: int, max_bytes: int = MOST_SPOOLED_BYTES) -> None:
        self._folder = folder
        self._large_bytes = large_bytes
        self._max_bytes = max_bytes
        self._open: weakref.WeakKeyDictionary[OpenFile, int] = weakref.WeakKeyDictionary()
        """How large those files are that somebody holds."""

    def takes(self, size: int) -> bool:
        """Whether an object of so many bytes is to be laid here."""
        return size >= self._large_bytes and sum(self._open.values()) + size <= self._max_bytes

    def lay_out(self, size: int) -> OpenFile | None:
        """A new file with room for so many bytes; None where the disk has none. Blocks."""
        try:
            file = _nameless(self._folder)
            os.posix_fallocate(file.descriptor, 0, size)
        except OSError:
            return None
        self._open[file] = size
        return file


def put_under(path: Path, file: OpenFile) -> None:
    """Have `path`, which is not there yet, be that file, if it has no name, or else a copy of it; blocks.

    Raises OSError.
    """
    if not _name(path, file):
        _copy(path, file)


def _nameless(folder: Path) -> OpenFile:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return OpenFile(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666))
    except OSError:
        # Not every file system has them.
        descriptor, name = tempfile.mkstemp(dir=folder)
        file = OpenFile(descriptor)
        Path(name).unlink()
        return file


def _name(path: Path, file: OpenFile) -> bool:
    """Whether it could be named. What has a name already stays what it is: two names would be one file."""
    if os.fstat(file.descriptor).st_nlink:
        return False
    try:
        # The folder's descriptor counts for nothing beside a whole path, but without one the link is not
        # followed (link(2) instead of linkat(2)).
        link = f"/proc/self/fd/{file.descriptor}"
        os.link(link, path, src_dir_fd=file.descriptor, follow_symlinks=True)
    except OSError:
        return False
    return True


def _copy(path: Path, file: OpenFile) -> None:
    left, done = os.fstat(file.descriptor).st_size, 0
    with path.open("xb") as copy:
        while left:
            # The kernel copies from file to file too (sendfile(2)).
            sent = os.sendfile(copy.fileno(), file.descriptor, done, min(left, _COPY_BYTES))
            if not sent:
                raise OSError("the file was cut short")
            left, done = left - sent, done + sent
