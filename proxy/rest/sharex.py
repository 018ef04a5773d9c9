"""`/-/sharex.sxcu`: the settings by which ShareX uploads here.

The format is that of ShareX's "Custom uploader" (https://getsharex.com/docs/custom-uploader).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from proxy.errors import Refusal
from proxy.rest.operation import BASE
from transforms.errors import printable

KEY_GOES_HERE = "Bearer YOUR-TOKEN-OR-KEY:SECRET"
_VERSION = "14.1.0"
"""Of ShareX; its syntax `{json:…}` is older."""


class ShareX:
    """Answers the file. `unsigned_presets` take uploads without a key."""

    def __init__(self, *, server: str, unsigned_presets: Collection[str]) -> None:
        self._server = server
        self._unsigned_presets = unsigned_presets

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Have the router lead here."""
        router.add_get("/-/sharex.sxcu", self.answer, name="sharex")

    async def answer(self, request: web.Request) -> web.Response:
        """With a place for the key; with `upload_preset` in the query, none is needed."""
        preset = request.query.get("upload_preset", "")
        if preset and preset not in self._unsigned_presets:
            raise Refusal(404, "unknown_preset", f"upload_preset: {printable(preset)!r} is no unsigned one")
        body = json.dumps(uploader(self._server, preset), indent=2).encode()
        headers = {
            "Content-Disposition": 'attachment; filename="calotype.sxcu"',
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=body, content_type="application/json", headers=headers)


def uploader(server: str, preset: str = "") -> dict[str, Any]:
    """What ShareX is told: where to upload, what of the answer is the URL, and what of it an error."""
    access: dict[str, Any] = (
        {"Arguments": {"upload_preset": preset}} if preset else {"Headers": {"Authorization": KEY_GOES_HERE}}
    )
    return {
        "Version": _VERSION,
        "Name": f"Calotype ({urlsplit(server).netloc})",
        "DestinationType": "ImageUploader",
        "RequestMethod": "POST",
        "RequestURL": f"{server}{BASE}/images",
        **access,
        "Body": "MultipartFormData",
        "FileFormName": "file",
        "URL": "{json:url}",
        "ErrorMessage": "{json:detail}",
    }
