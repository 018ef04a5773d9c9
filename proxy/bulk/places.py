"""Where the bytes of an import lie: files of this machine, objects of buckets, remote hosts.

An address is `/an/absolute/path`, `s3://bucket/key`, or one of http and https.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from origin.errors import AssetNotFound, InvalidKey
from origin.storage.base import Stat, Storage, is_valid_key
from origin.storage.filesystem import FilesystemStorage

S3 = "s3://"
REMOTE = ("http://", "https://")
MOST_LISTED = 10_000_000
"""Files that one import takes."""

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder, by names within it; hidden files are left out. `unfit` have no name that can be
    told."""

    names: tuple[str, ...]
    unfit: tuple[str, ...] = ()


class Places:
    """Reads addresses. `bucket` makes the storage of a bucket, `fetch` gets what lies at a remote host."""

    def __init__(self, *, bucket: Callable[[str], Storage], fetch: Fetch, max_bytes: int) -> None:
        self._make_bucket = bucket
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._files = FilesystemStorage(path="/")
        self._buckets: dict[str, Storage] = {}

    async def list(self, address: str) -> Listing:
        """The files below a folder, or the objects whose keys begin with it and a slash."""
        if not address.startswith(S3):
            return await asyncio.to_thread(_files_below, Path(address))
        storage, key = self._at(address)
        inside = f"{key.rstrip('/')}/" if key.strip("/") else ""
        found = (stat.key[len(inside) :] for stat in await storage.list(inside, limit=MOST_LISTED))
        return Listing(tuple(name for name in found if not _hidden(name)))

    async def mark(self, address: str) -> str:
        """What changes when the bytes do; empty where nobody can tell. Raises AssetNotFound."""
        if address.startswith(REMOTE):
            return ""
        storage, key = self._at(address)
        stat: Stat | None = await storage.stat(key)
        if stat is None:
            raise AssetNotFound(f"{address}: there is no such {_kind(address)}")
        return stat.etag

    async def read(self, address: str, *, max_bytes: int | None = None) -> bytes:
        """The bytes, of a picture no more than may be uploaded. Raises AssetNotFound, OriginalTooManyBytes
        and what reading raises."""
        if address.startswith(REMOTE):
            return await self._fetch(address)
        storage, key = self._at(address)
        data, _ = await storage.read(key, max_bytes=max_bytes or self._max_bytes)
        return data

    async def close(self) -> None:
        """Let go of threads and connections."""
        for storage in (self._files, *self._buckets.values()):
            await storage.close()

    def _at(self, address: str) -> tuple[Storage, str]:
        if not address.startswith(S3):
            return self._files, os.path.realpath(address).lstrip("/")
        bucket, _, key = address.removeprefix(S3).partition("/")
        if not bucket:
            raise InvalidKey(f"{address}: expected s3://bucket/key")
        if bucket not in self._buckets:
            self._buckets[bucket] = self._make_bucket(bucket)
        return self._buckets[bucket], key


def joined(folder: str, file: str) -> str:
    """The address of what a list in `folder` calls `file`."""
    if file.startswith((S3, *REMOTE)):
        return file
    if folder.startswith(S3):
        return f"{folder.rstrip('/')}/{file.lstrip('/')}"
    return os.path.abspath(os.path.join(folder, file))  # noqa: PTH100, PTH118 - a text, not a file yet


def _files_below(folder: Path) -> Listing:
    names: list[str] = []
    unfit: list[str] = []
    for above, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        within = Path(above).relative_to(folder)
        for file in sorted(each for each in files if not each.startswith(".")):
            name = str(within / file)
            (names if is_valid_key(name) else unfit).append(name)
    return Listing(tuple(names), tuple(unfit))


def _raise(error: OSError) -> None:
    raise error


def _hidden(name: str) -> bool:
    return any(segment.startswith(".") for segment in name.split("/"))


def _kind(address: str) -> str:
    return "object" if address.startswith(S3) else "file"
