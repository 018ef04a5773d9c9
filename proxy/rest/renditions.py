"""Sizes that are made before anybody asks for them: listed, and more of them ordered."""

from __future__ import annotations

from collections.abc import Sequence

from origin.hosting.changes import Changes
from origin.hosting.model import HostedAsset
from origin.hosting.pending import due_about
from origin.hosting.store import HostingStore
from proxy.hosting.desk import Desk, eager_job
from proxy.hosting.links import Links
from proxy.hosting.options import Size, read_size
from proxy.hosting.ordering import asked_of, with_sizes
from proxy.rest.asking import RenditionsAsked
from proxy.rest.finding import find_picture
from proxy.rest.models import Rendition, RenditionList
from proxy.rest.operation import Answered, Call
from proxy.rest.shapes import Query


class Renditions:
    """Answers those calls."""

    def __init__(self, *, desk: Desk, store: HostingStore, changes: Changes, links: Links) -> None:
        self._desk = desk
        self._store = store
        self._changes = changes
        self._links = links

    async def listing(self, call: Call[Query, None]) -> Answered:
        """Those made of every upload, and those that were asked for of this one."""
        asset = await find_picture(self._store, call, call.path["public_id"])
        return Answered(await self._told(asset, self._desk.renditions(asset, asked_of(asset))))

    async def order(self, call: Call[Query, RenditionsAsked]) -> Answered:
        """Have more made, in the background."""
        asked = call.body
        asset = await find_picture(self._store, call, call.path["public_id"])
        wanted = [read_size(text) for text in asked.transformations]
        await self._desk.check_sizes(wanted, parameter="transformations")
        sizes = self._desk.settled(asset, wanted)
        job = eager_job(sizes, notification_url=asked.notification_url, key=call.principal.key)
        after = await self._changes.update(
            asset.public_id,
            lambda before: {"findings": with_sizes(before, sizes)},
            owner=call.owner,
            jobs=(job,),
        )
        return Answered(await self._told(after, sizes), status=202)

    async def _told(self, asset: HostedAsset, sizes: Sequence[Size]) -> RenditionList:
        statuses: dict[tuple[str, str], str] = {}
        for due in await due_about(self._store.metadata, asset.standing):
            for each in due.payload.get("renditions", ()) if due.kind == "eager" else ():
                made = (str(each["transformation"]), str(each["format"]))
                statuses[made] = "failed" if due.dead else "pending"
        return RenditionList(
            items=tuple(
                Rendition(
                    transformation=size.transformation,
                    format=size.format,
                    url=self._links.url(asset, size.transformation, size.format),
                    status=statuses.get((size.transformation, size.format), "ready"),
                )
                for size in sizes
            )
        )
