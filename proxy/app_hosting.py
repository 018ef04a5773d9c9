"""The part of the composition root that makes what keeps hosted pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from origin.hosting.audit import Audit
from origin.hosting.changes import Changes
from origin.hosting.collector import Collector
from origin.hosting.commits import Times
from origin.hosting.deletions import Deletions, Published, tell_nobody
from origin.hosting.model import Job
from origin.hosting.mounted import hosted_mount
from origin.hosting.outbox import BULK, Outbox
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from origin.library import Library
from origin.metadata.store import MetadataStore
from origin.mounts import Mount
from origin.storage.base import ObjectStorage
from proxy import metrics
from proxy.app_intake import IntakeParts, build_intake
from proxy.app_render import MAX_QUEUE_SECONDS
from proxy.app_storages import Storages
from proxy.config import Settings
from proxy.config_hosting import UploadPreset
from proxy.files import Files
from proxy.finder import Finder
from proxy.hosting.desk import Desk
from proxy.hosting.incoming import Incoming
from proxy.hosting.links import Links
from proxy.hosting.options import Preset, Size, UploadOptions, read_size
from proxy.presets import Presets
from proxy.renderer import RenderPool
from transforms.detectors import faces_available
from transforms.fontbook import FontBook

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
    intake: IntakeParts
    """What reads uploads, and tells who sends them."""
    desk: Desk
    """Takes what was read."""
    presets: Mapping[str, Preset]
    links: Links

    async def close(self) -> None:
        """Let go of the storage and of threads."""
        self.intake.close()
        await self.storage.close()

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
    settings: Settings,
    store: HostingStore,
    storages: Storages,
    *,
    pool: RenderPool,
    finder: Finder,
    library: Library,
    files: Files,
    named: Presets,
    fonts: FontBook | None,
    published: Published = tell_nobody,
) -> HostingParts:
    """The parts, from the settings; `published` is told of what is taken down.

    Raises HostingKeyProblem and SealingKeyProblem.
    """
    storage = storages.make(settings.hosting_storage, create=True)
    told = partial(jobs_of_event, settings)
    uploads = Uploads(
        store=store,
        storage=storage,
        shared_blobs=settings.hosting.deduplicate_across_owners,
        published=published,
    )
    intake = build_intake(settings, metadata=store.metadata, pool=pool)
    presets = {name: _preset(settings, each) for name, each in settings.hosting.presets.items()}
    return HostingParts(
        store=store,
        storage=storage,
        uploads=uploads,
        deletions=Deletions(store=store, published=published, told=told),
        changes=Changes(store=store, published=published, told=told),
        collector=Collector(
            store=store, storage=storage, young_seconds=settings.hosting.housekeeping.orphan_seconds
        ),
        outbox=Outbox(store.metadata),
        intake=intake,
        desk=Desk(
            uploads=uploads,
            store=store,
            intake=intake.intake,
            examiner=intake.examiner,
            incoming=Incoming(
                pool=pool,
                finder=finder,
                library=library,
                files=files,
                presets=named,
                limits=settings.render.limits,
                defaults=settings.delivery.output_defaults,
                fonts=fonts,
            ),
            presets=presets,
            sizes=standard_sizes(settings),
            always=jobs_of_uploads(settings),
            hold=settings.hosting.moderation.hold and bool(settings.hosting.moderation.url),
            observe=metrics.count_upload,
        ),
        presets=presets,
        links=Links(settings.public_url, settings.hosting.cloud_name),
    )


def hosted_mounts(settings: Settings, store: HostingStore | None, storages: Storages) -> Sequence[Mount]:
    """The mount of hosted pictures, where there are any."""
    if store is None:
        return []
    return [hosted_mount(store, storages.make(settings.hosting_storage, create=True))]


def standard_sizes(settings: Settings) -> tuple[Size, ...]:
    """The sizes that are made of every upload."""
    return tuple(
        Size(size.transformation, "" if format == "original" else format)
        for size in settings.hosting.eager.values()
        for format in size.formats
    )


def jobs_of_uploads(settings: Settings) -> tuple[Job, ...]:
    """What follows from every upload, whatever it asks for."""
    hosting = settings.hosting
    jobs = list(jobs_of_event(settings, "upload"))
    if hosting.scan.enabled:
        jobs.append(Job(kind="scan", priority=1))
    if hosting.moderation.url:
        # What is held for it alone is shown when it approves.
        held = {"holds": True} if hosting.moderation.hold else {}
        jobs.append(Job(kind="moderate", payload=held, priority=1))
    wanted = [kind for kind in hosting.look_for if kind != "faces" or faces_available()]
    jobs += [Job(kind=kind, priority=BULK) for kind in wanted]
    return tuple(jobs)


def jobs_of_event(settings: Settings, event: str) -> tuple[Job, ...]:
    """Those that tell whoever of the settings wants to know of that event."""
    return tuple(
        Job(kind="webhook", payload={"hook": hook.url, "event": event})
        for hook in settings.hosting.webhooks
        if event in hook.events
    )


def _preset(settings: Settings, preset: UploadPreset) -> Preset:
    options = UploadOptions(
        folder=preset.folder or None,
        public_id_prefix=preset.public_id_prefix or None,
        use_filename=preset.use_filename,
        unique_filename=preset.unique_filename,
        overwrite=preset.overwrite,
        tags=preset.tags,
        context=preset.context,
        access_mode=preset.access_mode,
        moderation=preset.moderation,
        eager=tuple(read_size(text) for text in preset.eager),
        transformation=preset.transformation or None,
        format=preset.format,
        allowed_formats=preset.allowed_formats,
        max_bytes=preset.max_bytes,
        notification_url=preset.notification_url or None,
        delete_token=preset.return_delete_token,
    )
    return Preset(options, preset.unsigned, preset.owner or settings.hosting.default_owner)
