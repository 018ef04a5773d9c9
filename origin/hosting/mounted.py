"""Hosted pictures as a storage that the library mounts before all others.

A look goes to the database, and a tombstone is an answer: AssetGone, so that no other mount is asked. What is
held by moderation is not there. Bytes are read by a key that says where they lie; whoever has the key has
asked before, and what he makes of the bytes is held against the generation again before it goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from origin.breaker import Breaker
from origin.errors import AssetGone, AssetNotFound, MetadataUnavailable
from origin.hosting.delivered import HOSTED, key_of, object_key
from origin.hosting.faultpoints import reach
from origin.hosting.listing import beginning
from origin.hosting.model import HostedAsset
from origin.hosting.rows import asset_of
from origin.hosting.store import HostingStore
from origin.metadata.tables import assets
from origin.mounts import PREFERENCE, Mount
from origin.storage.base import Stat, Storage, is_valid_key

REVALIDATE_SECONDS = 0.5
"""How long facts of hosted pictures count unchecked: a deletion is felt within a second everywhere, even
where nobody was told of it."""
PATIENCE_SECONDS = 3.0
"""How long an answer waits for that check, where others go out stale: what was deleted must not."""
LOOK_SECONDS = 1.5
"""How long the database may take to say what a name means; then it is not asked for a moment."""
_REST_SECONDS = 1.0


class HostedStorage:
    """The read side of hosting; `stat` and `list` take public ids, `read` the keys that they answer."""

    def __init__(self, *, store: HostingStore, storage: Storage) -> None:
        self._store = store
        self._storage = storage
        self._breaker = Breaker(failures=1, rest_seconds=_REST_SECONDS)

    async def find(self, name: str, extension: str | None) -> Stat:
        """The picture that a name in a URL means: of that very public id, else without the extension at its
        end, else with another image extension, that of the best format first; one query.

        Raises AssetGone for a tombstone, AssetNotFound, and MetadataUnavailable.
        """
        stem = name[: -len(extension) - 1] if extension else name
        meant, beside = dict.fromkeys((name, stem)), [f"{stem}.{each}" for each in PREFERENCE]
        async with self._asking():
            found = await self._store.get_many(dict.fromkeys((*meant, *beside)))
        await reach("mounted.looked")
        named = [found[each] for each in meant if each in found]
        # A tombstone speaks for its own id only.
        others = (found[each] for each in beside if each in found and not found[each].gone)
        for asset in named or others:
            if (shown := _shown(asset)) is not None:
                return shown
        raise AssetNotFound(f"{name[:80]!r}: no such picture")

    async def stat(self, key: str) -> Stat | None:
        """The picture of that public id. Raises AssetGone for a tombstone."""
        if not is_valid_key(key):
            return None
        async with self._asking():
            asset = await self._store.get(key)
        await reach("mounted.looked")
        return None if asset is None else _shown(asset)

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        """The bytes of the object that a key of `Stat` names, whether or not it is shown by now."""
        place = object_key(key)
        if not place:
            raise AssetNotFound(f"{key[:80]!r}: no such picture")
        data, stat = await self._storage.read(place, max_bytes=max_bytes)
        await reach("mounted.read")
        return data, Stat(key, len(data), stat.etag, stat.modified_at)

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        """Pictures whose public ids begin so; the key of each is its public id."""
        asked = select(assets).where(assets.c.state == "live", assets.c.deleted_at.is_(None))
        asked = asked.where(*beginning(assets.c.public_id, prefix)).order_by(assets.c.public_id).limit(limit)
        found = await self._store.read(lambda t: [asset_of(row) for row in t.connection.execute(asked)])
        return [_stat(asset, asset.public_id) for asset in found]

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        """Raises AssetNotFound: pictures come here by `Uploads`."""
        raise AssetNotFound("a hosted picture is uploaded, not written")

    async def delete(self, key: str) -> None:
        """Raises AssetNotFound: pictures go by `Deletions`."""
        raise AssetNotFound("a hosted picture is deleted through hosting")

    async def close(self) -> None:
        await self._storage.close()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """One question to the database; none to one that failed a moment ago, for whom others wait."""
        if not self._breaker.admit():
            raise MetadataUnavailable("the database of hosted pictures failed a moment ago")
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                yield
        except (TimeoutError, MetadataUnavailable) as error:
            self._breaker.fail()
            raise MetadataUnavailable(f"hosted pictures cannot be looked up: {error}") from error
        except BaseException:
            self._breaker.leave()
            raise
        self._breaker.succeed()


def hosted_mount(store: HostingStore, storage: Storage) -> Mount:
    """The mount to put before all others."""
    hosted = HostedStorage(store=store, storage=storage)
    return Mount(
        name=HOSTED,
        prefix="",
        storage=hosted,
        find=hosted.find,
        revalidate_seconds=REVALIDATE_SECONDS,
        patience_seconds=PATIENCE_SECONDS,
        first=True,
    )


def _shown(asset: HostedAsset) -> Stat | None:
    if asset.gone:
        raise AssetGone(f"{asset.public_id[:80]!r}: was taken down")
    return _stat(asset, key_of(asset)) if asset.state == "live" else None


def _stat(asset: HostedAsset, key: str) -> Stat:
    return Stat(key, asset.blob.size, asset.standing.etag, float(asset.version))
