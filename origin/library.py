"""The originals: what a public id means, what is known of it, and its bytes.

Facts are learnt once from the bytes (hash, size, format), kept in the database for all processes, and held
against the storage again when they are older than their mount's `revalidate_seconds`. What is learnt is
keyed by content hash from there on, so that a variant can be old but never wrong.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from cachetools import TTLCache

from origin.asset import Asset, Facts, named
from origin.errors import AssetGone, AssetNotFound, MetadataUnavailable, OriginalTooManyBytes, StorageTimeout
from origin.flights import Flights, patiently
from origin.ledger import Ledger
from origin.metadata.store import MetadataStore, Name
from origin.mounts import Mount, Mounts, Place
from origin.reader import Observer, Original, Reader
from origin.recent import RecentBytes
from origin.storage.base import Stat, check_key
from origin.study import Study
from transforms.frame import ImageInfo

__all__ = ["Library", "Mount"]

PATIENCE_SECONDS = 4.4
"""How long whoever wants an original waits for a storage of ours, all in all: within five seconds he hears
that it is slow, while reading goes on behind for `origin.timeout_seconds`."""

T = TypeVar("T")


def _ignore(*_: str) -> None:
    """The observer of who does not care."""


class Library:
    """All originals of all mounts. `name` is a public id as the URL wrote it, `extension` the image extension
    it ends with, in lower case, or None. Of an original in `remote` the name is its address.

    Bounded are: the bytes of one original, originals read at once, the seconds each may take, bytes kept in
    memory after a read, and how long a missing or unreadable original is remembered as such.
    """

    def __init__(
        self,
        *,
        mounts: Iterable[Mount],
        remote: Mount | None = None,
        metadata: MetadataStore,
        prober: Callable[[bytes], Awaitable[ImageInfo]],
        max_bytes: int = 50_000_000,
        fetch_concurrency: int = 32,
        fetch_timeout_seconds: float = 10.0,
        recent_bytes: int = 64_000_000,
        recent_seconds: float = 30.0,
        negative_seconds: float = 5.0,
        broken_seconds: float = 60.0,
        max_assets: int = 10_000,
        patience_seconds: float = PATIENCE_SECONDS,
        observe_read: Observer = _ignore,
        observe_stat: Observer = _ignore,
        observe_metadata_failure: Callable[[str], None] = _ignore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mounts = Mounts(mounts, remote=remote)
        self._ledger = Ledger(metadata, max_assets=max_assets, observe_failure=observe_metadata_failure)
        self._reader = Reader(
            max_bytes=max_bytes,
            concurrency=fetch_concurrency,
            timeout_seconds=fetch_timeout_seconds,
            observe_read=observe_read,
            observe_stat=observe_stat,
        )
        self._recent = RecentBytes(max_bytes=recent_bytes, seconds=recent_seconds)
        self._study = Study(
            self._reader, self._ledger, self._recent, prober, broken_seconds=broken_seconds, clock=clock
        )
        self._absent: TTLCache[str, type[AssetGone | AssetNotFound]] = TTLCache(
            max_assets, negative_seconds, timer=clock
        )
        self._absent_files: TTLCache[str, None] = TTLCache(max_assets, negative_seconds, timer=clock)
        self._flights = Flights()
        self._patience_seconds = patience_seconds
        self._clock = clock

    async def find(self, name: str, extension: str | None = None) -> tuple[Place, Stat]:
        """Where the original of that name lies; asks storages, not what is known.

        Raises AssetNotFound when no mount has it, and what a storage raises: one that is away may have it, so
        the next mount is not asked.
        """
        doubt: MetadataUnavailable | None = None
        for place in self._mounts.places(name):
            try:
                return place, await self._reader.look(place, extension)
            except AssetNotFound:
                continue
            except MetadataUnavailable as error:
                # Who has uploads must not lose his folders with the database: what is there is shown.
                doubt = error
        raise doubt or AssetNotFound(f"{name[:80]!r}: no such original")

    async def recall(self, name: str, extension: str | None = None) -> Asset | None:
        """What is known by that name, however old, without asking a storage; None when nothing is.

        Raises InvalidKey for a name that no object can have.
        """
        known = self._ledger.remembered(name)
        if known is None:
            known = await self._recall_shared(name, extension)
            if known is not None:
                self._ledger.remember(known)
        return known

    def remembered(self, name: str) -> Asset | None:
        """What this process knows by that name, however old; asks neither storage nor database."""
        return self._ledger.remembered(name)

    def on_change(self, changed: Callable[[Collection[str]], None]) -> None:
        """Have `changed` called with the names of which this process knows something else now, or nothing."""
        self._ledger.on_change(changed)

    def missing(self, name: str) -> bool:
        """Whether this process found a moment ago that there is no original of that name; asks nobody."""
        return name in self._absent

    async def learn(self, name: str, extension: str | None = None, *, waited_seconds: float = 0.0) -> Asset:
        """Find the original and read it, unless it is known under another name already.

        `waited_seconds` is for how long whoever asks has waited already.

        Raises AssetNotFound and the other errors of `origin.errors`, and what the prober raises.
        """
        absent = self._absent.get(name)
        if absent is not None and not await self._appeared(name, extension):
            raise absent(f"{name[:80]!r}: no such original, as of a moment ago")
        return await self._flights.run(
            ("find", name), lambda: self._look_up(name, extension, waited_seconds=waited_seconds)
        )

    def patience_seconds(self, asset: Asset) -> float | None:
        """How long an answer waits for a check of that original, where its mount says so."""
        return self._mounts.named(asset.mount).patience_seconds

    async def _appeared(self, name: str, extension: str | None) -> bool:
        """Whether what was missing a moment ago has been uploaded since: its URL is good at once.

        Raises AssetGone for what was taken down.
        """
        place = self._mounts.before_all(name)
        if place is None:
            return False
        try:
            await self._reader.look(place, extension)
        except (AssetNotFound, MetadataUnavailable):
            return False
        return True

    def overdue(self, asset: Asset) -> float:
        """Seconds since the facts should have been checked; 0 or less while they are fresh.

        A check that lies ahead of our clock is as doubtful as one that lies behind it: some clock was wrong,
        and facts must not be fresh until it is right.
        """
        age = abs(self._clock() - asset.checked_at)
        return age - self._mounts.named(asset.mount).revalidate_seconds

    async def check(self, asset: Asset) -> Asset:
        """Hold the facts against the storage, unless another process just did, and learn again what changed.

        Raises AssetNotFound when the original is gone, else as `learn`; `asset` may still be used then.
        """
        return await self._flights.run(("find", asset.name), lambda: self._check(asset))

    async def read(self, asset: Asset) -> bytes:
        """The bytes that the facts describe, from memory if they were just read.

        Raises OriginChanged when there are newer ones, WrongBytes when the storage is corrupt.
        """
        recent = self._recent.get(asset.content_hash)
        if recent is not None:
            return recent
        key = ("read", asset.mount, asset.key, asset.content_hash)
        reading = self._flights.run(key, lambda: self._fetch(asset))
        return (await self._patiently(reading, self._mounts.named(asset.mount), self._patience_seconds)).data

    def forget(self, *, public_ids: Collection[str], content_hashes: Collection[str]) -> None:
        """Forget, in this process, what is known and what was read of these, and what was found missing."""

        def goes_by(name: str) -> bool:
            return name in public_ids or name.rpartition(".")[0] in public_ids

        self._ledger.drop(goes_by, content_hashes)
        self._recent.drop(content_hashes)
        for name in [name for name in self._absent if goes_by(name)]:
            self._absent.pop(name, None)

    def forget_all(self) -> None:
        """Forget, in this process, all that is known and all that was read."""
        self._ledger.clear()
        self._recent.clear()
        self._absent.clear()

    async def file(
        self, name: str, *, max_bytes: int, unless: Stat | None = None
    ) -> tuple[Stat, bytes | None]:
        """Something that is no picture, as it is now: no bytes when it is still what `unless` describes.

        Of what is not there, that is remembered; nothing else. Raises AssetNotFound and the other errors of
        `origin.errors`.
        """
        # Files are named inside recipes, where nobody asks whether an address may be fetched.
        check_key(name)
        if name in self._absent_files:
            raise AssetNotFound(f"{name[:80]!r}: no such file, as of a moment ago")
        try:
            place, stat = await self.find(name)
        except AssetNotFound:
            self._absent_files[name] = None
            raise
        if stat == unless:
            return stat, None
        if stat.size > max_bytes:
            raise OriginalTooManyBytes(stat.key, size=stat.size, max_bytes=max_bytes)
        original = await self._reader.read(place.mount, stat.key)
        return original.stat, original.data

    async def close(self) -> None:
        """End what is under way and close the storages."""
        await self._flights.close()
        self._recent.clear()
        await self._mounts.close()

    async def _recall_shared(self, name: str, extension: str | None) -> Asset | None:
        places = {Name(place.mount.name, place.name): place for place in self._mounts.places(name)}
        known = await self._ledger.recall(list(places))
        facts = next((known[place] for place in places if place in known), None)
        return None if facts is None else named(facts, name, extension)

    async def _check(self, asset: Asset) -> Asset:
        shared = await self._recall_shared(asset.name, asset.extension)
        newer = shared is not None and shared.checked_at > asset.checked_at
        if shared is not None and newer and self.overdue(shared) < 0:
            return self._ledger.remember(shared)
        try:
            return await self._look_up(asset.name, asset.extension, known=asset)
        except (AssetNotFound, AssetGone):
            for place in self._mounts.places(asset.name):
                if place.mount.name == asset.mount:
                    await self._ledger.forget(Name(asset.mount, place.name), asset)
            raise

    async def _look_up(
        self, name: str, extension: str | None, known: Facts | None = None, *, waited_seconds: float = 0.0
    ) -> Asset:
        """Find the original; read it unless the database or `known` describes it as it is now."""
        now, begun = self._clock(), time.monotonic()
        try:
            place, stat = await self.find(name, extension)
        except AssetNotFound:
            self._absent[name] = AssetNotFound
            raise
        except AssetGone:
            self._absent[name] = AssetGone
            raise
        flight = ("learn", place.mount.name, stat)
        learning = self._flights.run(flight, lambda: self._study.learn(place.mount, stat, known))
        left = self._patience_seconds - waited_seconds - (time.monotonic() - begun)
        facts = await self._patiently(
            learning, place.mount, left, lambda: not self._study.is_reading(place.mount, stat)
        )
        asset = named(replace(facts, checked_at=now), name, extension)
        return await self._ledger.confirm(Name(place.mount.name, place.name), asset)

    async def _patiently(
        self,
        flight: Coroutine[Any, Any, T],
        mount: Mount,
        seconds: float,
        busy: Callable[[], bool] | None = None,
    ) -> T:
        """The outcome of a flight; StorageTimeout when a storage of ours takes longer than our patience."""
        if mount.remote:
            return await flight
        try:
            return await patiently(flight, max(seconds, 0.1), busy=busy)
        except TimeoutError as error:
            raise StorageTimeout(f"{mount.name}: an original is not read yet") from error

    async def _fetch(self, asset: Asset) -> Original:
        original = await self._reader.read(self._mounts.named(asset.mount), asset.key, expected=asset)
        self._recent.put(original.content_hash, original.data)
        return original
