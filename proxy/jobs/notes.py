"""What jobs found out about a picture, written down with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from origin.errors import AssetNotFound
from origin.hosting.changes import Changes
from origin.hosting.model import HostedAsset, Job


def _nothing(_: HostedAsset) -> Mapping[str, Any]:
    return {}


async def note(
    changes: Changes,
    asset: HostedAsset,
    found: Mapping[str, Any],
    *,
    values: Callable[[HostedAsset], Mapping[str, Any]] = _nothing,
    jobs: Sequence[Job] = (),
) -> None:
    """Add to the findings of a picture, unless it shows other bytes by now; `values` answers what else
    changes of it as it is at that moment. Jobs are written down with it."""

    def change(before: HostedAsset) -> dict[str, Any]:
        if before.asset_id != asset.asset_id or before.blob != asset.blob:
            return {}
        return {**values(before), "findings": {**before.findings, **found}}

    try:
        await changes.update(asset.public_id, change, jobs=tuple(jobs))
    except AssetNotFound:
        # Deleted or renamed meanwhile: there is nothing left to say of it under this name.
        return
