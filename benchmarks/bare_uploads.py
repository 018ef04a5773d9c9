"""The baseline of uploads: a plain aiohttp handler that puts a body into a file. A program of its own.

It reads the folder from its standard input, says its port, and ends with that input.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path

import uvloop
from aiohttp import web


async def serve(folder: Path) -> None:
    """Serve until standard input ends."""

    async def take(request: web.Request) -> web.Response:
        await asyncio.to_thread(_write, folder, await request.read())
        return web.Response(status=201)

    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def _write(folder: Path, body: bytes) -> None:
    """A file that outlives a power cut: written, synced, named, and its folder synced."""
    name = secrets.token_hex(16)
    unfinished = folder / f".{name}"
    with unfinished.open("xb") as file:
        file.write(body)
        os.fsync(file.fileno())
    unfinished.rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main() -> None:
    uvloop.run(serve(Path(sys.stdin.readline().strip())))


if __name__ == "__main__":
    main()
