"""An album: pictures of one owner in an order, and who may look at them. Times are epoch seconds."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from origin.errors import InvalidAlbum
from origin.hosting.model import HostedAsset

Visibility = Literal["public", "unlisted", "private"]
"""`public` ones are listed for everybody, an `unlisted` one is shown to who knows its id, a `private` one to
keys of its owner."""

MOST_ALBUMS = 10_000
"""Of one owner."""
MOST_PICTURES = 5_000
"""In one album."""
MOST_NAMES = 20
"""Names that one album has had: each stays its owner's for good."""
MOST_TITLE = 200
MOST_DESCRIPTION = 5_000
MOST_NAME = 60
NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"

_ID_CHARACTERS = 20
_CHOICE = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """An album. A deleted one stays as a tombstone, without title, description and pictures."""

    album_id: str
    """20 random letters and digits, the first of them a capital: never a name."""
    owner: str
    name: str | None = None
    """What it is called in its URL instead of the id; `unlisted` ones have none, since names are guessed."""
    title: str
    description: str = ""
    visibility: Visibility
    cover: str | None = None
    """The asset id of the picture that was chosen; None: the first one that is shown."""
    numbering: int = 0
    """Moves on by one when all positions become others."""
    created_at: float
    updated_at: float
    deleted_at: float | None = None

    @property
    def gone(self) -> bool:
        """Whether it is a tombstone."""
        return self.deleted_at is not None

    @property
    def called(self) -> str:
        """What stands in its URL."""
        return self.name or self.album_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An album as it is looked at, by its owner or by strangers."""

    album: Album
    pictures: int
    """How many are in it, or are shown to strangers."""
    cover: HostedAsset | None
    """The picture that stands for it; none of an empty album."""


def new_album_id() -> str:
    """119 bits that nobody guesses."""
    rest = "".join(secrets.choice(_CHOICE) for _ in range(_ID_CHARACTERS - 1))
    return secrets.choice(string.ascii_uppercase) + rest


def check_album(values: Mapping[str, Any]) -> None:
    """Raise InvalidAlbum unless `title`, `description`, `visibility` and `name` can be so, each where it is
    given."""
    for field, most in (("title", MOST_TITLE), ("description", MOST_DESCRIPTION)):
        text = values.get(field, "")
        if len(text) > most or "\0" in text:
            raise InvalidAlbum(f"Expected at most {most:,} characters, none of them NUL", parameter=field)
    if not values.get("title", "x").strip():
        raise InvalidAlbum("Expected a title", parameter="title")
    if values.get("visibility", "public") not in get_args(Visibility):
        raise InvalidAlbum(f"Expected one of {', '.join(get_args(Visibility))}", parameter="visibility")
    name = values.get("name")
    if name is not None and (len(name) > MOST_NAME or not re.fullmatch(NAME, name)):
        message = f"Expected at most {MOST_NAME} of a-z and 0-9, with single hyphens between"
        raise InvalidAlbum(message, parameter="name")
    if name is not None and values.get("visibility") == "unlisted":
        message = "names are guessed: an album with one is public or private, not unlisted"
        raise InvalidAlbum(message, parameter="name")
