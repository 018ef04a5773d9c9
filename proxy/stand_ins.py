"""What is shown for a rendition that the jobs behind an upload are about to make, where that is wanted."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cachetools import TTLCache

from origin.errors import OriginError
from origin.hosting.model import HostedAsset
from origin.hosting.standing import Standing, standing_of
from origin.library import Library
from proxy.cache.tiers import Tiers
from proxy.client import Client
from proxy.freshness import shorten
from proxy.hosting.links import Links
from proxy.jobs.renditions import wanted_of
from proxy.settling import Settled, Settling
from proxy.url import read_delivery_url
from proxy.variant import etag_of
from transforms.formats import FORMATS

HEADER = "Calotype-Stand-In"
"""Says that another picture is shown for now: `placeholder` or `original`."""
SECONDS = 5
"""How long a stand-in may be kept."""

_SHOWN = ("jpg", "png", "webp", "avif", "gif")
"""Originals that browsers show as they lie."""
_REMEMBERED_SECONDS = 1.0
_REMEMBERED = 4096
_DATA_URI = "data:image/webp;base64,"

Shown = Literal["placeholder", "original"]


@dataclass(frozen=True, slots=True)
class StandIn:
    """A picture that is shown for another."""

    shown: Shown
    body: bytes
    content_type: str

    def relabel(self, headers: MutableMapping[str, str], key: str) -> None:
        """Have the headers of the rendition of that key say what is shown, and that it is not for long.

        Without a date: the rendition has the same, and whoever asks by it would hear that nothing changed.
        """
        shorten(headers, SECONDS)
        headers["ETag"] = etag_of(key, self.shown[0])
        headers["Content-Type"] = self.content_type
        headers[HEADER] = self.shown
        for name in ("Last-Modified", "Accept-Ranges", "Content-Disposition"):
            headers.pop(name, None)


class StandIns:
    """Finds them. `pending` tells what the jobs of a picture are about to make, `get` the picture."""

    def __init__(
        self,
        *,
        shown: Shown,
        pending: Callable[[Standing], Awaitable[Iterable[Mapping[str, Any]]]],
        get: Callable[[str], Awaitable[HostedAsset | None]],
        settling: Settling,
        clients: Iterable[Client],
        tiers: Tiers,
        library: Library,
        links: Links,
    ) -> None:
        self._shown = shown
        self._pending = pending
        self._get = get
        self._settling = settling
        self._clients = tuple(clients)
        self._tiers = tiers
        self._library = library
        self._links = links
        self._known: TTLCache[Standing, frozenset[str]] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)

    async def find(self, settled: Settled) -> StandIn | None:
        """What is shown for a rendition that is still to be made; None for what is there, and for what is
        made for whoever asks for it. Raises what reading the original raises."""
        standing = standing_of(settled.asset.etag)
        if standing is None or settled.plan is None:
            return None
        if await self._tiers.get(settled.key, settled.standings) is not None:
            return None
        try:
            asset = await self._get(standing.asset_id)
            if asset is None or asset.standing != standing or settled.key not in await self._awaited(asset):
                return None
        except OriginError:
            # The database is away: it is made as if there were no jobs.
            return None
        return await self._made(settled, asset)

    async def _awaited(self, asset: HostedAsset) -> frozenset[str]:
        """The keys of the variants that its jobs are about to make."""
        known = self._known.get(asset.standing)
        if known is None:
            known = self._known[asset.standing] = frozenset(await self._settle(asset))
        return known

    async def _settle(self, asset: HostedAsset) -> list[str]:
        keys = []
        for payload in await self._pending(asset.standing):
            for transformation, format in wanted_of(payload, asset):
                path = self._links.path(asset, transformation, format)
                url = replace(read_delivery_url(path), signed=True)
                for client in self._clients:
                    settled = await self._settling.settle(url, client)
                    await settled.release()
                    keys.append(settled.key)
        return keys

    async def _made(self, settled: Settled, asset: HostedAsset) -> StandIn | None:
        if self._shown == "original" and settled.asset.info.format in _SHOWN:
            body = await self._library.read(settled.asset)
            return StandIn("original", body, FORMATS[settled.asset.info.format].mime)
        preview = asset.summary.preview
        if not preview.startswith(_DATA_URI):
            return None
        return StandIn("placeholder", base64.b64decode(preview.removeprefix(_DATA_URI)), FORMATS["webp"].mime)
