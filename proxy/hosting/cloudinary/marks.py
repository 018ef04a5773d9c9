"""Cloudinary's calls that change the tags, the context or the metadata of many pictures at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from origin.errors import AssetNotFound
from origin.hosting.changes import Changes
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.listing import Query
from origin.hosting.model import HostedAsset
from origin.hosting.store import HostingStore
from proxy.hosting.cloudinary.answers import Answer
from proxy.hosting.cloudinary.calls import Call
from proxy.hosting.cloudinary.reading import read_pairs
from transforms.errors import printable

MOST_CHANGED = 1000
Change = Callable[[HostedAsset], dict[str, Any]]


class Marks:
    """Answers those calls: the public ids that were changed."""

    def __init__(self, *, store: HostingStore, changes: Changes) -> None:
        self._store = store
        self._changes = changes

    async def tags(self, call: Call) -> Answer:
        """`add`, `remove`, `replace`, `set_exclusive` or `remove_all`."""
        command = call.need("command")
        tags = () if command == "remove_all" else call.params.list("tag")
        if not tags and command != "remove_all":
            call.need("tag")
        changed = await self._change(call, _TAGS.get(command) or _unknown(command), tags)
        if command == "set_exclusive":
            await self._take_from_others(call, tags, frozenset(changed))
        return {"public_ids": changed}

    async def context(self, call: Call) -> Answer:
        """`add` or `remove_all`."""
        command = call.need("command")
        if command not in ("add", "remove_all"):
            _unknown(command)
        pairs = read_pairs(call.params, "context") if command == "add" else {}
        if command == "add":
            call.need("context")
            return {"public_ids": await self._change(call, lambda a, _: {"context": {**a.context, **pairs}})}
        return {"public_ids": await self._change(call, lambda a, _: {"context": {}})}

    async def metadata(self, call: Call) -> Answer:
        """Set fields; the others stay."""
        call.need("metadata")
        pairs = read_pairs(call.params, "metadata")
        return {"public_ids": await self._change(call, lambda a, _: {"fields": {**a.fields, **pairs}})}

    async def _change(
        self,
        call: Call,
        change: Callable[[HostedAsset, tuple[str, ...]], dict[str, Any]],
        given: tuple[str, ...] = (),
    ) -> list[str]:
        public_ids = call.params.list("public_ids")
        if not 0 < len(public_ids) <= MOST_CHANGED:
            raise UploadMalformed(
                f"public_ids: expected 1 to {MOST_CHANGED} of them, got {len(public_ids)}",
                code="invalid_parameter",
                parameter="public_ids",
            )
        mode, known = call.access_mode, await self._store.get_many(public_ids)
        wanted = [name for name in public_ids if name in known and mode in (None, known[name].access_mode)]
        return await self._each(call, wanted, lambda asset: change(asset, given))

    async def _each(self, call: Call, public_ids: Sequence[str], change: Change) -> list[str]:
        changed = []
        for public_id in public_ids:
            try:
                await self._changes.update(public_id, change, owner=call.owner)
            except AssetNotFound:
                continue
            changed.append(public_id)
        return changed

    async def _take_from_others(self, call: Call, tags: Sequence[str], kept: frozenset[str]) -> None:
        for tag in tags:
            cursor: str | None = None
            query = Query(owner=call.owner, tag=tag, newest_first=False)
            for _ in range(MOST_CHANGED):
                page = await self._store.list(query, limit=MOST_CHANGED, cursor=cursor)
                others = [asset.public_id for asset in page.items if asset.public_id not in kept]
                await self._each(call, others, lambda asset: _without(asset, tuple(tags)))
                if (cursor := page.cursor) is None:
                    break


def _without(asset: HostedAsset, tags: tuple[str, ...]) -> dict[str, Any]:
    return {"tags": tuple(tag for tag in asset.tags if tag not in tags)}


_TAGS: dict[str, Callable[[HostedAsset, tuple[str, ...]], dict[str, Any]]] = {
    "add": lambda asset, tags: {"tags": (*asset.tags, *tags)},
    "remove": _without,
    "replace": lambda asset, tags: {"tags": tags},
    "set_exclusive": lambda asset, tags: {"tags": (*asset.tags, *tags)},
    "remove_all": lambda asset, tags: {"tags": ()},
}


def _unknown(command: str) -> Any:
    raise UploadMalformed(
        f"command: {printable(command)!r} is not known here", code="invalid_parameter", parameter="command"
    )
