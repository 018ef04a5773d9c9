"""The part of the composition root that makes what takes pictures out of sight."""

from __future__ import annotations

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


def _purges(settings: Settings) -> Purges:
    purgers = [PURGERS[purge.kind](**purge.model_dump(exclude={"kind"})) for purge in settings.purge]
    return Purges(purgers, tag_prefix=settings.delivery.tag_prefix, observe=metrics.count_purge)
