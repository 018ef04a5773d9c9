"""`PATCH /images/{public_id}`: what is said of a picture, who may see it, what it is called.

As a JSON merge patch (RFC 7396): what is not named stays, objects are merged, null takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from origin.hosting.changes import Changes
from origin.hosting.deletions import Deletions
from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from proxy.hosting.desk import Desk, eager_job
from proxy.hosting.links import Links
from proxy.hosting.names import check_public_id
from proxy.hosting.ordering import asked_of
from proxy.rest.asking import ChangeAsked
from proxy.rest.finding import check_match, etag_of, find_picture, gone
from proxy.rest.models import ImageDetails, detail_fields
from proxy.rest.operation import BASE, Answered, Call
from proxy.rest.problems import wrong
from proxy.rest.shapes import MOST_PAIRS, Query


class Changing:
    """Answers changes."""

    def __init__(
        self, *, desk: Desk, store: HostingStore, changes: Changes, deletions: Deletions, links: Links
    ) -> None:
        self._desk = desk
        self._store = store
        self._changes = changes
        self._deletions = deletions
        self._links = links

    async def change(self, call: Call[Query, ChangeAsked]) -> Answered:
        """Change what the body names. A new id comes first: where it is taken, nothing is changed."""
        asked = call.body
        _check(asked)
        asset = await find_picture(self._store, call, call.path["public_id"])
        check_match(call, asset)
        if asked.state == "rejected":
            return await self._reject(call, asset)
        if asked.public_id and asked.public_id != asset.public_id:
            check_public_id(asked.public_id)
            asset = await self._changes.rename(
                asset.public_id, asked.public_id, owner=call.owner, overwrite=asked.overwrite
            )
        renamed = asset

        def change(before: HostedAsset) -> dict[str, Any]:
            if before != renamed:
                # Somebody else was faster, between our look and this transaction.
                check_match(call, before)
            return _changed(before, asked)

        after = await self._changes.update(
            asset.public_id,
            change,
            owner=call.owner,
            jobs=self._jobs(asset, asked),
        )
        headers = {
            "Location": f"{BASE}/images/{quote(after.public_id)}",
            "ETag": f'"{etag_of(after)}"',
        }
        return Answered(ImageDetails(**detail_fields(after, self._links)), headers=headers)

    def _jobs(self, asset: HostedAsset, asked: ChangeAsked) -> tuple[Job, ...]:
        """What is held is made no renditions of: they are due once it is shown."""
        if asked.state != "live" or asset.state == "live":
            return ()
        return (eager_job(self._desk.renditions(asset, asked_of(asset))),)

    async def _reject(self, call: Call[Query, ChangeAsked], asset: HostedAsset) -> Answered:
        call.principal.require("delete")
        receipt = await self._deletions.reject(asset.public_id, reason="REST API", asset_id=asset.asset_id)
        after = await self._store.get_by_asset_id(asset.asset_id)
        if receipt is None or after is None:
            raise gone(asset.public_id)
        return Answered(ImageDetails(**detail_fields(after, self._links)))


def _check(asked: ChangeAsked) -> None:
    """Raise Invalid for what does not go together."""
    given = asked.model_fields_set
    if asked.state == "rejected" and given != {"state"}:
        raise wrong("state", "a picture that is rejected is not changed too", code="exclusive_parameters")
    if "overwrite" in given and "public_id" not in given:
        raise wrong("overwrite", "only together with public_id")


def _changed(before: HostedAsset, asked: ChangeAsked) -> dict[str, Any]:
    """The new values of what the body names. Raises Invalid where it would be too much."""
    given = asked.model_fields_set
    values: dict[str, Any] = {}
    if "tags" in given:
        values["tags"] = asked.tags or ()
    if "context" in given:
        values["context"] = _merged("context", before.context, asked.context)
    if "metadata" in given:
        values["fields"] = _merged("metadata", before.fields, asked.metadata)
    if "coordinates" in given:
        values["coordinates"] = asked.coordinates
    if "access_mode" in given:
        values["access_mode"] = asked.access_mode
    if "state" in given and asked.state != before.state:
        status = "approved" if asked.state == "live" else "pending"
        values["state"] = asked.state
        values["findings"] = {**before.findings, "moderation": {"kind": "manual", "status": status}}
    return values


def _merged(name: str, before: Mapping[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any]:
    """A merge patch of an object: null takes a member away, or all of them."""
    if said is None:
        return {}
    merged = {key: value for key, value in {**before, **said}.items() if value is not None}
    if len(merged) > MOST_PAIRS:
        raise wrong(name, f"it would have {len(merged)} members", expected=f"at most {MOST_PAIRS}")
    return merged
