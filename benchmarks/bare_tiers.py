"""The baseline of hits in Redis: a plain aiohttp handler that gets each body from one. A program of its own.

From standard input it reads a pickle of how it is to ask (`aiocache` or `redis-py`), the folder for a Valkey
of its own, and a dict of path to (content type, body); it says its port, and ends with that input.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer
from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

from proxy.valkey import EmbeddedValkey

Get = Callable[[str], Awaitable[bytes | None]]
Told = tuple[str, str, dict[str, tuple[str, bytes]]]

_MAX_MEMORY_BYTES = 256_000_000
_CONNECTIONS = 32
"""As many as Calotype has calls under way."""


async def serve(how: str, folder: Path, bodies: dict[str, tuple[str, bytes]]) -> None:
    """Serve until standard input ends."""
    valkey = EmbeddedValkey(folder, max_memory_bytes=_MAX_MEMORY_BYTES)
    await valkey.start()
    pool = BlockingConnectionPool.from_url(valkey.url, max_connections=_CONNECTIONS, protocol=2)
    client = Redis(connection_pool=pool)
    cache = RedisCache(
        serializer=NullSerializer(encoding=None), namespace="", connection_pool_class=lambda **_: pool
    )
    get: Get = {"aiocache": cache.get, "redis-py": client.get}[how]
    for path, (_, body) in bodies.items():
        await client.set(path, body)

    async def answer(request: web.Request) -> web.Response:
        body = await get(request.path)
        if body is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": "image/jpeg", "ETag": '"1"', "Cache-Control": "public, max-age=300"}
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()
    await client.aclose()
    await pool.aclose()
    await valkey.stop()


def main() -> None:
    told: Told = pickle.load(sys.stdin.buffer)
    how, folder, bodies = told
    uvloop.run(serve(how, Path(folder), bodies))


if __name__ == "__main__":
    main()
