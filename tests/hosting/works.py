"""One server with its jobs in this process, without Redis: what is to be done is done when a test says so."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from origin.hosting.model import HostedAsset
from origin.hosting.outbox import Entry, Outbox
from proxy.app import build_services
from proxy.app_jobs import make_handlers
from proxy.app_routes import create_app
from proxy.config import Settings
from proxy.jobs.running import Runner
from proxy.services import Services

KEY, SECRET = "k", "a-secret-of-the-jobs"
LONG = 100_000.0
"""Seconds after which whatever was put off is due."""


class Works:
    """The server, who calls it, and who does its jobs."""

    def __init__(self, folder: Path, **given: Any) -> None:
        hosting = {
            "keys": [{"key": KEY, "secret": SECRET, "owner": "ana", "scopes": ["admin"]}],
            "inline_workers": 0,
            **given.pop("hosting", {}),
        }
        self.settings = Settings.model_validate(
            {"data_dir": folder, "render": {"workers": 1}, "hosting": hosting, **given}
        )
        self.results: list[tuple[str, str]] = []
        self.late = 0.0
        """By how much the clock of the jobs is ahead."""
        self.services: Services
        self.client: TestClient[Any, Any]

    async def start(self) -> None:
        (self.settings.data_dir / "originals").mkdir()
        self.services = await build_services(self.settings, redis_url="")
        await self.services.metadata.migrate()
        self.client = TestClient(TestServer(create_app(self.services, self.settings)))
        await self.client.start_server()
        assert self.services.hosting is not None
        self.hosting = self.services.hosting
        self.outbox = Outbox(self.services.metadata, clock=lambda: time.time() + self.late)
        self.runner = Runner(
            outbox=self.outbox,
            handlers=make_handlers(self.settings, self.services, self.hosting),
            observe=lambda kind, result: self.results.append((kind, result)),
        )

    async def close(self) -> None:
        await self.client.close()
        await self.services.close()

    async def upload(self, data: bytes, public_id: str, **fields: str) -> HostedAsset:
        """The picture that came of an upload over HTTP."""
        form = FormData({"public_id": public_id, **fields})
        form.add_field("file", data, filename="picture.png")
        said = await self.call("POST", "/v1_1/calotype/image/upload", data=form)
        asset = await self.hosting.store.get_by_asset_id(said["asset_id"])
        assert asset is not None
        return asset

    async def asset(self, public_id: str) -> HostedAsset:
        """The picture as it is now."""
        asset = await self.hosting.store.get(public_id)
        assert asset is not None
        return asset

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """One call of an API by somebody with a key."""
        headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()}
        async with self.client.request(method, path, headers=headers, **options) as answer:
            text = await answer.read()
            assert answer.status == 200, (answer.status, text)
            return json.loads(text)

    async def get(self, path: str, **options: Any) -> tuple[int, Any, bytes]:
        """Status, headers and body of a delivery."""
        async with self.client.get(path, **options) as answer:
            return answer.status, answer.headers, await answer.read()

    async def work(self, *kinds: str) -> list[tuple[str, str]]:
        """Do all that is due of these kinds, or of all, and what follows from it; what came of each."""
        self.results.clear()
        for _ in range(20):
            entries = await self._due(kinds)
            if not entries:
                break
            for entry in entries:
                await self.runner.run(entry)
        return list(self.results)

    async def _due(self, kinds: Sequence[str]) -> tuple[Entry, ...]:
        wanted = list(kinds or self.runner.handlers)
        return await self.outbox.lease(limit=100, seconds=60, kinds=wanted)
