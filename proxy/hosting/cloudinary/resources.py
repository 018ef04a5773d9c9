"""Cloudinary's admin API: pictures listed, looked at, changed and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

from origin.hosting.changes import Changes
from origin.hosting.cursors import write_cursor
from origin.hosting.deletions import Deletions
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.listing import Query
from origin.hosting.model import HostedAsset, Job
from origin.hosting.outbox import URGENT
from origin.hosting.store import HostingStore
from proxy.hosting.cloudinary.answers import Answer, asset_id_of, detailed, listed
from proxy.hosting.cloudinary.calls import Call, not_found, read_type
from proxy.hosting.cloudinary.queries import MOST_DELETED, newest_first, since, some_of
from proxy.hosting.cloudinary.reading import read_coordinates, read_pairs
from proxy.hosting.cloudinary.uploader import SEEN
from proxy.hosting.desk import Desk, eager_job
from proxy.hosting.links import Links
from proxy.hosting.ordering import asked_of
from transforms.errors import printable

Keep = Callable[[HostedAsset], bool]

MOST_LISTED = 500
_MOST_PAGES = 20
"""Looked through for one call that leaves most of them out."""
_FLAGS = ("tags", "context", "metadata", "moderations")
_AT_ONCE = 8


class Resources:
    """Answers those calls; every method answers what is sent as JSON."""

    def __init__(
        self, *, desk: Desk, store: HostingStore, changes: Changes, deletions: Deletions, links: Links
    ) -> None:
        self._desk = desk
        self._store = store
        self._changes = changes
        self._deletions = deletions
        self._links = links

    async def types(self, call: Call) -> Answer:
        """The resource types there are."""
        return {"resource_types": ["image"]}

    async def listing(self, call: Call) -> Answer:
        """By prefix, or all; those of `public_ids` alone."""
        if "public_ids" in call.params:
            found = await self._store.get_many(some_of(call, "public_ids"))
            return self._told(call, self._mine(call, found.values()))
        query = Query(owner=call.owner, prefix=call.params.get("prefix"), newest_first=newest_first(call))
        start = since(call)

        def keep(asset: HostedAsset) -> bool:
            return asset.created_at >= start

        if start and not query.prefix and not query.newest_first and not call.params.get("next_cursor"):
            return await self._page(call, query, keep, cursor=write_cursor(query, (start - 1e-6, "")))
        return await self._page(call, query, keep)

    async def by_tag(self, call: Call) -> Answer:
        return await self._page(
            call, Query(owner=call.owner, tag=call.path["tag"], newest_first=newest_first(call))
        )

    async def by_context(self, call: Call) -> Answer:
        key, value = call.need("key"), call.params.get("value")

        def keep(asset: HostedAsset) -> bool:
            return key in asset.context and (not value or asset.context[key] == value)

        return await self._page(call, Query(owner=call.owner, newest_first=newest_first(call)), keep)

    async def by_moderation(self, call: Call) -> Answer:
        status = call.path["status"]
        if status not in ("pending", "approved", "rejected"):
            raise UploadMalformed(f"Invalid moderation status {printable(status)}", parameter="status")
        state: Any = {"pending": "held", "rejected": "rejected", "approved": "live"}[status]
        query = Query(owner=call.owner, state=state, newest_first=newest_first(call))

        def decided(asset: HostedAsset) -> bool:
            return "moderation" in asset.findings

        return await self._page(call, query, decided if status == "approved" else None)

    async def by_folder(self, call: Call) -> Answer:
        folder = call.need("asset_folder").strip("/")
        query = Query(owner=call.owner, prefix=f"{folder}/")
        return await self._page(call, query, lambda asset: asset.public_id.rpartition("/")[0] == folder)

    async def by_asset_ids(self, call: Call) -> Answer:
        found = await self._store.get_many_by_asset_id(some_of(call, "asset_ids"))
        return self._told(call, self._mine(call, found.values()))

    async def one(self, call: Call) -> Answer:
        """All that is known of a picture."""
        return self._detailed(call, await self._find(call))

    async def one_by_asset_id(self, call: Call) -> Answer:
        asset = await self._store.get_by_asset_id(call.path["asset_id"])
        if asset is None or not self._mine(call, [asset]):
            raise not_found(call.path["asset_id"])
        return self._detailed(call, asset)

    async def update(self, call: Call) -> Answer:
        """Change what is said of a picture; `moderation_status` decides what is held."""
        asset = await self._find(call)
        status = call.params.get("moderation_status")
        values = _changes(call)
        if status == "rejected":
            await self._deletions.reject(asset.public_id, reason="moderation", asset_id=asset.asset_id)
            gone = await self._store.get(asset.public_id)
            return detailed(gone or asset, self._links, (), ())
        if status not in ("", "approved", "pending"):
            raise UploadMalformed(
                f"Invalid moderation status {printable(status)}", parameter="moderation_status"
            )
        # What is held is made no renditions of: they are due now.
        jobs = (eager_job(self._desk.renditions(asset, asked_of(asset))),) if status == "approved" else ()
        after = await self._changes.update(
            asset.public_id, lambda before: _changed(before, values, status), owner=call.owner, jobs=jobs
        )
        return self._detailed(call, after)

    async def delete(self, call: Call) -> Answer:
        """By `public_ids`, `prefix` or `all`; with `keep_original` only what was made of them."""
        if "public_ids" in call.params:
            ids = some_of(call, "public_ids")
            found = await self._store.get_many(ids)
            return await self._delete(call, self._mine(call, found.values()), ids)
        if not call.params.get("prefix") and not call.params.flag("all"):
            call.need("public_ids")
        return await self._delete_all(call, Query(owner=call.owner, prefix=call.params.get("prefix")))

    async def delete_by_tag(self, call: Call) -> Answer:
        return await self._delete_all(call, Query(owner=call.owner, tag=call.path["tag"]))

    async def delete_by_asset_ids(self, call: Call) -> Answer:
        ids = some_of(call, "asset_ids")
        found = await self._store.get_many_by_asset_id(ids)
        return await self._delete(call, self._mine(call, found.values()), ())

    async def delete_derived(self, call: Call) -> Answer:
        """Drop what was made of pictures; it is made again for who asks for it."""
        ids = some_of(call, "derived_resource_ids")
        assets = await self._store.get_many_by_asset_id({asset_id_of(each) for each in ids})
        mine = {asset.asset_id: asset for asset in self._mine(call, assets.values())}
        for asset in mine.values():
            await self._drop_derived(call, asset)
        return {"deleted": {each: "deleted" if asset_id_of(each) in mine else "not_found" for each in ids}}

    def _mine(self, call: Call, assets: Collection[HostedAsset]) -> list[HostedAsset]:
        mode = call.access_mode
        return [
            asset
            for asset in assets
            if not asset.gone and call.owner in (None, asset.owner) and mode in (None, asset.access_mode)
        ]

    async def _find(self, call: Call) -> HostedAsset:
        public_id = call.path["public_id"]
        asset = await self._store.get(public_id)
        if asset is None or not self._mine(call, [asset]):
            raise not_found(public_id)
        return asset

    async def _page(
        self, call: Call, query: Query, keep: Keep | None = None, *, cursor: str | None = None
    ) -> Answer:
        limit = call.number("max_results", 10, most=MOST_LISTED)
        found, cursor = await self._some(
            call, query, keep, limit=limit, cursor=cursor or call.params.get("next_cursor") or None
        )
        answer = self._told(call, found)
        return answer | {"next_cursor": cursor} if cursor is not None else answer

    async def _some(
        self, call: Call, query: Query, keep: Keep | None, *, limit: int, cursor: str | None
    ) -> tuple[list[HostedAsset], str | None]:
        """At most `limit` that count; fewer, with a cursor, where many do not."""
        mode, found = call.access_mode, list[HostedAsset]()
        for _ in range(_MOST_PAGES):
            page = await self._store.list(query, limit=limit - len(found), cursor=cursor)
            cursor = page.cursor
            found += [
                asset
                for asset in page.items
                if mode in (None, asset.access_mode) and (keep is None or keep(asset))
            ]
            if cursor is None or len(found) == limit:
                break
        return found, cursor

    def _told(self, call: Call, assets: Sequence[HostedAsset]) -> Answer:
        flags = [name for name in _FLAGS if call.params.flag(name)]
        told = [listed(asset, self._links, flags) for asset in assets]
        wanted = {"asset_id", "public_id", *call.params.list("fields")}
        if "fields" in call.params:
            told = [{name: value for name, value in each.items() if name in wanted} for each in told]
        return {"resources": told}

    def _detailed(self, call: Call, asset: HostedAsset) -> Answer:
        flags = [name for name in SEEN if call.params.flag(name)]
        return detailed(asset, self._links, self._desk.renditions(asset, asked_of(asset)), flags)

    async def _delete_all(self, call: Call, query: Query) -> Answer:
        cursor = call.params.get("next_cursor") or None
        found, cursor = await self._some(call, query, None, limit=MOST_DELETED, cursor=cursor)
        answer = await self._delete(call, found, ())
        return answer | {"partial": True, "next_cursor": cursor} if cursor is not None else answer

    async def _delete(self, call: Call, assets: Sequence[HostedAsset], named: Sequence[str]) -> Answer:
        keep = bool(call.params.flag("keep_original"))
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(asset: HostedAsset) -> bool:
            async with turns:
                if keep:
                    await self._drop_derived(call, asset)
                    return True
                gone = self._deletions.delete(
                    asset.public_id, owner=call.owner, asset_id=asset.asset_id, reason="admin API"
                )
                return await gone is not None

        done = await asyncio.gather(*(one(asset) for asset in assets))
        deleted = dict.fromkeys(named, "not_found")
        counts = {}
        for asset, gone in zip(assets, done, strict=True):
            if gone:
                deleted[asset.public_id] = "deleted"
                made = len(self._desk.renditions(asset))
                counts[asset.public_id] = {"original": 0 if keep else 1, "derived": made}
        return {"deleted": deleted, "deleted_counts": counts, "partial": False}

    async def _drop_derived(self, call: Call, asset: HostedAsset) -> None:
        payload = {"content_hash": asset.blob.content_hash, "what": "derived"}
        job = Job(kind="collect_variants", payload=payload, priority=URGENT)
        await self._changes.update(asset.public_id, lambda _: {}, owner=call.owner, jobs=(job,))


def _changes(call: Call) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "tags" in call.params:
        values["tags"] = call.params.list("tags")
    if "context" in call.params:
        values["context"] = read_pairs(call.params, "context")
    if "metadata" in call.params:
        values["fields"] = read_pairs(call.params, "metadata")
    if "custom_coordinates" in call.params:
        values["coordinates"] = read_coordinates(call.params)
    if "access_mode" in call.params:
        values["access_mode"] = read_type({"public": "upload"}.get(mode := call.need("access_mode"), mode))
    return values


def _changed(before: HostedAsset, values: dict[str, Any], status: str) -> dict[str, Any]:
    changed = dict(values)
    if "fields" in changed:
        changed["fields"] = {**before.fields, **changed["fields"]}
    if status:
        changed["state"] = "live" if status == "approved" else "held"
        said = {"kind": "manual", "status": status}
        changed["findings"] = {**before.findings, "moderation": said}
    return changed
