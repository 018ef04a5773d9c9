"""One server of the REST API in this process, without Redis, shared by the tests of a module."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from proxy.app import build_services
from proxy.app_routes import create_app
from proxy.config import Settings
from proxy.services import Services
from tests.proxy.rest.contract import Contract

KEYS = {
    "ana": ("ana", ["read", "upload", "delete"]),
    "bob": ("bob", ["read", "upload", "delete"]),
    "reader": ("ana", ["read"]),
    "boss": ("main", ["admin"]),
}
"""Owner and scopes by key; the secret of each is `secret-of-<key>`."""
PRESETS = {"open": {"unsigned": True, "owner": "ana", "folder": "crowd"}}


@dataclass
class Reply:
    """Status, headers, and the JSON that was answered."""

    status: int
    headers: Any
    body: Any


class Site:
    """The server, and people with keys who call it."""

    def __init__(self, folder: Path) -> None:
        (folder / "originals").mkdir()
        keys = [
            {"key": key, "secret": f"secret-of-{key}", "owner": owner, "scopes": scopes}
            for key, (owner, scopes) in KEYS.items()
        ]
        self.settings = Settings.model_validate(
            {
                "data_dir": folder,
                "render": {"workers": 1},
                "hosting": {"keys": keys, "presets": PRESETS, "inline_workers": 0},
            }
        )
        self.services: Services
        self.client: TestClient[Any, Any]
        self.contract: Contract
        """Every answer is held against the description of the API."""

    async def start(self) -> None:
        self.services = await build_services(self.settings, redis_url="")
        await self.services.metadata.migrate()
        self.client = TestClient(TestServer(create_app(self.services, self.settings)))
        await self.client.start_server()
        async with self.client.get("/-/openapi.json") as answer:
            self.contract = Contract(await answer.json())

    async def close(self) -> None:
        await self.client.close()
        await self.services.close()

    async def call(self, method: str, path: str, who: str | None = "ana", **options: Any) -> Reply:
        """One call of the API, by HTTP Basic."""
        headers = {**basic(who), **options.pop("headers", {})}
        async with self.client.request(method, "/api/v1" + path, headers=headers, **options) as answer:
            text = await answer.read()
            known = "json" in answer.headers.get("Content-Type", "") and text
            reply = Reply(answer.status, answer.headers, json.loads(text) if known else text)
            self.contract.check(method, answer.url.path, answer.status, answer.content_type, reply.body)
            return reply

    async def upload(self, data: bytes, who: str = "ana", **fields: Any) -> Any:
        """The picture that came of an upload."""
        reply = await self.call(
            "POST", "/images", who, json={"file": base64.b64encode(data).decode(), **fields}
        )
        assert reply.status in (200, 201), reply.body
        return reply.body


def basic(who: str | None) -> dict[str, str]:
    """The header that says so."""
    if who is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{who}:secret-of-{who}".encode()).decode()}


def picture(shade: int = 0, width: int = 32, height: int = 24) -> bytes:
    """A small PNG, another one for each shade."""
    image = Image.new("RGB", (width, height), (shade % 256, shade // 256, 90))
    image.paste((250, 250 - shade % 200, 10), (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    site = Site(tmp_path_factory.mktemp("rest"))
    await site.start()
    yield site
    await site.close()
