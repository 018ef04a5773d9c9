"""The part of the composition root that makes albums over what hosts pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp.typedefs import Handler as WebHandler

from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from proxy.admission import Admission
from proxy.albums.handler import AlbumHandler
from proxy.albums.sizes import Sizes, Standard
from proxy.app_hosting import HostingParts
from proxy.config import Settings
from proxy.jobs.running import Handler
from proxy.responses import CachePolicy
from proxy.rest.album_routes import operations_on_albums
from proxy.rest.albums import Albums as RestAlbums
from proxy.rest.operation import Operation
from proxy.services import Services


@dataclass(frozen=True, slots=True)
class AlbumParts:
    """What keeps albums, and what lies in them."""

    albums: Albums
    pictures: AlbumPictures


def make_albums(services: Services, hosting: HostingParts) -> AlbumParts:
    """The parts; the pages of what they change are purged."""
    assert services.takedowns is not None
    store, told = hosting.store, services.takedowns.albums_changed
    return AlbumParts(
        albums=Albums(store=store, deletions=hosting.deletions, told=told),
        pictures=AlbumPictures(store=store, told=told),
    )


def album_operations(parts: AlbumParts, hosting: HostingParts) -> tuple[Operation, ...]:
    """What the REST API does with them."""
    return operations_on_albums(RestAlbums(albums=parts.albums, pictures=parts.pictures, links=hosting.links))


def make_album_pages(
    settings: Settings,
    services: Services,
    parts: AlbumParts,
    hosting: HostingParts,
    *,
    policy: CachePolicy,
    admission: Admission,
    otherwise: WebHandler,
) -> AlbumHandler:
    """The pages; `otherwise` answers where there is no album."""
    standard = [Standard(size.transformation, size.formats) for size in settings.hosting.eager.values()]
    return AlbumHandler(
        albums=parts.albums,
        pictures=parts.pictures,
        authenticator=hosting.intake.authenticator,
        links=hosting.links,
        sizes=Sizes(standard, hosting.links, vouch=admission.vouched),
        policy=policy,
        otherwise=otherwise,
        coalescer=services.coalescer,
    )


def album_handlers(services: Services, hosting: HostingParts) -> Mapping[str, Handler]:
    """What does the jobs of albums, beside the purges."""
    albums = make_albums(services, hosting).albums

    async def empty(payload: Mapping[str, Any]) -> None:
        await albums.empty(str(payload["album_id"]), str(payload["owner"]))

    return {"empty_album": empty}
