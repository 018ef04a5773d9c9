"""Variants on a storage, a folder or a bucket: what the tier that lasts has in common with that of the disk.

    v/0a/0a1b….variant                  a variant; its key begins with the hash of its original
    v/4f/4f2e….0a1b….layer              says that it shows, in a layer, the original whose hash begins so

so that all that was made of an original is one listing away. What a layer says is written first: a variant
that nothing leads to could not be taken down.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from cachetools import LRUCache

from origin.breaker import Breaker, within
from origin.errors import AssetNotFound, OriginError, OriginTimeout, OriginUnavailable
from origin.hosting.standing import Standing
from origin.storage.base import Stat, Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.spool import OpenFile, Spool
from proxy.cache.base import TierError, read_variant
from proxy.file_body import FileBody
from proxy.variant import ORIGINAL_LENGTH, Variant, original_part

T = TypeVar("T")

CONTENT_TYPE = "application/vnd.calotype.variant"
MARKER_TYPE = "application/vnd.calotype.layer"

_MAX_HEAD_BYTES = 100_000
"""More than any head is; it comes on top of the body."""

VARIANT, LAYER = ".variant", ".layer"
"""How the names end of what lies there."""
LARGE_BYTES = 1_000_000
"""From here on the body of a variant is not read into memory, where it lies in a file."""
_MOST_VERIFIED = 10_000
_PAGE = 500
_MOST_PAGES = 2000
_DELETES_AT_ONCE = 16


class StoredTier:
    """Variants on `storage` under `prefix`, each with its head in one object.

    A storage answers in its own time: a read and a write have each their budget, in seconds, and there is one
    breaker for both. What is large comes out of a bucket into a file of `spool`, where there is one.
    """

    name: str
    shared: bool
    durable: bool
    atomic = False

    def __init__(
        self,
        storage: Storage,
        *,
        prefix: str = "v/",
        max_object_bytes: int = 64_000_000,
        read_seconds: float = 2.0,
        write_seconds: float = 20.0,
        breaker: Breaker | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._storage = storage
        self._spool = spool
        self._prefix = prefix
        self._max_object_bytes = max_object_bytes
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self.breaker = breaker or Breaker(rest_seconds=5.0)
        self._verified: LRUCache[tuple[str, str], None] = LRUCache(_MOST_VERIFIED)
        """Files whose bodies were read through."""

    async def get(self, key: str) -> Variant | None:
        try:
            found, _ = await self._find(key)
        except AssetNotFound:
            return None
        return found

    async def has(self, key: str) -> bool:
        """Whether there is a variant under `key`, whole or not."""
        stat = await self._call(lambda: self._storage.stat(self._place(key)), self._read_seconds)
        return stat is not None

    async def put(self, variant: Variant, standings: Sequence[Standing] = ()) -> bool:
        if len(variant.body) > self._max_object_bytes:
            return False
        await asyncio.gather(*map(self._put_marker, self._markers(variant)))
        await self._call(lambda: self._write(variant), self._write_seconds)
        return True

    async def _write(self, variant: Variant) -> None:
        place, storage = self._place(variant.key), self._storage
        if isinstance(variant.body, bytes):
            await storage.write(place, variant.to_bytes(), content_type=CONTENT_TYPE)
        elif isinstance(storage, FilesystemStorage) and await asyncio.to_thread(_lies_so, variant):
            await storage.write(place, variant.body.file)
        else:
            data = await asyncio.to_thread(variant.to_bytes)
            await storage.write(place, data, content_type=CONTENT_TYPE)

    async def drop(self, key: str) -> None:
        await self._call(lambda: self._storage.delete(self._place(key)), self._write_seconds)

    async def drop_made_of(self, content_hashes: Sequence[str]) -> int:
        return sum([await self._drop_made_of(content_hash) for content_hash in content_hashes])

    async def _drop_made_of(self, content_hash: str) -> int:
        """Page after page, each listed anew: what was dropped is not listed again."""
        begins, dropped = self._named(original_part(content_hash)), 0
        for _ in range(_MOST_PAGES):
            page = await self._call(lambda: self._storage.list(begins, limit=_PAGE), self._write_seconds)
            if not page:
                return dropped
            places = [stat.key for stat in page]
            # What a marker leads to goes first: without it the variant would not be found again.
            variants = {self._variant_of(place) for place in places}
            await self._delete(variants)
            await self._delete({place for place in places if place.endswith(LAYER)} - variants)
            dropped += len(variants)
        raise TierError(f"{self.name}: more than {_PAGE * _MOST_PAGES:,} variants of one original")

    async def _delete(self, places: set[str]) -> None:
        turns = asyncio.Semaphore(_DELETES_AT_ONCE)

        async def delete(place: str) -> None:
            async with turns:
                await self._call(lambda: self._storage.delete(place), self._write_seconds)

        await asyncio.gather(*map(delete, places))

    async def _put_marker(self, place: str) -> None:
        await self._call(
            lambda: self._storage.write(place, b"", content_type=MARKER_TYPE), self._write_seconds
        )

    def _markers(self, variant: Variant) -> list[str]:
        """Where it says of each layer that this variant shows it."""
        own = variant.key[:ORIGINAL_LENGTH]
        layers = {original_part(each) for each in variant.made_of} - {own}
        return [f"{self._named(layer)}.{variant.key}{LAYER}" for layer in layers]

    def _variant_of(self, place: str) -> str:
        """The place of the variant that a listed place is, or leads to."""
        if not place.endswith(LAYER):
            return place
        return self._place(place.removesuffix(LAYER).rpartition(".")[2])

    async def close(self) -> None:
        """Let go of the storage; nobody else may know of it."""
        await self._storage.close()

    def _place(self, key: str) -> str:
        """Where `key` lies: spread over 256 folders, since some file systems and buckets want that."""
        return self._named(key) + VARIANT

    def _named(self, name: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}"

    async def _find(self, key: str) -> tuple[Variant, Stat]:
        """The variant and what the storage says of it. Raises AssetNotFound, and TierError."""
        place, storage, spool = self._place(key), self._storage, self._spool
        most = self._max_object_bytes + _MAX_HEAD_BYTES
        if isinstance(storage, FilesystemStorage):
            made, stat = await self._call(lambda: storage.use(place, self._left_in_file), self._read_seconds)
        elif isinstance(storage, S3Storage) and spool is not None:
            made, stat = await self._call(lambda: _fetched(storage, place, most, spool), self._read_seconds)
        else:
            made, stat = await self._call(lambda: storage.read(place, max_bytes=most), self._read_seconds)
        return read_variant(self.name, key, made), stat

    def _left_in_file(self, descriptor: int, stat: Stat) -> tuple[bytes | Variant | ValueError, Stat]:
        """What is small enough as bytes; of the rest the body stays in its file, and is read once through as
        long as that file is the same. Runs in a thread."""
        file = OpenFile(os.dup(descriptor))
        if stat.size <= LARGE_BYTES:
            return FileBody(file, 0, stat.size).read(), stat
        known = (stat.key, stat.etag)
        found = _read(file, stat.size, verify=known not in self._verified)
        if isinstance(found, Variant):
            self._verified[known] = None
        return found, stat

    async def _call(self, command: Callable[[], Awaitable[T]], seconds: float) -> T:
        if not self.breaker.admit():
            raise TierError(f"{self.name}: not asked, the storage did not answer lately")
        try:
            result = await within(seconds, command())
        except AssetNotFound:
            self.breaker.succeed()
            raise
        except (OriginUnavailable, OriginTimeout, TimeoutError) as error:
            self.breaker.fail()
            raise TierError(f"{self.name}: {error!r}") from error
        except OriginError as error:
            # It answers, though not what we hoped for: larger than it may be, say.
            self.breaker.succeed()
            raise TierError(f"{self.name}: {error}") from error
        except BaseException:
            self.breaker.leave()
            raise
        self.breaker.succeed()
        return result


async def _fetched(
    storage: S3Storage, place: str, max_bytes: int, spool: Spool
) -> tuple[bytes | Variant | ValueError, Stat]:
    """What lies there: as bytes, or verified in the file into which it came."""
    made, stat = await storage.read_spooled(place, max_bytes=max_bytes, spool=spool)
    if isinstance(made, bytes):
        return made, stat
    return await asyncio.to_thread(_read, made, stat.size, verify=True), stat


def _read(file: OpenFile, size: int, *, verify: bool) -> Variant | ValueError:
    """What lies in a file, or what is wrong with it: without a trace, which would hold the file open."""
    try:
        return Variant.from_file(file, size, verify=verify)
    except ValueError as error:
        return ValueError(str(error))


def _lies_so(variant: Variant) -> bool:
    """Whether the file in which its body lies, from its first byte to its last, is that variant: another head
    may have been given to it since. Blocks."""
    assert not isinstance(variant.body, bytes)
    file = variant.body.file
    try:
        found = Variant.from_file(file, os.fstat(file.descriptor).st_size, verify=False)
    except (OSError, ValueError):
        return False
    assert not isinstance(found.body, bytes)
    return found.body.start == variant.body.start and replace(found, body=variant.body) == variant
