"""Carries pictures out: each under a name made of its public id, and a list of all that is said of them.

    manifest.jsonl              a line for each picture, in the order in which they came
    albums.jsonl                a line for each album
    pictures/press/cat.jpg      the bytes, as they were sent

What a run before has copied is not copied again. The lists are written last: all that they name is there.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from origin.errors import AssetNotFound, OriginalTooManyBytes
from origin.hosting.listing import Query
from origin.hosting.model import HostedAsset
from origin.hosting.store import HostingStore
from origin.storage.base import ObjectStorage, Storage
from proxy.bulk.journal import Journal
from proxy.bulk.line import line_of, written
from proxy.hosting.links import extension_of
from transforms.formats import FORMATS, by_extension

PICTURES = "pictures"
_PAGE = 500
_MAX_NAME_BYTES = 240
"""Of one segment: file systems take 255, and a storage adds a few of its own while it writes."""
_MAX_BYTES = 900
_DOTTED = re.compile(r"(^|/)\.")


class Damaged(Exception):
    """A picture whose bytes are not there, or are others; the message says which."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of a page of pictures: how many were copied, were there already, and what is missing."""

    copied: int
    there: int
    missing: Sequence[str]


class Exporter:
    """Copies pictures from `objects` to `destination`, `at_once` at a time."""

    def __init__(
        self,
        *,
        store: HostingStore,
        objects: Storage,
        destination: ObjectStorage,
        journal: Journal,
        at_once: int,
    ) -> None:
        self._store = store
        self._objects = objects
        self._destination = destination
        self._journal = journal
        self._turns = asyncio.Semaphore(at_once)

    async def pages(self, query: Query) -> AsyncIterator[tuple[HostedAsset, ...]]:
        """The pictures to carry out, page by page."""
        cursor: str | None = None
        while True:
            page = await self._store.list(query, limit=_PAGE, cursor=cursor)
            yield page.items
            cursor = page.cursor
            if cursor is None:
                return

    async def copy(self, assets: Sequence[HostedAsset], manifest: TextIO) -> Copied:
        """Copy these pictures, and write the lines of those that are there then.

        Raises what the destination raises; what is wrong with a picture is told in the answer.
        """
        outcomes = await asyncio.gather(*(self._in_turn(asset) for asset in assets))
        missing = []
        for asset, outcome in zip(assets, outcomes, strict=True):
            if isinstance(outcome, Damaged):
                missing.append(str(outcome))
            else:
                manifest.write(written(line_of(asset, name_of(asset))))
        return Copied(outcomes.count(True), outcomes.count(False), missing)

    async def put_list(self, name: str, path: Path) -> None:
        """Put a list there, over the one of a run before."""
        await self._destination.delete(name)
        content_hash = await asyncio.to_thread(_hash_of, path)
        await self._destination.write_new(
            name, path, content_hash=content_hash, content_type="application/jsonl"
        )

    async def _in_turn(self, asset: HostedAsset) -> bool | Damaged:
        async with self._turns:
            try:
                return await self._copy(asset)
            except Damaged as damaged:
                return damaged

    async def _copy(self, asset: HostedAsset) -> bool:
        """Whether it was copied; False where it is there already."""
        name, content_hash = name_of(asset), asset.blob.content_hash
        there = await self._destination.stat(name)
        if there is not None and self._journal.recall(name, there.etag) == content_hash:
            return False
        data = await self._read(asset)
        if there is not None:
            # It was cut off, or the picture is another one since.
            await self._destination.delete(name)
        known = FORMATS.get(asset.summary.info.format)
        mime = known.mime if known is not None else None
        await self._destination.write_new(name, data, content_hash=content_hash, content_type=mime)
        after = await self._destination.stat(name)
        self._journal.note(name, after.etag if after is not None else "", content_hash)
        return True

    async def _read(self, asset: HostedAsset) -> bytes:
        key = asset.blob.key
        try:
            data, _ = await self._objects.read(key, max_bytes=asset.blob.size)
        except AssetNotFound as error:
            raise Damaged(f"{asset.public_id}: its object, {key}, is not in the storage") from error
        except OriginalTooManyBytes as error:
            raise Damaged(f"{asset.public_id}: its object, {key}, is larger than it was") from error
        if await asyncio.to_thread(_sha256, data) != asset.blob.content_hash:
            raise Damaged(f"{asset.public_id}: its object, {key}, is damaged: the bytes are others")
        return data


def name_of(asset: HostedAsset) -> str:
    """What a picture is called in an export: its public id and the extension of its format, or, where no file
    can be called so beside all others, its hash."""
    extension = extension_of(asset)
    name = f"{PICTURES}/{asset.public_id}.{extension}"
    *folders, last = name.split("/")
    unfit = (
        len(name.encode()) > _MAX_BYTES
        or any(len(segment.encode()) > _MAX_NAME_BYTES for segment in (*folders, last))
        # `cat` is the file cat.jpg: no folder can be called cat.jpg beside it.
        or any(by_extension(folder.rpartition(".")[2]) is not None for folder in folders if "." in folder)
        or _DOTTED.search(name) is not None
    )
    return f"{PICTURES}/by-hash/{asset.blob.content_hash}.{extension}" if unfit else name


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
