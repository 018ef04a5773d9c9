"""Remote originals as a storage like any other: their keys are addresses, their bytes a copy that is kept.

To look at an object is to ask its server, with what is known of the copy; to read one is to read the copy. So
all that the library does for originals (one fetch for all who ask, facts in the database, a second look when
they are old, stale ones while the server is away) holds for remote ones too. A copy is one object: a line of
JSON that says what it is of, and the bytes. One that is damaged or gone is fetched anew.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256

from cachetools import TTLCache

from origin.address import read_address
from origin.errors import (
    AssetNotFound,
    FetchForbidden,
    InvalidAddress,
    OriginalTooManyBytes,
    OriginError,
    OriginTimeout,
    OriginUnavailable,
)
from origin.fetch import Fetcher, Version
from origin.flights import Flights
from origin.storage.base import Stat, Storage

logger = logging.getLogger(__name__)

_HEAD_BYTES = 16_384
"""More than the line before the bytes can have."""
_MOST_FAILURES = 10_000
_MOST_LISTED = 100_000
_ROOM = 0.9
"""What is left of the room for copies once it was made."""
_CHECKED_EVERY = 0.05
"""Of the room for copies: how much is written before it is measured again."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a server sent, as it is kept."""

    url: str
    data: bytes
    content_hash: str
    modified_at: float
    """When the server changed it, else when it first came; epoch seconds."""
    version: Version

    @property
    def stat(self) -> Stat:
        return Stat(self.url, len(self.data), self.content_hash, self.modified_at)


class RemoteStorage:
    """What `fetcher` fetches, with copies in `kept`, of `kept_bytes` in all.

    A failure is remembered for `failed_seconds`, so that nobody can have us ask without end.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        kept: Storage,
        max_bytes: int,
        kept_bytes: int,
        failed_seconds: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetcher = fetcher
        self._kept = kept
        self._max_bytes = max_bytes
        self._kept_bytes = kept_bytes
        self._clock = clock
        self._failed: TTLCache[str, OriginError] = TTLCache(_MOST_FAILURES, failed_seconds)
        self._flights = Flights()
        self._written = kept_bytes  # what was kept before us is not known: the first copy measures it

    async def stat(self, key: str) -> Stat:
        """What the server has now. Raises AssetNotFound for nothing, and what `Fetcher.fetch` does."""
        return (await self._flights.run(key, lambda: self._ask(key))).stat

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        copy = await self._load(key)
        if copy is None:
            copy = await self._flights.run(key, lambda: self._ask(key))
        if len(copy.data) > max_bytes:
            raise OriginalTooManyBytes(key[:80], size=len(copy.data), max_bytes=max_bytes)
        return copy.data, copy.stat

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        """Raises InvalidAddress: what lies elsewhere is not ours to write."""
        raise InvalidAddress("a remote original cannot be written")

    async def delete(self, key: str) -> None:
        """Forget the copy."""
        await self._kept.delete(_place(key))

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        """Nothing: what lies elsewhere cannot be listed."""
        return []

    async def close(self) -> None:
        await self._flights.close()
        self._fetcher.close()
        await self._kept.close()

    async def _ask(self, url: str) -> Copy:
        """The copy as the server has it now, fetched again when there was none or another one."""
        if (failure := self._failed.get(url)) is not None:
            raise _again(failure)
        copy = await self._load(url)
        try:
            fetched = await self._fetcher.fetch(read_address(url), copy.version if copy else None)
        except AssetNotFound:
            # Remembered by the library, as of every original.
            if copy is not None:
                await self.delete(url)
            raise
        except OriginError as error:
            self._failed[url] = _again(error)
            raise
        if fetched.data is None and copy is not None:
            return copy
        content_hash = await asyncio.to_thread(_hash, fetched.data or b"")
        if copy is not None and copy.content_hash == content_hash and copy.version == fetched.version:
            return copy
        return await self._keep(self._copy(url, fetched.data or b"", content_hash, fetched.version, copy))

    def _copy(self, url: str, data: bytes, content_hash: str, version: Version, before: Copy | None) -> Copy:
        modified_at = _epoch(version.last_modified)
        if modified_at is None:
            same = before is not None and before.content_hash == content_hash
            modified_at = before.modified_at if before is not None and same else self._clock()
        return Copy(url, data, content_hash, modified_at, version)

    async def _load(self, url: str) -> Copy | None:
        """The copy that is kept, if it is whole."""
        try:
            packed, _ = await self._kept.read(_place(url), max_bytes=self._max_bytes + _HEAD_BYTES)
        except AssetNotFound:
            return None
        except OriginError as error:
            logger.warning("the copy of a remote original cannot be read: %s", error)
            return None
        copy = await asyncio.to_thread(_unpacked, url, packed)
        if copy is None:
            logger.warning("the copy of a remote original is damaged, and fetched anew: %s", url[:200])
        return copy

    async def _keep(self, copy: Copy) -> Copy:
        packed = _packed(copy)
        self._written += len(packed)
        try:
            if self._written > self._kept_bytes * _CHECKED_EVERY:
                self._written = 0
                await self._make_room()
            await self._kept.write(_place(copy.url), packed)
        except OriginError as error:
            # It is fetched again when it is asked for again: slower, but there.
            logger.warning("a remote original cannot be kept: %s", error)
        return copy

    async def _make_room(self) -> None:
        """Remove the oldest copies when there are more than may be kept."""
        stats = await self._kept.list("", limit=_MOST_LISTED)
        over = sum(stat.size for stat in stats) - self._kept_bytes * _ROOM
        if over <= self._kept_bytes * (1 - _ROOM) and len(stats) < _MOST_LISTED:
            return
        for stat in sorted(stats, key=lambda stat: stat.modified_at):
            if over <= 0:
                return
            await self._kept.delete(stat.key)
            over -= stat.size


def _place(url: str) -> str:
    """Where the copy of an address is kept: no name that a stranger chose."""
    digest = _hash(url.encode())
    return f"{digest[:2]}/{digest}"


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _packed(copy: Copy) -> bytes:
    head = {
        "url": copy.url,
        "content_hash": copy.content_hash,
        "modified_at": copy.modified_at,
        "version": asdict(copy.version),
    }
    return json.dumps(head).encode() + b"\n" + copy.data


def _unpacked(url: str, packed: bytes) -> Copy | None:
    """The copy, or None when it is not one of that address, or not whole."""
    line, _, data = packed.partition(b"\n")
    try:
        head = json.loads(line)
        version = Version(**head.pop("version"))
        copy = Copy(**head, data=data, version=version)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return copy if copy.url == url and copy.content_hash == _hash(data) else None


def _again(error: OriginError) -> OriginError:
    """The same failure anew: the first one's traceback holds on to what was received."""
    if isinstance(error, FetchForbidden):
        return FetchForbidden(str(error), code=error.code)
    if isinstance(error, OriginalTooManyBytes):
        return OriginalTooManyBytes(error.key, size=error.size, max_bytes=error.max_bytes)
    return OriginTimeout(str(error)) if isinstance(error, OriginTimeout) else OriginUnavailable(str(error))


def _epoch(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
