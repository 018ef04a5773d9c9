"""The table of the REST API for albums, in the order that the pages show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.rest.album_models import (
    Album,
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
)
from proxy.rest.albums import Albums
from proxy.rest.examples import IMAGE
from proxy.rest.models import ImageList
from proxy.rest.operation import Operation
from proxy.rest.shapes import Paged

_ALBUM: Mapping[str, Any] = {
    "album_id": "Q3mJv8sXk2LwT0aZr5Yd",
    "name": "summer-2026",
    "url": "https://img.example.com/a/summer-2026",
    "owner": "main",
    "title": "Summer 2026",
    "description": "",
    "visibility": "public",
    "images": 12,
    "cover": "pets/cat",
    "cover_url": "https://img.example.com/calotype/image/upload/v1795381952/pets/cat.jpg",
    "created_at": "2026-11-22T20:43:21.512Z",
    "updated_at": "2026-11-22T20:43:21.512Z",
}
_CHANGED: Mapping[str, Any] = {**_ALBUM, "changed": 2}


def operations_on_albums(albums: Albums) -> tuple[Operation, ...]:
    """What can be done with albums."""
    return (*_of_albums(albums), *_of_pictures(albums))


def _of_albums(albums: Albums) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/albums",
            name="createAlbum",
            tag="albums",
            summary="Make an album",
            description="It belongs to the owner of the key, and so do all of its pictures.",
            handler=albums.create,
            scope="upload",
            body=AlbumMade,
            answers={201: Album},
            refuses=(404, 409, 413, 415, 422),
            example={"title": "Summer 2026", "visibility": "public", "name": "summer-2026"},
            answer_example=_ALBUM,
        ),
        Operation(
            method="GET",
            path="/albums",
            name="listAlbums",
            tag="albums",
            summary="List albums",
            description="The newest first. `Link` has the next page.",
            handler=albums.listing,
            scope="read",
            query=AlbumsAsked,
            answers={200: AlbumList},
            answer_example={"items": [_ALBUM], "next_cursor": None},
        ),
        Operation(
            method="GET",
            path="/albums/{album_id}",
            name="getAlbum",
            tag="albums",
            summary="Look at an album",
            handler=albums.one,
            scope="read",
            answers={200: Album},
            refuses=(404, 410),
            answer_example=_ALBUM,
        ),
        Operation(
            method="PATCH",
            path="/albums/{album_id}",
            name="editAlbum",
            tag="albums",
            summary="Change an album: title, description, who sees it, name, cover",
            handler=albums.edit,
            scope="upload",
            body=AlbumEdited,
            answers={200: Album},
            refuses=(404, 409, 410, 413, 415),
            example={"title": "Summer of 2026", "cover": "pets/cat"},
            answer_example=_ALBUM,
        ),
        Operation(
            method="DELETE",
            path="/albums/{album_id}",
            name="deleteAlbum",
            tag="albums",
            summary="Delete an album",
            description=(
                "Its pictures stay, or go with it, out of other albums too. The album is 410 from then on; "
                "what is left of many pictures is deleted in the background."
            ),
            handler=albums.delete,
            scope="delete",
            query=AlbumDeletionAsked,
            answers={200: AlbumDeleted},
            refuses=(404, 410),
            answer_example={"album_id": _ALBUM["album_id"], "images_deleted": 12, "images_pending": False},
        ),
    )


def _of_pictures(albums: Albums) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/albums/{album_id}/images",
            name="listAlbumImages",
            tag="albums",
            summary="List the pictures of an album, in their order",
            description="A cursor goes on behind the picture it was made at, whatever changed meanwhile.",
            handler=albums.images,
            scope="read",
            query=Paged,
            answers={200: ImageList},
            refuses=(404, 410),
            answer_example={"items": [IMAGE], "next_cursor": None},
        ),
        Operation(
            method="POST",
            path="/albums/{album_id}/images",
            name="addAlbumImages",
            tag="albums",
            summary="Put pictures into an album",
            description="Those that are in it already stay where they are.",
            handler=albums.add,
            scope="upload",
            body=PicturesAdded,
            answers={200: AlbumChanged},
            refuses=(404, 409, 410, 413, 415, 422),
            example={"public_ids": ["pets/cat", "pets/dog"], "position": "first"},
            answer_example=_CHANGED,
        ),
        Operation(
            method="PUT",
            path="/albums/{album_id}/order",
            name="orderAlbumImages",
            tag="albums",
            summary="Put the pictures of an album into another order",
            description="Those named come first; all others stay behind them as they lie.",
            handler=albums.order,
            scope="upload",
            body=PicturesOrdered,
            answers={200: Album},
            refuses=(404, 410, 413, 415),
            example={"public_ids": ["pets/dog", "pets/cat"]},
            answer_example=_ALBUM,
        ),
        Operation(
            method="POST",
            path="/albums/{album_id}/move",
            name="moveAlbumImage",
            tag="albums",
            summary="Move one picture in an album",
            handler=albums.move,
            scope="upload",
            body=PictureMoved,
            answers={200: Album},
            refuses=(404, 409, 410, 413, 415, 422),
            example={"public_id": "pets/dog", "before": "pets/cat"},
            answer_example=_ALBUM,
        ),
        Operation(
            method="POST",
            path="/albums/{album_id}/remove",
            name="removeAlbumImages",
            tag="albums",
            summary="Take pictures out of an album",
            description="The pictures themselves stay. Those that are not in it are passed over.",
            handler=albums.remove,
            scope="upload",
            body=PicturesRemoved,
            answers={200: AlbumChanged},
            refuses=(404, 409, 410, 413, 415, 422),
            example={"public_ids": ["pets/dog"]},
            answer_example=_CHANGED,
        ),
        Operation(
            method="DELETE",
            path="/albums/{album_id}/images/{public_id}",
            name="removeAlbumImage",
            tag="albums",
            summary="Take a picture out of an album",
            description="The picture itself stays.",
            handler=albums.remove_one,
            scope="upload",
            answers={200: AlbumChanged},
            refuses=(404, 410),
            answer_example={**_CHANGED, "changed": 1},
        ),
    )
