"""What an owner has, over the REST API: how much of it, which tags are in use, and what the key may do."""

from __future__ import annotations

from origin.hosting.scopes import SCOPES
from origin.hosting.store import HostingStore
from proxy.rest.asking import OwnerAsked, TagsAsked
from proxy.rest.finding import next_link, owner_of
from proxy.rest.models import TagList, Usage
from proxy.rest.operation import Answered, Call


class Account:
    """Answers those calls."""

    def __init__(self, *, store: HostingStore) -> None:
        self._store = store

    async def usage(self, call: Call[OwnerAsked, None]) -> Answered:
        """Pictures and bytes, and who asks."""
        owner = owner_of(call, call.query.owner)
        found = await self._store.usage(owner)
        principal = call.principal
        return Answered(
            Usage(
                key=principal.key,
                owner=principal.owner,
                scopes=tuple(scope for scope in SCOPES if scope in principal.scopes),
                of=owner,
                pictures=found.pictures,
                bytes=found.bytes,
            )
        )

    async def tags(self, call: Call[TagsAsked, None]) -> Answered:
        """A page of the tags in use, in their order."""
        asked = call.query
        page = await self._store.tags(
            owner=owner_of(call, asked.owner),
            prefix=asked.prefix or "",
            limit=asked.limit,
            cursor=asked.cursor,
        )
        answer = TagList(items=page.items, next_cursor=page.cursor)
        return Answered(answer, headers=next_link(call, page.cursor))
