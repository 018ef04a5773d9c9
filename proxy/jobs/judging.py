"""What decides after an upload whether a picture stays: a virus scanner, and a moderator asked by HTTP.

A moderator gets a POST with JSON: what a webhook tells of the picture, `notification_type` being
`moderation`, and signed as one (`X-Calotype-Signature`). It answers 200 with
`{"decision": "approve" | "reject" | "hold", "reason": "…"}`. Whatever else it answers, or nothing, has it
asked again. A rejected picture is taken down as a deleted one is; a held one is shown to nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from origin.hosting.changes import Changes
from origin.hosting.deletions import Deletions
from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from origin.storage.base import Storage
from proxy.hosting.links import Links
from proxy.jobs.clamd import Clamd
from proxy.jobs.notes import note
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
    """The `scan` and `moderate` jobs. `told` are the jobs that tell of an event, `again` those that were not
    done while a picture was shown to nobody."""

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
        await note(self._changes, asset, {"scan": "clean"})

    async def moderate(self, payload: Mapping[str, Any]) -> None:
        """Ask the moderator, and do as it says. Raises PostFailed."""
        asset = await self._asset(payload)
        if asset is None or self._moderator is None:
            return
        decision, reason = await self._ask(asset, self._moderator)
        if decision == "reject":
            await self._reject(asset, reason or "moderation")
            return
        await self._follow(asset, decision, holds=payload.get("holds") is True)

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

    async def _follow(self, asset: HostedAsset, decision: str, *, holds: bool) -> None:
        """Approve or hold. With `holds` it is held for nobody else's word."""
        freed = asset.state == "held" and holds
        by_people = (asset.findings.get("moderation") or {}).get("kind") == "manual"
        if by_people or (decision == "approve" and asset.state == "held" and not freed):
            # It is for people to decide, or they have.
            await note(self._changes, asset, {"moderator": decision})
            return
        status = "pending" if decision == "hold" else "approved"
        found = {"moderation": {"status": status, "kind": "webhook"}}
        if decision == "hold":
            await note(self._changes, asset, found, values=lambda _: {"state": "held"})
        elif freed:
            jobs = self._again(asset)
            await note(self._changes, asset, found, values=lambda _: {"state": "live"}, jobs=jobs)
        else:
            await note(self._changes, asset, found, jobs=self._told("approved"))

    async def _reject(self, asset: HostedAsset, reason: str) -> None:
        """Take it down, if it still shows what was judged."""
        await self._deletions.reject(asset.public_id, reason=reason, asset_id=asset.asset_id, blob=asset.blob)
