"""A server of originals that is slow now and then. A program of its own.

From standard input it reads a pickled JPEG, and serves it as every path; it is a second late with the first
byte of a path in which `slow` stands. It says its port, and ends with that input.
"""

from __future__ import annotations

import asyncio
import pickle
import sys

from aiohttp import web

from benchmarks.originals import distinct

LATE_SECONDS = 1.0


async def serve(jpeg: bytes) -> None:
    """Serve until standard input ends."""

    async def answer(request: web.Request) -> web.Response:
        if "slow" in request.path:
            await asyncio.sleep(LATE_SECONDS)
        # In other bytes each, as two photographs are.
        body = distinct(jpeg, hash(request.path))
        return web.Response(body=body, content_type="image/jpeg", headers={"ETag": f'"{request.path[1:]}"'})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(pickle.load(sys.stdin.buffer)))
