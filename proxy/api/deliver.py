"""`GET` and `HEAD` of a picture."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from aiohttp import web

from origin.errors import OriginChanged
from proxy.client import HintBuckets, read_client
from proxy.conditions import RangeNotSatisfiable, Span, not_modified, read_range
from proxy.delivery import Delivered, Delivery, Settled
from proxy.errors import MethodNotAllowed
from proxy.responses import (
    CachePolicy,
    cache_status,
    content_disposition,
    picture_headers,
    server_timing,
)
from proxy.tags import asset_tag
from proxy.url import DeliveryUrl, read_delivery_url
from transforms.formats import FORMATS
from transforms.plan import explain

TEXT = "text/plain; charset=utf-8"


class DeliverHandler:
    """Answers delivery paths."""

    def __init__(
        self, *, delivery: Delivery, buckets: HintBuckets, policy: CachePolicy, max_url_bytes: int
    ) -> None:
        self._delivery = delivery
        self._buckets = buckets
        self._policy = policy
        self._max_url_bytes = max_url_bytes

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"{request.method[:20]} is not GET or HEAD")
        url = read_delivery_url(request.raw_path, max_bytes=self._max_url_bytes)
        # A 404 too carries the tag of what is missing, so that an upload can purge it.
        request["tags"] = (asset_tag(url.public_id),)
        try:
            return await self._answer_once(request, url)
        except OriginChanged:
            # The original was replaced between our look at it and our reading of it.
            await self._delivery.look_again(url)
            return await self._answer_once(request, url)

    async def _answer_once(self, request: web.Request, url: DeliveryUrl) -> web.Response:
        settled = await self._delivery.settle(url, read_client(request.headers, self._buckets))
        try:
            return await self._answer(request, url, settled)
        finally:
            await settled.release()

    async def _answer(self, request: web.Request, url: DeliveryUrl, settled: Settled) -> web.Response:
        if settled.recipe.flag("explain") and settled.plan is not None:
            body = explain(settled.plan).encode()
            return web.Response(
                body=body, headers=self._headers(url, settled, suffix="x") | {"Content-Type": TEXT}
            )
        suffix = "i" if settled.recipe.flag("getinfo") else ""
        headers = self._headers(url, settled, suffix=suffix)
        modified_at = settled.asset.modified_at
        if not_modified(request.headers, etag=headers["ETag"], modified_at=modified_at):
            return web.Response(status=304, headers=headers)
        made = await self._delivery.variant(settled)
        request["cache"] = made.tier or "made"
        headers |= _provenance(made, settled)
        if suffix:
            return web.Response(
                body=info(settled, made), headers=headers | {"Content-Type": "application/json"}
            )
        body, content_type = made.variant.body, made.variant.content_type
        headers["Content-Type"] = content_type
        try:
            span = read_range(request.headers, size=len(body), etag=headers["ETag"], modified_at=modified_at)
        except RangeNotSatisfiable:
            return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{len(body)}"})
        return _whole(body, headers) if span is None else _part(body, span, headers)

    def _headers(self, url: DeliveryUrl, settled: Settled, *, suffix: str) -> dict[str, str]:
        headers = picture_headers(
            policy=self._policy,
            etag=f'{settled.etag[:-1]}{suffix}"',
            modified_at=settled.asset.modified_at,
            vary=settled.vary,
            tags=settled.tags,
            versioned=url.version is not None,
            provisional=settled.stale_for > 0,
            immutable=settled.recipe.flag("immutable_cache") is not None,
        )
        if (attachment := settled.recipe.flag("attachment")) is not None:
            headers["Content-Disposition"] = content_disposition(_filename(url, settled, attachment.argument))
        return headers


def _provenance(made: Delivered, settled: Settled) -> dict[str, str]:
    status = cache_status(
        tier=made.tier, stored=not made.collapsed, collapsed=made.collapsed, stale_for=settled.stale_for
    )
    return {"Cache-Status": status} | ({"Server-Timing": server_timing(made.timings)} if made.timings else {})


def _whole(body: bytes, headers: dict[str, str]) -> web.Response:
    return web.Response(body=body, headers=headers)


def _part(body: bytes, span: Span, headers: dict[str, str]) -> web.Response:
    headers |= {"Content-Range": f"bytes {span.start}-{span.stop - 1}/{len(body)}"}
    return web.Response(status=206, body=memoryview(body)[span.start : span.stop].tobytes(), headers=headers)


def _filename(url: DeliveryUrl, settled: Settled, asked: str | None) -> str:
    stem = asked or PurePosixPath(url.public_id).name or "image"
    extension = FORMATS[settled.format].extensions[0]
    return stem if stem.lower().endswith(f".{extension}") else f"{stem}.{extension}"


def info(settled: Settled, made: Delivered) -> bytes:
    """What `fl_getinfo` answers: the original's facts and the result's."""
    original, variant = settled.asset.info, made.variant
    return json.dumps(
        {
            "input": {
                "width": original.width,
                "height": original.height,
                "bytes": settled.asset.size,
                "format": original.format,
                "pages": original.pages,
            },
            "output": {
                "width": variant.width,
                "height": variant.height,
                "bytes": len(variant.body),
                "format": variant.format,
                "pages": variant.pages,
            },
        }
    ).encode()
