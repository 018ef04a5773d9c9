"""Whether an answer may be given again without a look at what it rests on, and for how long."""

from __future__ import annotations

from collections.abc import Callable

from origin.asset import Asset
from proxy.settling import Settled
from proxy.short_way import Lasting


def lasting(settled: Settled, overdue: Callable[[Asset], float]) -> Lasting | None:
    """None for what is looked at with every request; `overdue` tells by how many seconds facts are so.

    What people say of a picture, and files, are held to no facts with a time of their own.
    """
    findings = settled.findings
    if settled.stale_for or settled.stand_in or settled.provisional:
        return None
    if findings is not None and (findings.known.details is not None or findings.files):
        return None
    seconds = -max(map(overdue, settled.assets))
    rests_on = {asset.name for asset in settled.assets} | {each.asset_id for each in settled.standings}
    rests_on.add(settled.key)
    return Lasting(seconds, settled.key, frozenset(rests_on)) if seconds > 0 else None
