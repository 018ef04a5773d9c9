"""What an album's page shows, as plain values: the same for the page and for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from origin.hosting.album import Look
from origin.hosting.album_pictures import Lying
from origin.hosting.model import HostedAsset
from proxy.albums.sizes import Sizes, Source
from proxy.hosting.links import Links, extension_of
from proxy.rest.shapes import when

_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
_PREVIEW = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]{1,2000}\Z")
_CAPTIONS = ("caption", "title")
"""Keys of the context that say what stands below a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture."""

    public_id: str
    url: str
    """Where all of it is."""
    width: int
    height: int
    format: str
    alpha: bool
    """Whether what lies behind it may shine through."""
    alt: str
    """Empty where nobody said."""
    caption: str
    color: str
    """`#rrggbb`, or empty."""
    blurhash: str
    preview: str
    """A tiny picture as a data URI, or empty."""
    sources: tuple[Source, ...]
    better: tuple[tuple[Source, ...], ...]

    @property
    def largest(self) -> Source:
        """Its largest rendition, or itself."""
        return self.sources[-1] if self.sources else Source(self.url, self.width, self.height, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page of an album."""

    look: Look
    url: str
    """Of its first page."""
    pictures: tuple[Shown, ...]
    cover: Shown | None
    before: int
    """How many pictures lie before these."""
    cursor: str | None
    """Leads to the next page."""

    @property
    def title(self) -> str:
        return self.look.album.title

    @property
    def listed(self) -> bool:
        """Whether search engines may know of it."""
        return self.look.album.visibility == "public"


def view_of(look: Look, lying: Lying, *, links: Links, sizes: Sizes) -> View:
    """A page of an album, as strangers see it."""
    return View(
        look=look,
        url=links.album_url(look.album),
        pictures=tuple(shown_of(asset, sizes) for asset in lying.pictures.items),
        cover=shown_of(look.cover, sizes) if look.cover is not None else None,
        before=lying.before,
        cursor=lying.pictures.cursor,
    )


def shown_of(asset: HostedAsset, sizes: Sizes) -> Shown:
    """One picture, as strangers see it: nothing that its owner did not say to show."""
    summary, context = asset.summary, asset.context
    caption = next((context[key] for key in _CAPTIONS if context.get(key)), "")
    return Shown(
        public_id=asset.public_id,
        url=sizes.whole(asset),
        width=summary.info.width,
        height=summary.info.height,
        format=extension_of(asset),
        alpha=summary.info.alpha,
        alt=context.get("alt", ""),
        caption=caption,
        color=summary.color if _COLOR.match(summary.color) else "",
        blurhash=summary.blurhash,
        preview=summary.preview if _PREVIEW.match(summary.preview) else "",
        sources=sizes.of(asset),
        better=sizes.better(asset),
    )


def document(view: View) -> dict[str, Any]:
    """The page for programs."""
    album = view.look.album
    return {
        "album_id": album.album_id,
        "name": album.name,
        "url": view.url,
        "title": album.title,
        "description": album.description,
        "visibility": album.visibility,
        "images": view.look.pictures,
        "cover": _told(view.cover) if view.cover is not None else None,
        "created_at": when(album.created_at),
        "updated_at": when(album.updated_at),
        "items": [_told(picture) for picture in view.pictures],
        "next_cursor": view.cursor,
    }


def _told(picture: Shown) -> dict[str, Any]:
    sources = [*picture.sources, *(source for some in picture.better for source in some)]
    return {
        "public_id": picture.public_id,
        "url": picture.url,
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "alt": picture.alt or None,
        "caption": picture.caption or None,
        "color": picture.color or None,
        "blurhash": picture.blurhash or None,
        "data_uri": picture.preview or None,
        "sizes": [
            {"url": each.url, "width": each.width, "height": each.height, "type": each.type}
            for each in sources
        ],
    }
