"""Albums as the REST API takes and answers them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from origin.hosting.album import (
    MOST_DESCRIPTION,
    MOST_NAME,
    MOST_PICTURES,
    MOST_TITLE,
    NAME,
    Look,
    Visibility,
)
from origin.hosting.album_pictures import Beside
from proxy.hosting.links import Links
from proxy.rest.problems import wrong
from proxy.rest.shapes import Body, Listed, Name, Paged, Query, Shape, When, unsaid, when

MOST_AT_ONCE = 1000
"""Pictures added or removed by one call."""
MOST_OF_EVERYONE = 50
"""Albums of strangers on one page of a list: what is shown of each is counted picture by picture."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=MOST_TITLE, pattern=r"^[^\x00]*$")]
Description = Annotated[str, StringConstraints(max_length=MOST_DESCRIPTION, pattern=r"^[^\x00]*$")]
AlbumName = Annotated[
    str | None,
    Field(
        max_length=MOST_NAME,
        pattern=NAME,
        description="What stands in its URL instead of the id. `unlisted` albums have none. A name stays its "
        "owner's; while the album is public its former ones lead to it.",
        examples=["summer-2026"],
    ),
]
Seen = Annotated[
    Visibility,
    Field(
        description="`public`: found by everybody. `unlisted`: seen by who has its address. `private`: seen "
        "with a key of its owner's."
    ),
]
Some = Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Album(Shape):
    """An album."""

    album_id: str = Field(description="Stays, whatever it is called.")
    name: str | None
    url: str = Field(description="Its page; with `.json` at the end the same for programs.")
    owner: str
    title: str
    description: str
    visibility: Visibility
    images: int = Field(description="How many are in it.")
    cover: str | None = Field(
        description="The public id of the picture that stands for it: the one that was set, else the first."
    )
    cover_url: str | None
    created_at: When
    updated_at: When


class AlbumChanged(Album):
    """An album, and how many pictures came in or went out."""

    changed: int


class AlbumList(Listed[Album]):
    """A page of albums."""


class AlbumDeleted(Shape):
    """What came of deleting an album."""

    album_id: str
    images_deleted: int
    images_pending: bool = Field(description="The rest of its pictures is being deleted in the background.")


class AlbumsAsked(Paged):
    """Which albums are listed."""

    visibility: Visibility | None = None
    everyone: bool = Field(
        False,
        description=f"The public ones of all owners, not one's own; at most {MOST_OF_EVERYONE} a page.",
    )
    owner: Name | None = Field(None, description="Whose; keys without `admin` see their own alone.")


class AlbumDeletionAsked(Query):
    """How an album is deleted."""

    images: Literal["keep", "delete"] = Field("keep", description="What becomes of its pictures.")


class AlbumMade(Body):
    """A new album."""

    title: Title = Field(examples=["Summer 2026"])
    description: Description = ""
    visibility: Seen = "unlisted"
    name: AlbumName = None
    public_ids: Annotated[tuple[Name, ...], Field(max_length=MOST_AT_ONCE)] = Field(
        (), description="Its pictures, in their order."
    )


class AlbumEdited(Body):
    """Changes of an album: what is not named stays."""

    title: Title = Field("", json_schema_extra=unsaid)
    description: Description = Field("", json_schema_extra=unsaid)
    visibility: Seen = Field("unlisted", json_schema_extra=unsaid)
    name: AlbumName = None
    cover: Name | None = Field(None, description="The public id of one of its pictures; null: the first one.")


class PicturesAdded(Body):
    """Pictures for an album, and where to: the end, where nothing is said."""

    public_ids: Some
    before: Name | None = Field(None, description="Just before this one.")
    after: Name | None = Field(None, description="Just behind this one.")
    position: Literal["first", "last"] | None = None

    def place(self) -> Beside:
        """Where. Raises Invalid."""
        return place_of(self.before, self.after, self.position)


class PictureMoved(Body):
    """A picture of an album, and where to: one of `before`, `after` and `position`."""

    public_id: Name
    before: Name | None = Field(None, description="Just before this one.")
    after: Name | None = Field(None, description="Just behind this one.")
    position: Literal["first", "last"] | None = None

    def place(self) -> Beside:
        """Where. Raises Invalid."""
        if self.before is None and self.after is None and self.position is None:
            raise wrong(
                "position", "missing", expected="one of before, after, position", code="missing_parameter"
            )
        return place_of(self.before, self.after, self.position)


class PicturesOrdered(Body):
    """The order of an album: these come first, all others behind them as they lie."""

    public_ids: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_PICTURES)]


class PicturesRemoved(Body):
    """Pictures that leave an album."""

    public_ids: Some


def place_of(before: str | None, after: str | None, position: str | None) -> Beside:
    """The place that at most one of these names. Raises Invalid."""
    given = {"before": before, "after": after, "position": position}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise wrong(
            named[1],
            f"not together with {named[0]}",
            expected="one of before, after, position",
            code="exclusive_parameters",
        )
    return Beside(before=before, after=after, first=position == "first")


def album_answer(look: Look, links: Links) -> Album:
    """An album, as it is answered."""
    album, cover = look.album, look.cover
    return Album(
        album_id=album.album_id,
        name=album.name,
        url=links.album_url(album),
        owner=album.owner,
        title=album.title,
        description=album.description,
        visibility=album.visibility,
        images=look.pictures,
        cover=None if cover is None else cover.public_id,
        cover_url=None if cover is None else links.url(cover),
        created_at=when(album.created_at),
        updated_at=when(album.updated_at),
    )
