"""A small server that takes uploads as the real routes do, and says what it got."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from origin.guard import Gate
from origin.hosting.credentials import Credential
from origin.hosting.intake import Intake
from origin.hosting.keyring import KeyRing
from proxy.door import Door as HttpDoor
from proxy.errors import error_body, rule_for
from proxy.hosting.auth import Authenticator, UnsignedPreset
from proxy.hosting.bodies import Bodies, Upload
from proxy.hosting.remote import RemoteFiles
from proxy.hosting.stream import Pace
from proxy.http import Runner

KEY, SECRET, READER = "123456789012345", "a-secret-of-the-tests", "reader"
PACE = Pace(1000, 10.0)
PRESETS = {"open": UnsignedPreset(True, "crowd"), "shut": UnsignedPreset(False, "main")}


def keyring(**options: Any) -> KeyRing:
    """The keys of the tests: one that may upload, one that only reads."""
    return KeyRing(
        configured=[
            Credential(key=KEY, owner="main", scopes=frozenset({"read", "upload", "delete"}), secret=SECRET),
            Credential(key=READER, owner="main", scopes=frozenset({"read"}), secret="reads-only"),
        ],
        **options,
    )


@dataclass
class Door:
    """A running server, and what it was given."""

    url: str
    port: int
    staging: Path
    intake: Intake
    bodies: Bodies
    got: list[bytes] = field(default_factory=list)
    failing: Exception | None = None
    """Raised while an upload is stored."""

    def left_behind(self) -> list[str]:
        """What lies in the staging folder, but for uploads in parts."""
        found = self.staging.iterdir() if self.staging.exists() else iter(())
        return [path.name for path in found if not path.name.startswith("parts-")]


def open_bodies(
    staging: Path,
    *,
    max_bytes: int = 50_000_000,
    memory_bytes: int = 8_000_000,
    concurrency: int = 32,
    queue_seconds: float = 10.0,
    pace: Pace = PACE,
    remote: RemoteFiles | None = None,
) -> tuple[Intake, Bodies]:
    intake = Intake(
        staging=staging,
        max_bytes=max_bytes,
        memory_bytes=memory_bytes,
        concurrency=concurrency,
        queue_seconds=queue_seconds,
    )
    remote = remote or RemoteFiles(gate=Gate(None), fetcher=None)
    return intake, Bodies(intake=intake, remote=remote, pace=pace)


@asynccontextmanager
async def opened(staging: Path, **options: Any) -> AsyncIterator[Door]:
    """A server on a free port."""
    intake, bodies = open_bodies(staging, **options)
    authenticator = Authenticator(keys=keyring(), preset=PRESETS.get)
    door: Door

    async def upload(request: web.Request) -> web.Response:
        authorize = await authenticator.for_upload(request.headers.get("Authorization", ""))
        async with bodies.open(request, authorize=authorize) as taken:
            if taken.partial is not None:
                return web.json_response({"done": False, "size": taken.partial.size})
            if taken.settled is not None:
                return web.json_response(body=taken.settled)
            assert taken.received is not None
            door.got.append(await asyncio.to_thread(taken.received.read))
            if door.failing is not None:
                raise door.failing
            taken.answer = json.dumps(_told(taken)).encode()
            return web.json_response(body=taken.answer)

    async def form(request: web.Request) -> web.Response:
        params = await bodies.form(request)
        return web.json_response({name: params.values[name] for name in params})

    app = web.Application(middlewares=[_answering])
    app.router.add_route("*", "/upload", upload)
    app.router.add_route("*", "/form", form)
    http_door = HttpDoor(most=1000, slow_seconds=60, slow_bytes=1)
    runner = Runner(
        app, access_log=None, auto_decompress=False, door=http_door, head_seconds=10, shutdown_timeout=1
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        door = Door(f"http://127.0.0.1:{port}", port, staging, intake, bodies)
        yield door
    finally:
        await runner.cleanup()


def _told(upload: Upload) -> dict[str, Any]:
    received = upload.received
    assert received is not None
    return {
        "size": received.size,
        "sha256": received.content_hash,
        "md5": received.md5,
        "filename": received.filename,
        "staged": received.path is not None,
        "owner": upload.principal.owner,
        "how": upload.principal.how,
        "params": {name: upload.params.values[name] for name in upload.params},
    }


@web.middleware
async def _answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        return web.Response(
            status=rule_for(error).status,
            body=error_body(error, "test"),
            headers=getattr(error, "headers", {}),
            content_type="application/json",
        )
