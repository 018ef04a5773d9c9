"""Pictures that only signed URLs show, held ones, and what wins over folders: over HTTP, from the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from origin.hosting.model import Wanted
from proxy.app import build_services
from proxy.app_routes import create_app
from proxy.commands.sign import _signed
from proxy.config import Settings
from proxy.keys import load_keys
from proxy.signing import NEVER
from tests.hosting.pictures import received, summary

pytestmark = [
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
FIG, LOGO = (SAMPLES / "fig.jpg").read_bytes(), (SAMPLES / "logo.png").read_bytes()


class Site:
    """One server without Redis, with a folder as its only mount."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def start(self) -> None:
        self.services = await build_services(self.settings, redis_url="")
        await self.services.metadata.migrate()
        assert self.services.hosting is not None
        self.hosting = self.services.hosting
        self.client = TestClient(TestServer(create_app(self.services, self.settings)))
        await self.client.start_server()

    async def upload(self, data: bytes, public_id: str, **wanted: object) -> None:
        asked = Wanted(**{"owner": "ana", "public_id": public_id, **wanted})  # type: ignore[arg-type]
        look = await self.services.pool.probe(data)
        seen = summary()
        await self.hosting.uploads.keep(received(data), type(seen)(**{**_fields(seen), "info": look}), asked)

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self.client.get(path) as response:
            return response.status, await response.read()

    async def status(self, path: str) -> int:
        return (await self.get(path))[0]


def _fields(seen: object) -> dict[str, object]:
    return {name: getattr(seen, name) for name in type(seen).__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "fig.jpg").write_bytes(FIG)
    site = Site(
        Settings.model_validate(
            {
                "data_dir": tmp_path,
                "render": {"workers": 1},
                "security": {
                    "signing": "optional",
                    "keys": [{"id": "k", "secret": "a-secret-of-more-than-16"}],
                },
            }
        )
    )
    await site.start()
    yield site
    await site.client.close()
    await site.services.close()


async def test_a_url_is_good_at_once(site: Site) -> None:
    missing = await site.status("/w_10/cats/tom.webp")
    await site.upload(LOGO, "cats/tom")

    assert missing == 404
    assert await site.get("/cats/tom") == (200, LOGO)
    assert await site.status("/w_10/cats/tom.webp") == 200
    assert await site.status("/w_10/cats/tom") == 200


async def test_hosted_ids_win_and_do_not_fall_through(site: Site) -> None:
    folder = await site.get("/fig.jpg")
    await site.upload(LOGO, "fig")
    await asyncio.to_thread((site.settings.data_dir / "originals" / "dot.png").write_bytes, LOGO)
    await site.upload(FIG, "dot")
    await site.hosting.deletions.delete("dot")

    assert folder == (200, FIG)
    assert [await site.status(path) for path in ("/dot", "/dot.png", "/w_10/dot.webp")] == [410] * 3
    await asyncio.sleep(0.6)
    site.services.library.forget(public_ids=["fig"], content_hashes=[])
    assert (await site.get("/fig"))[1] == LOGO


async def test_what_is_deleted_is_gone_within_a_second(site: Site) -> None:
    await site.upload(LOGO, "tom")
    before = await site.status("/w_10/tom")
    await site.hosting.deletions.delete("tom")
    await asyncio.sleep(1)

    assert before == 200
    assert [await site.status(path) for path in ("/tom", "/w_10/tom", "/tom.webp", "/w_11/tom")] == [410] * 4


async def test_held_and_rejected_pictures(site: Site) -> None:
    await site.upload(LOGO, "tom", hold=True)
    held = await site.status("/tom")
    await site.hosting.changes.update("tom", lambda _: {"state": "live"})
    shown = await site.status("/tom")
    await site.hosting.deletions.reject("tom", reason="a cat")

    assert (held, shown, await site.status("/tom")) == (404, 200, 410)


async def test_only_signed_urls_show_authenticated_pictures(site: Site) -> None:
    await site.upload(LOGO, "secret", access_mode="authenticated")
    await site.upload(FIG, "open")
    keys = load_keys(site.settings.security.keys)
    layered = "/w_40/l_secret,w_10/open"

    assert [await site.status(path) for path in ("/secret", "/w_10/secret", layered)] == [401] * 3
    for path in ("/secret", "/w_10/secret", layered):
        assert await site.status(_signed(path, keys[0], "cloudinary8", NEVER)) == 200
    await site.hosting.changes.update("secret", lambda _: {"access_mode": "public"})
    await asyncio.sleep(0.6)
    assert await site.status("/w_10/secret") == 200


async def test_the_first_answer_reads_the_object_once_and_looks_at_no_pixels(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.upload(LOGO, "tom")
    read: list[str] = []
    storage = next(
        place.mount.storage for place in site.services.library._mounts.places("tom") if place.mount.first
    )
    objects = storage._storage  # type: ignore[attr-defined]
    reading = objects.read

    async def counted(key: str, *, max_bytes: int) -> object:
        read.append(key)
        return await reading(key, max_bytes=max_bytes)

    async def no_probe(_: bytes) -> None:
        raise AssertionError("its facts were known")

    monkeypatch.setattr(objects, "read", counted)
    monkeypatch.setattr(site.services.library._study, "_prober", no_probe)
    status = await site.status("/w_10/tom")

    assert (200, 1) == (status, len(read))
