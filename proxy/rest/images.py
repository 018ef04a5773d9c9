"""Pictures over the REST API: listed, looked at and deleted, one by one or many at a time."""

from __future__ import annotations

from collections.abc import Iterable

from origin.errors import AssetNotFound
from origin.hosting.deletions import Deletions
from origin.hosting.listing import Query as Listing
from origin.hosting.pending import Due, due_about
from origin.hosting.store import HostingStore
from proxy.hosting.links import Links
from proxy.rest.asking import ImagesAsked
from proxy.rest.deleting import as_it_is
from proxy.rest.finding import etag_of, find_album, find_picture, gone, next_link, owner_of
from proxy.rest.models import (
    FOLLOWS,
    AlikeImage,
    Image,
    ImageList,
    ImageStatus,
    detail_fields,
    image_fields,
    receipt_answer,
)
from proxy.rest.operation import Answered, Call
from proxy.rest.problems import Invalid, Violation, wrong
from proxy.rest.shapes import Query
from transforms.errors import printable

_EXCLUSIVE = ("prefix", "tag", "album", "similar_to")
"""Filters of which a list has one at the most."""
_ALIKE = 7
"""Bits in which pictures differ that look alike, where nothing is said."""


class Images:
    """Answers those calls. A key sees its owner's pictures, and `admin` keys all; those of others are not
    there for it."""

    def __init__(self, *, store: HostingStore, deletions: Deletions, links: Links) -> None:
        self._store = store
        self._deletions = deletions
        self._links = links

    async def listing(self, call: Call[ImagesAsked, None]) -> Answered:
        """A page of pictures."""
        asked = call.query
        _check_filters(asked)
        owner = owner_of(call, asked.owner)
        if asked.similar_to is not None:
            return await self._alike(call, asked.similar_to, owner)
        query = Listing(
            owner=owner,
            prefix=asked.prefix or "",
            tag=asked.tag,
            album=await find_album(self._store, call, asked.album),
            state=asked.state,
            newest_first=asked.order != "oldest",
        )
        page = await self._store.list(query, limit=asked.limit, cursor=asked.cursor)
        items = tuple(Image(**image_fields(asset, self._links)) for asset in page.items)
        answer = ImageList(items=items, next_cursor=page.cursor)
        return Answered(answer, headers=next_link(call, page.cursor))

    async def one(self, call: Call[Query, None]) -> Answered:
        """All that is known of a picture."""
        asset = await find_picture(self._store, call, call.path["public_id"])
        due = await due_about(self._store.metadata, asset.standing)
        pending = kinds_of(each for each in due if not each.dead)
        failed = kinds_of(each for each in due if each.dead)
        tag = etag_of(asset, (pending, failed))
        headers = {"ETag": f'"{tag}"'}
        if any(each.value in ("*", tag) for each in call.request.if_none_match or ()):
            return Answered(status=304, headers=headers)
        fields = detail_fields(asset, self._links)
        return Answered(ImageStatus(**fields, pending=pending, failed=failed), headers=headers)

    async def delete(self, call: Call[Query, None]) -> Answered:
        """Delete a picture; the receipt."""
        asset = await find_picture(self._store, call, call.path["public_id"])
        receipt = await self._deletions.delete(
            asset.public_id, owner=call.owner, asset_id=asset.asset_id, reason="REST API"
        )
        if receipt is None:
            raise gone(asset.public_id)
        return Answered(receipt_answer(await as_it_is(self._store, receipt)))

    async def _alike(self, call: Call[ImagesAsked, None], public_id: str, owner: str | None) -> Answered:
        asset = await self._store.get(public_id)
        if asset is None or asset.gone or call.owner not in (None, asset.owner):
            raise AssetNotFound(f"similar_to: {printable(public_id)}: there is no such picture")
        distance = _ALIKE if call.query.distance is None else call.query.distance
        found = await self._store.similar_to(
            asset.summary.phash, owner=owner, max_distance=distance, limit=call.query.limit + 1
        )
        items = [
            AlikeImage(**image_fields(each.asset, self._links), distance=each.distance)
            for each in found
            if each.asset.asset_id != asset.asset_id
        ]
        return Answered(ImageList(items=tuple(items[: call.query.limit]), next_cursor=None))


def kinds_of(due: Iterable[Due]) -> tuple[str, ...]:
    """What is to be done, without what follows from changes before."""
    return tuple(dict.fromkeys(each.kind for each in due if each.kind in FOLLOWS))


def _check_filters(asked: ImagesAsked) -> None:
    """Raise Invalid for filters that do not go together."""
    given = [name for name in _EXCLUSIVE if getattr(asked, name) is not None]
    if len(given) > 1:
        raise Invalid(
            [
                Violation(
                    parameter=name,
                    detail=f"not together with {', '.join(other for other in given if other != name)}",
                    code="exclusive_parameters",
                    expected=f"one of {', '.join(_EXCLUSIVE)}",
                )
                for name in given
            ]
        )
    if asked.distance is not None and asked.similar_to is None:
        raise wrong("distance", "only together with similar_to")
    if asked.similar_to is not None:
        for name in ("cursor", "state", "order"):
            if getattr(asked, name) is not None:
                raise wrong(name, "not together with similar_to", code="exclusive_parameters")
