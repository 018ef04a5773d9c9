"""Storage as the library uses it: bounded in time, bytes and number, verified, and counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from origin.asset import Facts
from origin.breaker import Breaker
from origin.errors import (
    AssetGone,
    AssetNotFound,
    OriginalLost,
    OriginalTooManyBytes,
    OriginChanged,
    OriginDenied,
    OriginError,
    OriginRefused,
    OriginResting,
    OriginTimeout,
    OriginUnavailable,
    StorageTimeout,
    StorageUnavailable,
    WrongBytes,
)
from origin.mounts import Mount, Place, resolve
from origin.storage.base import Stat
from transforms.frame import ImageInfo

Observer = Callable[[str, str], None]
"""Called with the name of a mount and an outcome."""

_OUTCOMES: dict[type[OriginError], str] = {
    AssetNotFound: "not_found",
    AssetGone: "gone",
    OriginTimeout: "timeout",
    OriginResting: "resting",
    OriginalTooManyBytes: "too_large",
    OriginalLost: "lost",
    OriginChanged: "changed",
    WrongBytes: "wrong_bytes",
    OriginError: "unavailable",
}
_LOOKS_PER_READ = 4
"""Looks that may be under way at one mount for each read there may be: they are small."""
_LOOK_SECONDS = 4.0
"""The longest a look may take at a storage of our own, so that a miss is refused within five seconds."""
_HASHED_INLINE_BYTES = 256 * 1024
"""Hashing this many bytes takes less than handing them to a thread is worth."""


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes of an original and what they are."""

    data: bytes
    stat: Stat
    content_hash: str


class Reader:
    """Reads from mounts. `observe_read` sees every body read, `observe_stat` every look without one."""

    def __init__(
        self,
        *,
        max_bytes: int,
        concurrency: int,
        timeout_seconds: float,
        observe_read: Observer,
        observe_stat: Observer,
    ) -> None:
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(concurrency)
        # By mount: those who wait for a slow storage must not keep others from looking at a quick one.
        self._looks: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_LOOKS_PER_READ * concurrency)
        )
        self._timeout_seconds = timeout_seconds
        self._observe_read = observe_read
        self._observe_stat = observe_stat

    async def read(self, mount: Mount, key: str, *, expected: Facts | None = None) -> Original:
        """The whole original, once one of the slots is free; the wait counts against the time.

        With `expected`, raises OriginChanged or WrongBytes for any bytes but those. A flipped byte in a JPEG
        decodes without complaint, so that nothing later would notice. Whoever reads was told that there is
        such an object: a storage that then says there is none contradicts itself, which is OriginalLost.
        """
        seconds = mount.timeout_seconds or self._timeout_seconds
        async with self._bounded(mount, key, seconds, self._observe_read, self._slots):
            data, stat = await _found(mount, key, mount.storage.read(key, max_bytes=self._max_bytes))
            original = Original(data, stat, await _hash(data))
            if expected is not None and original.content_hash != expected.content_hash:
                raise _difference(stat, expected)
            return original

    async def look(self, place: Place, extension: str | None) -> Stat:
        """The object that a name means in a mount, without its bytes."""
        mount = place.mount
        seconds = mount.timeout_seconds or min(self._timeout_seconds, _LOOK_SECONDS)
        async with self._bounded(mount, place.name, seconds, self._observe_stat, self._looks[mount.name]):
            find = mount.find or partial(resolve, mount.storage)
            return await find(place.name, extension)

    @asynccontextmanager
    async def _bounded(
        self, mount: Mount, name: str, seconds: float, observe: Observer, slots: asyncio.Semaphore
    ) -> AsyncIterator[None]:
        """One turn at the mount, in `seconds` with the wait for it; OriginResting where it is not asked."""
        try:
            async with asyncio.timeout(seconds) as scope, slots, _asked(mount, name, scope, seconds):
                yield
        except TimeoutError as error:
            observe(mount.name, _OUTCOMES[OriginTimeout])
            message = f"{mount.name}: {name[:80]}: nothing within {seconds:g} seconds"
            raise (OriginTimeout if mount.remote else StorageTimeout)(message) from error
        except OriginError as error:
            observe(mount.name, next(word for kind, word in _OUTCOMES.items() if isinstance(error, kind)))
            told = error if mount.remote else _of_storage(error)
            if told is error:
                raise
            raise told from error
        observe(mount.name, "ok")


@asynccontextmanager
async def _asked(mount: Mount, name: str, scope: asyncio.Timeout, seconds: float) -> AsyncIterator[None]:
    """Tells the breaker of the mount how it went, if it lets us ask at all.

    Time that ran out is the storage's fault where it had half of it: the rest may have gone into waiting for
    a turn, which says nothing about the storage.
    """
    breaker = mount.breaker or Breaker()
    clock = asyncio.get_running_loop().time
    if not breaker.admit():
        raise OriginResting(f"{mount.name}: {name[:80]}: not asked, the storage failed lately")
    begun = clock()
    try:
        yield
    except (OriginUnavailable, OriginTimeout) as error:
        # Some storages deny what is not there, and refuse odd names: strangers must not make them rest.
        if isinstance(error, (OriginDenied, OriginRefused)):
            breaker.succeed()
        else:
            breaker.fail()
        raise
    except OriginError:
        breaker.succeed()
        raise
    except BaseException:
        if scope.expired() and clock() - begun >= seconds / 2:
            breaker.fail()
        else:
            breaker.leave()
        raise
    breaker.succeed()


async def _found(mount: Mount, key: str, reading: Awaitable[tuple[bytes, Stat]]) -> tuple[bytes, Stat]:
    try:
        return await reading
    except AssetNotFound as error:
        if mount.remote:
            raise
        raise OriginalLost(f"{mount.name}: {key[:80]}: no bytes of what it was said to have") from error


def _of_storage(error: OriginError) -> OriginError:
    """The failure of a storage as such: it is ours to mend, where that of a remote host is not."""
    if isinstance(error, (OriginDenied, OriginRefused, OriginResting)):
        return error
    if isinstance(error, OriginUnavailable):
        return StorageUnavailable(str(error))
    return StorageTimeout(str(error)) if isinstance(error, OriginTimeout) else error


async def _hash(data: bytes) -> str:
    if len(data) <= _HASHED_INLINE_BYTES:
        return sha256(data).hexdigest()
    return await asyncio.to_thread(lambda: sha256(data).hexdigest())


def _difference(stat: Stat, expected: Facts) -> OriginError:
    if stat.etag != expected.etag:
        return OriginChanged(f"{expected.mount}: {expected.key[:80]}: changed since it was last looked at")
    return WrongBytes(f"{expected.mount}: {expected.key[:80]}: other bytes than before under the same ETag")


def describes(facts: Facts, mount: Mount, stat: Stat) -> bool:
    """Whether the facts are of this object as it is now."""
    return (facts.mount, facts.key, facts.etag, facts.size) == (mount.name, stat.key, stat.etag, stat.size)


def facts_of(mount: Mount, original: Original, info: ImageInfo, now: float) -> Facts:
    """What is known of an original once it was read and looked at; `now` is when, epoch seconds."""
    stat = original.stat
    return Facts(
        mount=mount.name,
        key=stat.key,
        content_hash=original.content_hash,
        info=info,
        size=stat.size,
        etag=stat.etag,
        modified_at=stat.modified_at,
        checked_at=now,
    )
