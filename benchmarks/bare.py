"""The baseline of hits: a plain aiohttp handler that answers from a dict. A program of its own.

From standard input it reads a pickle of path to (content type, body); it says its port, and ends with that
input.
"""

from __future__ import annotations

import asyncio
import pickle
import sys

import uvloop
from aiohttp import web

Bodies = dict[str, tuple[str, bytes]]


async def serve(bodies: Bodies) -> None:
    """Serve until standard input ends."""

    async def answer(request: web.Request) -> web.Response:
        content_type, body = bodies[request.path]
        headers = {"Content-Type": content_type, "ETag": '"1"', "Cache-Control": "public, max-age=300"}
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()


def main() -> None:
    bodies: Bodies = pickle.load(sys.stdin.buffer)
    uvloop.run(serve(bodies))


if __name__ == "__main__":
    main()
