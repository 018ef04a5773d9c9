"""The part of the composition root that makes what keeps hosted pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from origin.hosting.audit import Audit
from origin.hosting.changes import Changes
from origin.hosting.collector import Collector
from origin.hosting.commits import Times
from origin.hosting.deletions import Deletions, Published, tell_nobody
from origin.hosting.mounted import hosted_mount
from origin.hosting.outbox import Outbox
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.metadata.store import MetadataStore
from origin.mounts import Mount
from origin.storage.base import ObjectStorage
from proxy.app_render import MAX_QUEUE_SECONDS
from proxy.app_storages import Storages
from proxy.config import Settings

_LONGEST_SEND_SECONDS = 60.0
"""How long an answer that began before a deletion may still be on its way to a CDN."""
_CLOCKS_DIFFER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class HostingParts:
    """What takes pictures in, changes them and lets go of them."""

    store: HostingStore
    storage: ObjectStorage
    """Where their objects lie."""
    uploads: Uploads
    deletions: Deletions
    changes: Changes
    collector: Collector
    outbox: Outbox

    def audit(self, *, sample: int = 100) -> Audit:
        """What looks whether all is there; of the objects one in `sample` is read."""
        return Audit(store=self.store, storage=self.storage, collector=self.collector, sample=sample)


def make_hosting_store(settings: Settings, metadata: MetadataStore) -> HostingStore:
    """The pictures in the database, with the times of the settings."""
    longest_render_seconds = (
        settings.origin.timeout_seconds + MAX_QUEUE_SECONDS + settings.render.deadline_seconds
    )
    times = Times(
        purge_again_seconds=longest_render_seconds + _LONGEST_SEND_SECONDS + _CLOCKS_DIFFER_SECONDS,
        keep_blob_seconds=settings.hosting.housekeeping.blob_seconds,
        delete_token_seconds=settings.hosting.delete_token_seconds,
    )
    return HostingStore(metadata, times=times)


def build_hosting(
    settings: Settings, store: HostingStore, storages: Storages, *, published: Published = tell_nobody
) -> HostingParts:
    """The parts, from the settings; `published` is told of what is taken down."""
    storage = storages.make(settings.hosting_storage, create=True)
    uploads = Uploads(
        store=store,
        storage=storage,
        shared_blobs=settings.hosting.deduplicate_across_owners,
        published=published,
    )
    return HostingParts(
        store=store,
        storage=storage,
        uploads=uploads,
        deletions=Deletions(store=store, published=published),
        changes=Changes(store=store, published=published),
        collector=Collector(
            store=store, storage=storage, young_seconds=settings.hosting.housekeeping.orphan_seconds
        ),
        outbox=Outbox(store.metadata),
    )


def hosted_mounts(settings: Settings, store: HostingStore | None, storages: Storages) -> Sequence[Mount]:
    """The mount of hosted pictures, where there are any."""
    if store is None:
        return []
    return [hosted_mount(store, storages.make(settings.hosting_storage, create=True))]
