"""The part of the composition root that makes what takes pictures out of sight."""

from __future__ import annotations

from origin.hosting.outbox import Outbox
from origin.hosting.store import HostingStore
from origin.library import Library
from origin.metadata.details import Said
from proxy import metrics
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.config import Settings
from proxy.forgetting import Forgetting
from proxy.gone import Gone
from proxy.lately import Lately
from proxy.link import RedisLink
from proxy.looks import Looks
from proxy.purge import PURGERS
from proxy.purge.sending import Purges
from proxy.settling import Settling
from proxy.takedown import Takedown
from proxy.takedown_jobs import OldestPurge, TakedownJobs


def make_takedown(
    settings: Settings,
    *,
    gone: Gone,
    link: RedisLink | None,
    tiers: Tiers,
    library: Library,
    settling: Settling,
    looks: Looks,
    failures: Failures,
    said: Lately[Said],
) -> Takedown:
    """What takes pictures down; `gone` has this process forget what others take down."""
    forgetting = Forgetting(
        tiers=tiers, library=library, settling=settling, looks=looks, failures=failures, said=said
    )
    gone.on_notice(forgetting.forget, missed=forgetting.forget_all)
    if settings.hosting.enabled:
        gone.start()
    return Takedown(gone=gone, tiers=tiers, purges=_purges(settings), shared=link is not None)


def make_takedown_jobs(takedown: Takedown, store: HostingStore) -> tuple[TakedownJobs, OldestPurge]:
    """What follows from a change to what is in `store`, and what watches how long that takes."""
    outbox = Outbox(store.metadata)
    watch = OldestPurge(
        oldest=lambda: outbox.oldest("purge", "purge_again"), observe=metrics.set_oldest_purge
    )
    return TakedownJobs(takedown=takedown, mark=store.mark_receipt), watch


def _purges(settings: Settings) -> Purges:
    purgers = [PURGERS[purge.kind](**purge.model_dump(exclude={"kind"})) for purge in settings.purge]
    return Purges(purgers, tag_prefix=settings.delivery.tag_prefix, observe=metrics.count_purge)
