"""The part of the composition root that makes better variants behind the answers."""

from __future__ import annotations

from proxy import metrics
from proxy.better import Better
from proxy.better_making import Making
from proxy.config import Settings
from proxy.mezzanines import Mezzanines
from proxy.services import Services
from transforms.mezzanine import MezzanineTerms


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
    copies = settings.render.mezzanine
    mezzanines = Mezzanines(
        tiers=services.tiers,
        library=services.library,
        link=services.link,
        making=making,
        enabled=copies.enabled,
        terms=MezzanineTerms(copies.min_pixels, copies.side, copies.quality, copies.ratio),
        limits=settings.render.limits,
        observe=metrics.count_mezzanine,
    )
    better = Better(
        delivery=services.delivery,
        tiers=services.tiers,
        link=services.link,
        making=making,
        mezzanines=mezzanines,
        enabled=second.enabled,
        immutable=second.immutable,
        after=second.after,
        over_seconds=second.over_seconds,
        max_pixels=second.max_pixels,
    )
    better.on_success(services.tiers.forget)
    return better
