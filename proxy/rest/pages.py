"""`/-/openapi.json` and `/-/docs`: the REST API described, for programs and for people; and ShareX's file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from aiohttp import web

from proxy.rest.openapi import document
from proxy.rest.operation import Operation
from proxy.rest.reading_page import CONTENT_SECURITY_POLICY, page
from proxy.rest.sharex import ShareX


class Pages:
    """Answers both, made when somebody first asks; `server` is what the world calls this one."""

    def __init__(self, *, operations: Sequence[Operation], server: str, sharex: ShareX) -> None:
        self._operations = operations
        self._server = server
        self._sharex = sharex

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Have the router lead here."""
        router.add_get("/-/openapi.json", self.openapi, name="openapi")
        router.add_get("/-/docs", self.docs, name="docs")
        self._sharex.add_to(router)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return document(self._operations, server=self._server, version=version("calotype"))

    @cached_property
    def _json(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False, indent=1).encode()

    @cached_property
    def _html(self) -> bytes:
        return page(self.document).encode()

    async def openapi(self, request: web.Request) -> web.Response:
        """The document; any page may read it."""
        headers = {"Access-Control-Allow-Origin": "*"}
        return _unless_known(request, lambda: self._json, "application/json", headers)

    async def docs(self, request: web.Request) -> web.Response:
        """The page."""
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
        return _unless_known(request, lambda: self._html, "text/html", headers)


def _unless_known(
    request: web.Request, body: Callable[[], bytes], content_type: str, headers: dict[str, str]
) -> web.Response:
    """The body, or 304 where the client has it."""
    made = body()
    tag = sha256(made).hexdigest()[:32]
    headers = {
        "ETag": f'"{tag}"',
        "Cache-Control": "public, max-age=60",
        "X-Content-Type-Options": "nosniff",
        **headers,
    }
    if any(each.value == tag for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=made, content_type=content_type, charset="utf-8", headers=headers)
