"""Files that outlast a power cut: on the disk before anybody is told of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from origin.errors import WrongBytes

_CHUNK_BYTES = 1024 * 1024


def write_durably(path: Path, data: bytes | Path, content_hash: str, *, key: str) -> None:
    """Write a new file and wait until it is on the disk; its name is not there yet, see `sync_folder`.

    Raises WrongBytes, and leaves the file, when the bytes are not those of that SHA-256.
    """
    written = sha256()
    with path.open("xb") as file:
        for chunk in _chunks(data):
            written.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if written.hexdigest() != content_hash:
        raise WrongBytes(f"{key[:80]!r}: these are not the bytes that were meant")


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
