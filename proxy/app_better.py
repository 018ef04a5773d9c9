"""The part of the composition root that makes better variants behind the answers."""

from __future__ import annotations

from proxy import metrics
from proxy.better import Better
from proxy.better_making import Making
from proxy.config import Settings
from proxy.services import Services


def make_better(settings: Settings, services: Services) -> Better:
    """What exchanges variants for better ones, not yet listening."""
    pool, second = services.pool, settings.render.second_encode
    making = Making(
        tiers=services.tiers,
        library=services.library,
        research=services.research,
        leases=services.leases,
        link=services.link,
        make_pool=services.make_behind,
        is_idle=lambda: not pool.busy and not pool.depth,
        purge=services.takedown.purge,
        observe=metrics.count_second_encode,
    )
    return Better(
        delivery=services.delivery,
        tiers=services.tiers,
        link=services.link,
        making=making,
        enabled=second.enabled,
        immutable=second.immutable,
        after=second.after,
        over_seconds=second.over_seconds,
        max_pixels=second.max_pixels,
    )
