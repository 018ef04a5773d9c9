"""Renditions that were asked for of one picture, beside those made of every one: noted with it, and made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from origin.errors import AssetNotFound
from origin.hosting.changes import Changes
from origin.hosting.model import HostedAsset, Stored
from origin.hosting.principal import Principal
from proxy.hosting.desk import Desk, eager_job
from proxy.hosting.options import Size, UploadOptions


def asked_of(asset: HostedAsset) -> list[Size]:
    """The renditions that were asked for of a picture."""
    return [Size(*size) for size in asset.findings.get("eager", ()) if len(size) == 2]


def with_sizes(before: HostedAsset, sizes: Sequence[Size]) -> dict[str, Any]:
    """What is known of a picture, with the renditions that were asked for."""
    known = [list(size) for size in before.findings.get("eager", ())]
    new = [[size.transformation, size.format] for size in sizes]
    return {**before.findings, "eager": known + [size for size in new if size not in known]}


async def noted(
    stored: Stored, principal: Principal, options: UploadOptions, *, desk: Desk, changes: Changes
) -> HostedAsset:
    """The picture, with the renditions that its upload asked for written down; one that was there already has
    no job yet for those that it was never asked for."""
    asset = stored.asset
    sizes = desk.settled(asset, options.eager)
    if not sizes or with_sizes(asset, sizes) == asset.findings:
        return asset
    job = eager_job(sizes, notification_url=options.eager_notification_url, key=principal.key)
    try:
        return await changes.update(
            asset.public_id,
            lambda before: {"findings": with_sizes(before, sizes)},
            jobs=() if stored.created else (job,),
        )
    except AssetNotFound:
        # It was kept, and somebody has deleted it since.
        return asset
