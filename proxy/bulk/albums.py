"""Albums on their way out and in: a line of `albums.jsonl` for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from origin.errors import AssetNotFound, OriginError
from origin.hosting.album import MOST_PICTURES, Album, Visibility
from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from origin.hosting.model import OWNER
from origin.hosting.store import HostingStore
from proxy.bulk.fault import Fault
from proxy.bulk.places import Places

ALBUMS = "albums.jsonl"
_PAGE = 500
_MOST_BYTES = 4_000_000_000


class AlbumLine(BaseModel):
    """An album, with the public ids of its pictures in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    album_id: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{19}$")]
    owner: Annotated[str, Field(pattern=OWNER)]
    title: str
    description: str = ""
    visibility: Visibility = "unlisted"
    name: str | None = None
    cover: str | None = None
    pictures: Annotated[tuple[str, ...], Field(max_length=MOST_PICTURES)] = ()


async def lines_of(albums: Albums, pictures: AlbumPictures, owner: str | None) -> AsyncIterator[AlbumLine]:
    """All albums of an owner, or of everybody."""
    cursor: str | None = None
    while True:
        page = await albums.list(owner=owner, limit=_PAGE, cursor=cursor)
        for album in page.items:
            yield await _line_of(albums, pictures, album)
        cursor = page.cursor
        if cursor is None:
            return


async def read_albums(places: Places, folder: str) -> tuple[list[AlbumLine], list[Fault]]:
    """The albums of the export in `folder`, and the lines that are none."""
    try:
        text = (await places.read(f"{folder}/{ALBUMS}", max_bytes=_MOST_BYTES)).decode()
    except AssetNotFound:
        return [], []
    found = list(_read(text))
    return (
        [each for each in found if isinstance(each, AlbumLine)],
        [each for each in found if isinstance(each, Fault)],
    )


class AlbumImporter:
    """Brings albums in. `owner` is whose all of them are, whatever a line says."""

    def __init__(
        self, *, store: HostingStore, albums: Albums, pictures: AlbumPictures, owner: str | None
    ) -> None:
        self._store = store
        self._albums = albums
        self._pictures = pictures
        self._owner = owner

    async def bring(self, line: AlbumLine) -> Sequence[Fault]:
        """Make the album, or put the pictures that it lacks into the one that is there; one that was deleted
        stays so. What could not be done is told."""
        place = f"album {line.title}"
        try:
            return await self._bring(line, place)
        except OriginError as error:
            return [Fault(place, str(error))]

    async def _bring(self, line: AlbumLine, place: str) -> Sequence[Fault]:
        owner = self._owner or line.owner
        there = await self._albums.find(line.album_id)
        if there is not None and there.gone:
            return []
        if there is not None and there.owner != owner:
            return [Fault(place, f"its id, {line.album_id}, belongs to another owner, {there.owner}")]
        known = await self._known(line.pictures, owner)
        if there is None:
            await self._albums.create(
                owner=owner,
                title=line.title,
                description=line.description,
                visibility=line.visibility,
                name=line.name,
                public_ids=known,
                album_id=line.album_id,
            )
        else:
            await self._pictures.add(line.album_id, known, owner=owner)
        if there is None and line.cover in known:
            await self._albums.update(line.album_id, {"cover": line.cover}, owner=owner)
        lacking = len(line.pictures) - len(known)
        return [Fault(place, f"{lacking} of its pictures are not here")] if lacking else []

    async def _known(self, public_ids: Sequence[str], owner: str) -> list[str]:
        """Those of these pictures that are there, in this order."""
        known: list[str] = []
        for start in range(0, len(public_ids), _PAGE):
            asked = public_ids[start : start + _PAGE]
            found = await self._store.get_many(asked)
            mine = {each for each, asset in found.items() if not asset.gone and asset.owner == owner}
            known += [each for each in asked if each in mine]
        return known


async def _line_of(albums: Albums, pictures: AlbumPictures, album: Album) -> AlbumLine:
    public_ids: list[str] = []
    cover, cursor = None, None
    while True:
        lying = await pictures.page(album, limit=_PAGE, cursor=cursor)
        public_ids += [asset.public_id for asset in lying.pictures.items]
        chosen = (asset.public_id for asset in lying.pictures.items if asset.asset_id == album.cover)
        cover = next(chosen, cover)
        cursor = lying.pictures.cursor
        if cursor is None:
            break
    return AlbumLine(
        album_id=album.album_id,
        owner=album.owner,
        title=album.title,
        description=album.description,
        visibility=album.visibility,
        name=album.name,
        cover=cover,
        pictures=tuple(public_ids),
    )


def _read(text: str) -> Iterator[AlbumLine | Fault]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield AlbumLine.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            yield Fault(f"{ALBUMS}:{number}", f"{place}: {first['msg']}".removeprefix(": "))
