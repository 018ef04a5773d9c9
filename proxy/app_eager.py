"""The part of the composition root for renditions that are still to be made."""

from __future__ import annotations

from functools import partial

from origin.hosting.pending import pending
from proxy.config import Settings
from proxy.jobs.renditions import clients
from proxy.services import Services
from proxy.stand_ins import StandIns


def make_stand_ins(settings: Settings, services: Services) -> StandIns | None:
    """What is shown until renditions are ready; None where they are rendered for who asks."""
    hosting, until_ready = services.hosting, settings.hosting.until_ready
    if hosting is None or until_ready == "render":
        return None
    return StandIns(
        shown=until_ready,
        pending=partial(pending, services.metadata, "eager"),
        get=hosting.store.get_by_asset_id,
        settling=services.settling,
        clients=clients(tuple(settings.delivery.auto_formats)),
        tiers=services.tiers,
        library=services.library,
        links=hosting.links,
    )
