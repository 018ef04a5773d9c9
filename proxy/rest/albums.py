"""Albums over the REST API: made, changed, filled, ordered, listed and deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from origin.errors import AssetNotFound
from origin.hosting.album import Album
from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums as Domain
from proxy.hosting.links import Links
from proxy.rest.album_models import (
    MOST_OF_EVERYONE,
    AlbumChanged,
    AlbumDeleted,
    AlbumDeletionAsked,
    AlbumEdited,
    AlbumList,
    AlbumMade,
    AlbumsAsked,
    PictureMoved,
    PicturesAdded,
    PicturesOrdered,
    PicturesRemoved,
    album_answer,
)
from proxy.rest.finding import next_link, owner_of
from proxy.rest.models import Image, ImageList, image_fields
from proxy.rest.operation import BASE, Answered, Call
from proxy.rest.problems import wrong
from proxy.rest.shapes import Paged, Query
from transforms.errors import printable


class Albums:
    """Answers those calls. A key sees its owner's albums, and `admin` keys all."""

    def __init__(self, *, albums: Domain, pictures: AlbumPictures, links: Links) -> None:
        self._albums = albums
        self._pictures = pictures
        self._links = links

    async def create(self, call: Call[Query, AlbumMade]) -> Answered:
        """A new album."""
        body = call.body
        album = await self._albums.create(
            owner=call.principal.owner,
            title=body.title,
            description=body.description,
            visibility=body.visibility,
            name=body.name,
            public_ids=body.public_ids,
        )
        answer = await self._told(album)
        headers = {"Location": f"{BASE}/albums/{quote(album.album_id)}"}
        return Answered(answer.body, status=201, headers=headers)

    async def listing(self, call: Call[AlbumsAsked, None]) -> Answered:
        """A page of albums, the newest first."""
        asked = call.query
        if asked.everyone and asked.visibility not in (None, "public"):
            raise wrong("visibility", "of everyone only public albums are listed", expected="public")
        owner = asked.owner if asked.everyone else owner_of(call, asked.owner)
        page = await self._albums.list(
            owner=owner,
            visibility="public" if asked.everyone else asked.visibility,
            limit=min(asked.limit, MOST_OF_EVERYONE) if asked.everyone else asked.limit,
            cursor=asked.cursor,
        )
        looks = await self._albums.looks(page.items, shown=asked.everyone)
        items = tuple(album_answer(look, self._links) for look in looks)
        return Answered(AlbumList(items=items, next_cursor=page.cursor), headers=next_link(call, page.cursor))

    async def one(self, call: Call[Query, None]) -> Answered:
        """An album."""
        return await self._told(await self._find(call))

    async def edit(self, call: Call[Query, AlbumEdited]) -> Answered:
        """What is said of an album, changed."""
        named = {name: getattr(call.body, name) for name in call.body.model_fields_set}
        if not named:
            raise wrong(
                "body", "nothing to change", expected=f"some of {', '.join(AlbumEdited.model_fields)}"
            )
        return await self._told(await self._albums.update(_wanted(call), named, owner=call.owner))

    async def delete(self, call: Call[AlbumDeletionAsked, None]) -> Answered:
        """Delete an album, and its pictures if so asked."""
        album = await self._find(call)
        emptied = await self._albums.delete(
            album.album_id, owner=call.owner, pictures=call.query.images == "delete"
        )
        return Answered(
            AlbumDeleted(
                album_id=album.album_id, images_deleted=emptied.pictures, images_pending=emptied.more
            )
        )

    async def images(self, call: Call[Paged, None]) -> Answered:
        """A page of the pictures in an album, as they lie."""
        album = await self._find(call)
        lying = await self._pictures.page(album, limit=call.query.limit, cursor=call.query.cursor)
        items = tuple(Image(**image_fields(asset, self._links)) for asset in lying.pictures.items)
        cursor = lying.pictures.cursor
        return Answered(ImageList(items=items, next_cursor=cursor), headers=next_link(call, cursor))

    async def add(self, call: Call[Query, PicturesAdded]) -> Answered:
        """Put pictures into an album."""
        body = call.body
        number = await self._pictures.add(_wanted(call), body.public_ids, body.place(), owner=call.owner)
        return await self._changed(call, number)

    async def order(self, call: Call[Query, PicturesOrdered]) -> Answered:
        """Put the pictures of an album into another order."""
        await self._pictures.order(_wanted(call), call.body.public_ids, owner=call.owner)
        return await self._told(await self._find(call))

    async def move(self, call: Call[Query, PictureMoved]) -> Answered:
        """Put one picture of an album elsewhere in it."""
        body = call.body
        await self._pictures.move(_wanted(call), body.public_id, body.place(), owner=call.owner)
        return await self._told(await self._find(call))

    async def remove(self, call: Call[Query, PicturesRemoved]) -> Answered:
        """Take pictures out of an album."""
        number = await self._pictures.remove(_wanted(call), call.body.public_ids, owner=call.owner)
        return await self._changed(call, number)

    async def remove_one(self, call: Call[Query, None]) -> Answered:
        """Take one picture out of an album."""
        public_id = call.path["public_id"]
        if not await self._pictures.remove(_wanted(call), [public_id], owner=call.owner):
            raise AssetNotFound(f"{printable(public_id)}: there is no such picture in this album")
        return await self._changed(call, 1)

    async def _find(self, call: Call[Any, Any]) -> Album:
        return await self._albums.get(_wanted(call), owner=call.owner)

    async def _told(self, album: Album) -> Answered:
        return Answered(album_answer(await self._albums.look(album), self._links))

    async def _changed(self, call: Call[Any, Any], number: int) -> Answered:
        look = await self._albums.look(await self._find(call))
        return Answered(AlbumChanged(**album_answer(look, self._links).model_dump(), changed=number))


def _wanted(call: Call[Any, Any]) -> str:
    return call.path["album_id"]
