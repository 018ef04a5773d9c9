"""Two instances of the delivery path over one Redis, one derived store and one place of hosted pictures, with
renders, reads and writes that wait where a test wants them to."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from origin.errors import AssetGone, AssetNotFound
from origin.hosting.standing import Standing
from origin.mounts import Mount
from origin.storage.base import Stat, Storage
from origin.storage.memory import MemoryStorage
from proxy.app import build_services
from proxy.app_routes import create_app
from proxy.cache.derived import DerivedTier
from proxy.config import Settings
from proxy.gone import Gone
from proxy.notice import Notice
from proxy.render_gathering import Gathering
from proxy.render_terms import RenderTerms
from proxy.services import Services
from proxy.takedown import Takedown
from transforms.frame import ImageInfo
from transforms.plan import RenderPlan
from transforms.rendition import Rendition

INFO = ImageInfo("png", 80, 60)
CAT, DOG = b"the bytes of a cat", b"the bytes of a dog"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Gate:
    """Open, until it is shut: then whoever comes by waits for `open`, and `reached` says that he is there."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._way = asyncio.Event()
        self._way.set()

    def shut(self) -> None:
        self.reached.clear()
        self._way.clear()

    def open(self) -> None:
        self._way.set()

    async def pass_by(self) -> None:
        self.reached.set()
        await self._way.wait()


class Pictures(MemoryStorage):
    """What the hosted pictures are, as the database of all instances has it."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, tuple[Standing, bytes | None]] = {}
        self.opening, self.reading = Gate(), Gate()

    def put(self, public_id: str, data: bytes | None) -> Notice:
        """Show these bytes under that id, or nothing any more; what there is to tell about it."""
        before, old = self.known.get(public_id, (Standing(sha(public_id.encode())[:32], 0), None))
        standing = Standing(before.asset_id, before.generation + 1)
        self.known[public_id] = standing, data
        content_hash = sha(old) if old is not None else ""
        return Notice(
            public_id=public_id,
            asset_id=standing.asset_id,
            generation=standing.generation,
            content_hash=content_hash,
        )

    async def stat(self, key: str) -> Stat | None:
        if key not in self.known:
            return None
        standing, data = self.known[key]
        if data is None:
            raise AssetGone(f"{key}: was deleted")
        return Stat(key, len(data), standing.etag, 1_700_000_000.0)

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        await self.opening.pass_by()
        stat = await self.stat(key)
        if stat is None:
            raise AssetNotFound(key)
        data = self.known[key][1]
        assert data is not None
        await self.reading.pass_by()
        return data, stat


class Room:
    """Room for everything."""

    most = 100

    def check(self, *, long: bool = False) -> None:
        """There is some."""

    def has_room(self) -> bool:
        return True

    def place(self) -> AbstractContextManager[None]:
        return nullcontext()


class Pool:
    """Renders by writing down what was to be rendered."""

    def __init__(self) -> None:
        self.rendering = Gate()
        self.rendered = 0
        self.room = Room()
        self.terms = RenderTerms(deadline_seconds=8)
        self.coming = Gathering(lambda: None).coming
        self.alive = 1
        self.confined: tuple[str, ...] = ()

    async def start(self) -> None:
        """Nothing is started."""

    async def close(self) -> None:
        """Nothing was started."""

    async def probe(self, data: bytes) -> ImageInfo:
        return INFO

    async def render(
        self, plan: RenderPlan, data: bytes, layers: Mapping[str, bytes], **_: object
    ) -> Rendition:
        await self.rendering.pass_by()
        self.rendered += 1
        body = b" with ".join([data, *layers.values()])
        return Rendition(body, plan.save.format, plan.result.width, plan.result.height, 1)


class Slow(MemoryStorage):
    """A derived store whose writes wait, as those of a bucket may."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = Gate()

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        await self.writing.pass_by()
        await super().write(key, data, content_type=content_type)


class Instance:
    """One server's delivery path, asked over HTTP."""

    def __init__(self, services: Services, pool: Pool, client: TestClient[Any, Any]) -> None:
        self.services = services
        self.pool = pool
        self.client = client

    @property
    def gone(self) -> Gone:
        return self.services.gone

    @property
    def takedown(self) -> Takedown:
        return self.services.takedown

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.read()

    async def headers(self, path: str, **headers: str) -> Mapping[str, str]:
        async with self.client.get(path, headers=headers) as answer:
            return answer.headers

    async def in_memory(self, *originals: bytes) -> int:
        """How many variants of these this process holds."""
        memory = next(tier for tier in self.services.tiers._tiers if tier.name == "memory")
        return await memory.drop_made_of([sha(data) for data in originals])

    async def close(self) -> None:
        await self.client.close()
        await self.services.close()


class Place:
    """Instances, and what they share."""

    def __init__(self, folder: Path, redis_url: str, derived: Storage) -> None:
        self.pictures = Pictures()
        self.derived = derived
        self.stored = False
        """Whether the pictures are in the database."""
        self.instances: list[Instance] = []
        self._folder = folder
        self._redis_url = redis_url

    async def instance(self, monkeypatch: pytest.MonkeyPatch, **given: Any) -> Instance:
        """One more instance, listening."""
        pool, storage = Pool(), _Shared(self.derived)
        monkeypatch.setattr("proxy.app.build_pool", lambda *_, **__: pool)
        monkeypatch.setattr("proxy.app.make_mount", lambda *_: self._mount())
        monkeypatch.setattr("proxy.app.hosted_mounts", lambda *_: [])
        monkeypatch.setattr("proxy.app_storages.DerivedTier", lambda _, **__: DerivedTier(storage))
        settings = Settings.model_validate(
            {"data_dir": self._folder, "hosting": {"enabled": True}, "render": {"workers": 1}, **given}
        )
        services = await build_services(settings, redis_url=self._redis_url)
        await services.metadata.migrate()
        if not self.stored:
            # Redis and what was heard have to do.
            services.gone._generations = None
        client = TestClient(TestServer(create_app(services, settings)))
        await client.start_server()
        made = Instance(services, pool, client)
        self.instances.append(made)
        if self._redis_url:
            await until(lambda: services.gone.listening)
        return made

    def _mount(self) -> Mount:
        return Mount(name="pictures", prefix="", storage=self.pictures, revalidate_seconds=1.0)

    async def in_derived(self, *originals: bytes) -> int:
        """How many variants of these the derived store holds."""
        return await DerivedTier(self.derived).drop_made_of([sha(data) for data in originals])

    async def close(self) -> None:
        for instance in self.instances:
            await instance.close()


class _Shared:
    """A storage that outlives the instance that lets go of it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def close(self) -> None:
        """Others still use it."""


async def until(condition: Any) -> None:
    """Wait for something that is bound to happen; the bound is for what is broken."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
