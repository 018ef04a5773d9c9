"""Eager renditions that are answered with the upload: made by the same way as those that are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from origin.errors import AssetNotFound, OriginChanged
from origin.hosting.model import HostedAsset
from proxy.client import Client
from proxy.delivery import Delivered, Delivery
from proxy.errors import error_message, is_refusal
from proxy.hosting.cloudinary.answers import derived
from proxy.hosting.links import Links
from proxy.hosting.options import Size
from proxy.settling import Settling
from proxy.url import DeliveryUrl, read_delivery_url


class Renditions:
    """Makes renditions, and tells of them."""

    def __init__(self, *, settling: Settling, delivery: Delivery, links: Links) -> None:
        self._settling = settling
        self._delivery = delivery
        self._links = links

    async def made(self, asset: HostedAsset, sizes: Sequence[Size]) -> list[dict[str, Any]]:
        """What came of each size; one that cannot be made says why, and spoils no other."""
        return list(await asyncio.gather(*(self._told(asset, size) for size in sizes)))

    def promised(self, asset: HostedAsset, sizes: Sequence[Size]) -> list[dict[str, Any]]:
        """The same of those that the queue makes. Their URLs are good already."""
        return [{**derived(asset, self._links, size), "status": "processing"} for size in sizes]

    async def _told(self, asset: HostedAsset, size: Size) -> dict[str, Any]:
        answer = derived(asset, self._links, size)
        try:
            variant = (await self._made(asset, size)).variant
        except Exception as error:
            if not is_refusal(error):
                raise
            return {**answer, "status": "failed", "reason": error_message(error)}
        return {
            **answer,
            "width": variant.width,
            "height": variant.height,
            "bytes": len(variant.body),
            "format": variant.format,
        }

    async def _made(self, asset: HostedAsset, size: Size) -> Delivered:
        path = self._links.path(asset, size.transformation, size.format)
        # As signed: who asks is allowed to see it.
        url = replace(read_delivery_url(path, max_bytes=1 << 16), signed=True)
        try:
            return await self._make(url)
        except (AssetNotFound, OriginChanged):
            # Somebody asked for it before it was there, or as it was.
            await self._settling.look_again(url)
            return await self._make(url)

    async def _make(self, url: DeliveryUrl) -> Delivered:
        settled = await self._settling.settle(url, Client())
        try:
            return await self._delivery.variant(settled)
        finally:
            await settled.release()
