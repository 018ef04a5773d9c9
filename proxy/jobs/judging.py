"""What decides after an upload whether a picture stays: a virus scanner, and a moderator asked by HTTP.

A moderator gets a POST with JSON: what a webhook tells of the picture, `notification_type` being
`moderation`, and signed as one (`X-Calotype-Signature`). It answers 200 with
`{"decision": "approve" | "reject" | "hold", "reason": "…"}`. Whatever else it answers, or nothing, has it
asked again. A rejected picture is taken down as a deleted one is; a held one is shown to nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from origin.errors import AssetNotFound
from origin.hosting.changes import Changes
from origin.hosting.deletions import Deletions
from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from origin.storage.base import Storage
from proxy.hosting.links import Links
from proxy.jobs.clamd import Clamd
from proxy.jobs.posting import Poster, PostFailed
from proxy.jobs.webhooks import about, signed

DECISIONS = ("approve", "reject", "hold")
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who is asked, and for how long an answer is waited for."""

    url: str
    secret: str
    timeout_seconds: float


class Judges:
    """The `scan` and `moderate` jobs. `told` are the jobs that tell of an event."""

    def __init__(
        self,
        *,
        store: HostingStore,
        storage: Storage,
        changes: Changes,
        deletions: Deletions,
        links: Links,
        poster: Poster,
        scanner: Clamd | None,
        moderator: Moderator | None,
        told: Callable[[str], Sequence[Job]],
        again: Callable[[HostedAsset], Sequence[Job]],
        post: Callable[[HostedAsset, Job], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._storage = storage
        self._changes = changes
        self._deletions = deletions
        self._links = links
        self._poster = poster
        self._scanner = scanner
        self._moderator = moderator
        self._told = told
        self._again = again
        self._post = post
        self._clock = clock

    async def scan(self, payload: Mapping[str, Any]) -> None:
        """Have the bytes scanned; what is infected is taken down. Raises ScanFailed and what the storage
        raises."""
        asset = await self._asset(payload)
        if asset is None or self._scanner is None:
            return
        data, _ = await self._storage.read(asset.blob.key, max_bytes=asset.blob.size)
        found = await self._scanner.scan(data)
        if found is not None:
            await self._reject(asset, f"virus: {found}")
            return
        await self._write(asset, {}, {"scan": "clean"}, ())

    async def moderate(self, payload: Mapping[str, Any]) -> None:
        """Ask the moderator, and do as it says. Raises PostFailed."""
        asset = await self._asset(payload)
        if asset is None or self._moderator is None:
            return
        decision, reason = await self._ask(asset, self._moderator)
        if decision == "reject":
            await self._reject(asset, reason or "moderation")
            return
        held = decision == "hold"
        found = {"moderation": {"status": "pending" if held else "approved", "kind": "webhook"}}
        jobs = () if held else tuple(self._told("approved"))
        if not held and asset.state == "held":
            jobs = (*jobs, *self._again(asset))
        await self._write(asset, {"state": "held" if held else "live"}, found, jobs)

    async def _asset(self, payload: Mapping[str, Any]) -> HostedAsset | None:
        """The picture, unless it is gone, or shows other bytes: those have a job of their own."""
        asset = await self._store.get_by_asset_id(str(payload["asset_id"]))
        return None if asset is None or asset.gone or asset.placeholder else asset

    async def _ask(self, asset: HostedAsset, moderator: Moderator) -> tuple[str, str]:
        at = int(self._clock())
        told = {"notification_type": "moderation", "timestamp": at, **about(asset, self._links)}
        body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        headers = signed(body, moderator.secret, at=at) if moderator.secret else {}
        said = await self._poster.post(
            moderator.url, body, headers, trusted=True, timeout_seconds=moderator.timeout_seconds
        )
        try:
            answer = json.loads(said)
            decision = answer["decision"]
        except (ValueError, TypeError, KeyError) as error:
            raise PostFailed("the moderator's answer is not JSON with a `decision`") from error
        if decision not in DECISIONS:
            raise PostFailed(f"decision: Expected one of {', '.join(DECISIONS)}, got {decision!r}"[:300])
        return decision, str(answer.get("reason") or "")[:_LONGEST_REASON]

    async def _reject(self, asset: HostedAsset, reason: str) -> None:
        await self._deletions.reject(asset.public_id, reason=reason, asset_id=asset.asset_id)
        for job in self._told("rejected"):
            payload = {**job.payload, "reason": reason}
            await self._post(asset, Job(kind=job.kind, payload=payload))

    async def _write(
        self, asset: HostedAsset, values: dict[str, Any], found: dict[str, Any], jobs: tuple[Job, ...]
    ) -> None:
        def change(before: HostedAsset) -> dict[str, Any]:
            if before.asset_id != asset.asset_id or before.blob != asset.blob:
                return {}
            return {**values, "findings": {**before.findings, **found}}

        try:
            await self._changes.update(asset.public_id, change, jobs=jobs)
        except AssetNotFound:
            # Deleted or renamed meanwhile: there is nothing left to judge under this name.
            return
