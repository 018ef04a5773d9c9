"""`/a/<id or name>` and the same with `.json`: albums for whoever has their address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web
from aiohttp.typedefs import Handler

from origin.errors import AlbumGone, AlbumNotFound, AssetNotFound, MetadataUnavailable
from origin.hosting.album import Album
from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from origin.hosting.mounted import PATIENCE_SECONDS
from proxy.albums.page import Html, page, problem_page
from proxy.albums.preference import accepts_html, prefers_json
from proxy.albums.sizes import Sizes
from proxy.albums.view import View, document, view_of
from proxy.coalesce import Coalescer
from proxy.conditions import not_modified
from proxy.errors import header_safe
from proxy.hosting.auth import Authenticator
from proxy.hosting.auth_errors import Unauthenticated
from proxy.hosting.links import Links
from proxy.lately import Lately
from proxy.responses import CachePolicy, shared_part
from proxy.rest.problems import wrong
from proxy.tags import album_tag, asset_tag, tag_headers
from transforms.errors import printable

PATH = r"/a/{album:[A-Za-z0-9-]{1,60}}"
"""Ids and names of albums; whatever else begins with `/a/` is a picture."""
PAGE_PICTURES = 60
MOST_PICTURES = 90
"""On one page: an answer has at most a hundred tags, and each picture is one."""

SHARED_SECONDS = 0.5
"""How long a page is shown again as it was."""
_MOST_SHARED = 64
"""Pages kept for so long: of 80 KB each, where an album is full."""

_SHARED = "public, max-age=0, s-maxage=300"
"""A browser asks each time, which costs a 304. A CDN is told of changes, so it may keep a page for longer;
not for as long as a picture: a deletion purges the pages that showed it, not the number on the others."""
_NOWHERE = {"Cache-Control": "no-store"}
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of an album as it was at a time."""

    album_id: str
    updated_at: float
    limit: int
    cursor: str | None
    as_json: bool

    @property
    def text(self) -> str:
        """All of it, for `read`."""
        return json.dumps([self.album_id, self.updated_at, self.limit, self.cursor, self.as_json])

    @classmethod
    def read(cls, text: str) -> Asked:
        """What `text` was made of."""
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class Made:
    """A page as it goes over the wire."""

    body: bytes
    etag: str
    headers: Mapping[str, str]


