"""The part of the composition root that makes what says who may have what rendered, and how much of it."""

from __future__ import annotations

from proxy import metrics
from proxy.admission import Admission
from proxy.config import Settings
from proxy.keys import load_keys
from proxy.limits import Budgets
from proxy.limits_meter import Meter
from proxy.limits_peer import Peers
from proxy.link import RedisLink


def make_admission(settings: Settings) -> Admission:
    """What reads delivery URLs and says which may be answered."""
    security = settings.security
    return Admission(
        keys=load_keys(security.keys),
        signing=security.signing,
        strict=security.strict,
        max_url_bytes=settings.server.max_url_bytes,
    )


def make_budgets(settings: Settings, link: RedisLink | None) -> Budgets:
    """What charges new variants, over all instances where there is a `link`."""
    limits, trusted = settings.limits, settings.server.trusted_proxies
    return Budgets(
        meter=Meter(link),
        peers=Peers(trusted),
        per_asset=limits.new_variants_per_asset,
        per_client=limits.per_client(told_apart=bool(trusted)),
        window_seconds=limits.window_seconds,
        observe=metrics.count_limited,
        exempt_signed=limits.exempt_signed,
        exempt_clients=limits.exempt_clients,
        strict=settings.security.strict,
    )
