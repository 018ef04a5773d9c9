"""The body of a large variant, left in its file."""

from __future__ import annotations

import os

from origin.storage.spool import OpenFile


class FileBody:
    """`size` bytes of an open file from `start` on. The file is closed when nobody holds a part of it."""

    __slots__ = ("_file", "_size", "_start")

    def __init__(self, file: OpenFile, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> FileBody:
        start, stop, step = part.indices(self._size)
        if step != 1:
            raise ValueError("a part of a file has no gaps")
        return FileBody(self._file, self._start + start, max(0, stop - start))

    @property
    def file(self) -> OpenFile:
        """What it is a part of."""
        return self._file

    @property
    def descriptor(self) -> int:
        return self._file.descriptor

    @property
    def start(self) -> int:
        """Where in the file it begins."""
        return self._start

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """So many bytes, or all; blocks for as long as the disk takes. OSError where the file is shorter."""
        wanted = self._size - start if size is None else min(size, self._size - start)
        parts, at = [], self._start + start
        while wanted:
            part = os.pread(self.descriptor, wanted, at)
            if not part:
                raise OSError("the file was cut short")
            parts.append(part)
            at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


Body = bytes | FileBody
"""What a variant is sent from: in memory, or where it lies."""