class AlbumHandler:
    """Answers those paths. What is made of an album is shared by all who ask within half a second: a crowd
    costs little, and what is deleted is gone within a second. Whether it may be seen is asked each time.

    A private album is shown with a key of its owner's, by the scope `read`; without one it is as if there was
    none. Where there is no album, `otherwise` answers: the path may be that of a picture.
    """

    def __init__(
        self,
        *,
        albums: Albums,
        pictures: AlbumPictures,
        authenticator: Authenticator,
        links: Links,
        sizes: Sizes,
        policy: CachePolicy,
        otherwise: Handler,
        coalescer: Coalescer,
        seconds: float = SHARED_SECONDS,
    ) -> None:
        self._albums = albums
        self._pictures = pictures
        self._authenticator = authenticator
        self._links = links
        self._sizes = sizes
        self._policy = policy
        self._otherwise = otherwise
        self._made: Lately[Made] = Lately(
            lambda asked, _: self._make(Asked.read(asked)),
            what="album page",
            coalescer=coalescer,
            seconds=seconds,
            patience_seconds=PATIENCE_SECONDS,
            entries=_MOST_SHARED,
        )

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Have the router lead here."""
        router.add_get(PATH + r".json", self.for_programs, name="album_json")
        router.add_get(PATH, self.for_people, name="album")

    async def for_people(self, request: web.Request) -> web.StreamResponse:
        """The page, or, for who would rather have that, JSON."""
        return await self._answer(request, as_json=prefers_json(request.headers.get("Accept", "")))

    async def for_programs(self, request: web.Request) -> web.StreamResponse:
        """JSON, whatever the client says that it takes."""
        return await self._answer(request, as_json=True)

    async def _answer(self, request: web.Request, *, as_json: bool) -> web.StreamResponse:
        wanted = request.match_info["album"]
        try:
            album = await self._seen(request, await self._albums.find(wanted), wanted)
        except MetadataUnavailable as error:
            return await self._unknown(request, error)
        if album is None:
            return await self._no_album(request)
        if album.gone:
            return self._gone(request, album)
        if wanted not in (album.album_id, album.name):
            return self._led_on(request, album)
        limit, cursor = _limit(request.query.get("limit")), request.query.get("cursor") or None
        asked = Asked(album.album_id, album.updated_at, limit, cursor, as_json)
        made = await (self._make(asked) if album.visibility == "private" else self._made.get(asked.text))
        return _unless_known(request, made, self._varying(request))

    async def _seen(self, request: web.Request, album: Album | None, wanted: str) -> Album | None:
        """The album, if whoever asks may know that there is one."""
        if album is None or album.visibility == "public":
            return album
        if album.visibility == "unlisted":
            # Names that it had while it was public are guessed, its id is not.
            return album if wanted == album.album_id else None
        try:
            sender = await self._authenticator.by_header(request.headers.get("Authorization", ""))
        except Unauthenticated:
            # Not 401, which would tell that there is something to have a key for.
            return None
        if sender is None or not sender.allows("read"):
            return None
        return album if sender.administers or sender.owner == album.owner else None

    async def _make(self, asked: Asked) -> Made:
        album = await self._albums.get(asked.album_id)
        look = await self._albums.look(album, shown=True)
        lying = await self._pictures.page(album, shown=True, limit=asked.limit, cursor=asked.cursor)
        view = view_of(look, lying, links=self._links, sizes=self._sizes)
        body, headers = await asyncio.to_thread(_written, view, asked.as_json)
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        return Made(body, etag, {**headers, **self._headers(view), "ETag": etag})

    def _headers(self, view: View) -> dict[str, str]:
        album = view.look.album
        headers = dict(_SAFE) if view.listed else {**_SAFE, "X-Robots-Tag": "noindex"}
        if album.visibility == "private":
            return {**headers, "Cache-Control": "private, no-store"}
        headers["Cache-Control"] = _SHARED
        if self._policy.cdn_cache_control:
            headers["CDN-Cache-Control"] = shared_part(_SHARED)
        if self._policy.surrogate_control:
            headers["Surrogate-Control"] = shared_part(_SHARED)
        shown = [*([view.cover] if view.cover is not None else []), *view.pictures]
        tags = [album_tag(album.album_id), *(asset_tag(picture.public_id) for picture in shown)]
        return headers | self._tags(*tags)

    def _tags(self, *tags: str) -> dict[str, str]:
        return tag_headers(tuple(dict.fromkeys(tags)), self._policy.tag_headers, self._policy.tag_prefix)

    def _varying(self, request: web.Request) -> dict[str, str]:
        return {} if request.path.endswith(".json") else {"Vary": "Accept"}

    def _led_on(self, request: web.Request, album: Album) -> web.Response:
        """To what an album is called now. Its owner may give its old name to another one: not for good."""
        suffix = ".json" if request.path.endswith(".json") else ""
        place = f"/a/{album.called}{suffix}"
        headers = {
            "Location": place,
            "Cache-Control": _SHARED,
            **_SAFE,
            **self._tags(album_tag(album.album_id)),
        }
        return web.Response(status=302, headers=headers)

    def _gone(self, request: web.Request, album: Album) -> web.Response:
        if not accepts_html(request.headers.get("Accept", "")):
            error = AlbumGone("this album was deleted")
            error.headers = _NOWHERE  # type: ignore[attr-defined]
            raise error
        html = problem_page("Gone", "There was an album here. It was deleted.")
        return _problem(410, html, "this album was deleted")

    async def _unknown(self, request: web.Request, away: MetadataUnavailable) -> web.StreamResponse:
        """While the database is away folders are served all the same."""
        try:
            return await self._otherwise(request)
        except AssetNotFound:
            raise away from None

    async def _no_album(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._otherwise(request)
        except AssetNotFound as error:
            if not accepts_html(request.headers.get("Accept", "")):
                # It may be private until tomorrow, and a CDN would not hear of it.
                nowhere = AlbumNotFound(f"{printable(request.path)}: there is nothing here")
                nowhere.headers = _NOWHERE  # type: ignore[attr-defined]
                raise nowhere from error
            html = problem_page("Nothing here", "There is no album at this address, or none for you.")
            return _problem(404, html, "there is no such album")


def _written(view: View, as_json: bool) -> tuple[bytes, dict[str, str]]:
    if as_json:
        headers = {"Content-Type": "application/json; charset=utf-8", "Access-Control-Allow-Origin": "*"}
        return json.dumps(document(view), ensure_ascii=False).encode(), headers
    html = page(view)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": html.policy}
    return html.text.encode("utf-8", "replace"), headers


def _unless_known(request: web.Request, made: Made, varying: Mapping[str, str]) -> web.Response:
    """The body, or 304 where the client has it."""
    headers = {**made.headers, **varying}
    asked = {"If-None-Match": request.headers.get("If-None-Match", "")}
    if asked["If-None-Match"] and not_modified(asked, etag=made.etag, modified_at=0):
        return web.Response(status=304, headers={n: v for n, v in headers.items() if n != "Content-Type"})
    return web.Response(body=made.body, headers=headers)


def _problem(status: int, html: Html, message: str) -> web.Response:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": html.policy,
        "X-Cld-Error": header_safe(message),
        "Vary": "Accept",
        **_NOWHERE,
        **_SAFE,
    }
    return web.Response(status=status, body=html.text.encode(), headers=headers)


def _limit(asked: str | None) -> int:
    """How many pictures. Raises Invalid."""
    if asked is None:
        return PAGE_PICTURES
    if asked.isascii() and asked.isdigit() and len(asked) < 4 and 1 <= int(asked) <= MOST_PICTURES:
        return int(asked)
    raise wrong("limit", f"{printable(asked)!r} is none", expected=f"1 to {MOST_PICTURES}")
