"""Brings pictures in, one at a time and as often as one likes: what is there already is left alone.

A picture goes the way of every upload, so that whatever an upload is examined for and followed by holds here
too. What was deleted stays deleted unless it is said otherwise: an import is not to bring back what was taken
down.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from origin.errors import (
    MetadataUnavailable,
    OriginDenied,
    OriginRefused,
    OriginTimeout,
    OriginUnavailable,
    StorageContended,
)
from origin.hosting.changes import Changes
from origin.hosting.intake import Intake
from origin.hosting.intake_errors import StagingFailed
from origin.hosting.model import HostedAsset, Restored
from origin.hosting.principal import Principal
from origin.hosting.received import Received
from origin.hosting.store import HostingStore
from origin.storage.base import Storage
from proxy.bulk.gathering import Entry
from proxy.bulk.journal import Journal
from proxy.bulk.places import Places
from proxy.hosting.desk import Desk
from proxy.hosting.examiner import Examiner
from proxy.hosting.options import UploadOptions
from proxy.renderer_errors import NoWorkers, QueueFull, RenderTimeout

Outcome = Literal["stored", "overwritten", "described", "mended", "there", "differs", "deleted"]

OUTCOMES: Mapping[Outcome, str] = {
    "stored": "stored",
    "overwritten": "stored over others",
    "described": "there already, and described anew",
    "mended": "there already, but their objects were not: stored again",
    "there": "there already",
    "differs": "there already, described otherwise: --overwrite writes that over",
    "deleted": "deleted since, and left so: --restore-deleted brings them back",
}
"""What may come of a picture, and how it is told."""

_ATTEMPTS = 4
_AWAY = (
    *(OriginUnavailable, OriginTimeout, StorageContended, MetadataUnavailable),
    *(StagingFailed, QueueFull, NoWorkers, RenderTimeout),
)


class Refused(Exception):
    """A picture that is not taken; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to import."""

    default_owner: str
    """Whose pictures are where nobody says."""
    owner: str | None = None
    """Whose all of them are, whatever a list says."""
    tags: tuple[str, ...] = ()
    """Added to all that are stored."""
    overwrite: bool = False
    restore_deleted: bool = False
    keep_ids: bool = True
    """Give pictures that are new here the asset ids that a list says."""
    dry_run: bool = False


class Importer:
    """Brings in one entry after the other; `bring` may be called for several at once."""

    def __init__(
        self,
        *,
        places: Places,
        store: HostingStore,
        objects: Storage,
        changes: Changes,
        intake: Intake,
        examiner: Examiner,
        desk: Desk,
        journal: Journal,
        terms: Terms,
    ) -> None:
        self._places = places
        self._store = store
        self._objects = objects
        self._changes = changes
        self._intake = intake
        self._examiner = examiner
        self._desk = desk
        self._journal = journal
        self._terms = terms

    async def bring(self, entry: Entry) -> Outcome:
        """What came of it. Tried again while something that it takes is away.

        Raises Refused, and whatever keeps a picture from being read, examined or stored.
        """
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._bring(entry)
            except Exception as error:
                if not is_away(error):
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.0) * 2**attempt)
        return await self._bring(entry)

    async def _bring(self, entry: Entry) -> Outcome:
        there = await self._store.get(entry.public_id)
        if there is not None and there.owner != self._owner(entry):
            raise Refused(f"the public id {entry.public_id} belongs to another owner, {there.owner}")
        if there is not None and there.gone and not self._terms.restore_deleted:
            return "deleted"
        mark = await self._places.mark(entry.address)
        known = self._journal.recall(entry.public_id, f"{entry.address} {mark}") if mark else None
        alive = there is not None and not there.gone
        if there is not None and alive and known == there.blob.content_hash and await self._is_whole(there):
            return await self._there(entry, there)
        data = await self._places.read(entry.address)
        filename = entry.line.original_filename or entry.address.rpartition("/")[2]
        received = await self._intake.receive(data, filename=filename)
        try:
            outcome = await self._received(entry, received, there)
        finally:
            await self._intake.discard(received)
        if mark and not self._terms.dry_run:
            self._journal.note(entry.public_id, f"{entry.address} {mark}", received.content_hash)
        return outcome

    async def _received(self, entry: Entry, received: Received, there: HostedAsset | None) -> Outcome:
        if entry.line.sha256 not in (None, received.content_hash):
            raise Refused("its bytes are not those of the list: their SHA-256 is another")
        if there is not None and not there.gone:
            if there.blob.content_hash == received.content_hash:
                if not await self._is_whole(there):
                    return await self._mend(entry, received, there)
                return await self._there(entry, there)
            if not self._terms.overwrite:
                raise Refused(
                    f"there is another picture under the public id {entry.public_id}; --overwrite replaces it"
                )
        if self._terms.dry_run:
            await self._examiner.examine(received)
            return "overwritten" if there is not None and not there.gone else "stored"
        stored = await self._desk.take(received, self._principal(entry), self._options(entry))
        if stored.asset.blob.content_hash != received.content_hash:
            raise Refused(f"somebody else has just stored another picture as {entry.public_id}")
        return "overwritten" if stored.overwritten else "stored" if stored.created else "there"

    async def _there(self, entry: Entry, there: HostedAsset) -> Outcome:
        """The bytes are there; what is said of them may be new."""
        if not _news(entry, there):
            return "there"
        if not self._terms.overwrite:
            return "differs"
        if not self._terms.dry_run:
            await self._changes.update(entry.public_id, lambda asset: _news(entry, asset), owner=there.owner)
        return "described"

    async def _is_whole(self, asset: HostedAsset) -> bool:
        """Whether its object is there, and as large as it was."""
        stat = await self._objects.stat(asset.blob.key)
        return stat is not None and stat.size == asset.blob.size

    async def _mend(self, entry: Entry, received: Received, there: HostedAsset) -> Outcome:
        """Store the object again, by the way of an upload that says nothing new."""
        if not self._terms.dry_run:
            options = UploadOptions(
                public_id=entry.public_id,
                overwrite=True,
                tags=there.tags,
                context=there.context,
                fields=there.fields,
                coordinates=there.coordinates,
                access_mode=there.access_mode,
            )
            await self._desk.take(received, self._principal(entry), options)
        return "mended"

    def _owner(self, entry: Entry) -> str:
        return self._terms.owner or entry.line.owner or self._terms.default_owner

    def _principal(self, entry: Entry) -> Principal:
        return Principal(owner=self._owner(entry), scopes=frozenset({"upload"}), how="bearer")

    def _options(self, entry: Entry) -> UploadOptions:
        line = entry.line
        asset_id = line.asset_id if self._terms.keep_ids else None
        return UploadOptions(
            public_id=entry.public_id,
            overwrite=self._terms.overwrite,
            tags=tuple(dict.fromkeys((*(line.tags or ()), *self._terms.tags))),
            context=line.context or {},
            fields=line.metadata or {},
            coordinates=line.coordinates,
            access_mode=line.access_mode,
            moderation="manual" if line.state == "held" else None,
            restored=Restored(asset_id=asset_id, version=line.version, created_at=line.created_at),
        )


def is_away(error: BaseException) -> bool:
    """Whether the error is of something that may be back in a moment, and none of the picture's."""
    return isinstance(error, _AWAY) and not isinstance(error, OriginDenied | OriginRefused)


def reason_of(error: BaseException) -> str:
    """What to tell of an error whoever runs the import: everything, unlike a client of the server."""
    return str(getattr(error, "message", None) or error) or type(error).__name__


def _news(entry: Entry, asset: HostedAsset) -> dict[str, Any]:
    """What the list says of a picture that is not so, by the names of `Changes.update`."""
    line = entry.line
    said = {
        "tags": tuple(sorted(set(line.tags))) if line.tags is not None else None,
        "context": line.context,
        "fields": line.metadata,
        "coordinates": line.coordinates,
        "access_mode": line.access_mode,
    }
    return {
        name: value for name, value in said.items() if value is not None and value != getattr(asset, name)
    }
