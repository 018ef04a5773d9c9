"""A counter before a real S3 server: passes every request on, notes it down, and is slow when told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

_PIECES = 12
_HOP_HEADERS = {"transfer-encoding", "connection", "content-length", "date", "server"}


@dataclass
class Counter:
    """What went by. `delay_seconds` holds every request back; `failing` answers 503 to all."""

    target: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    delay_seconds: float = 0.0
    failing: bool = False
    spoil: Callable[[bytes], bytes] | None = None
    """Makes other bytes of the bodies of objects."""
    cut: bool = False
    """Bodies of objects end half way."""
    lost: bool = False
    """Objects are listed, and answered 404 when they are read."""
    drip_seconds: float = 0.0
    """How long a body takes to come, a little at a time."""
    url: str = ""
    reading: int = 0
    """Reads under way."""
    most_reading: int = 0
    """As many reads as were ever under way at once."""

    def reads(self, key: str) -> int:
        """Requests for the bytes of that object."""
        return sum(1 for method, path in self.seen if method == "GET" and path.endswith("/" + key))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path))
        self.reading += request.method == "GET"
        self.most_reading = max(self.most_reading, self.reading)
        try:
            return await self._passed_on(request)
        finally:
            self.reading -= request.method == "GET"

    async def _passed_on(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.delay_seconds)
        given = await request.read()
        if self.failing:
            return web.Response(status=503)
        # The signature covers Host and the path to the letter: both go on as they came.
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                URL(self.target + request.raw_path, encoded=True),
                headers=request.headers,
                # aiohttp warns of large bodies that are no files.
                data=io.BytesIO(given) if given else b"",
                skip_auto_headers=["User-Agent", "Accept", "Accept-Encoding", "Content-Type"],
            ) as answer,
        ):
            body = await answer.read()
            headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in _HOP_HEADERS]
            if request.method == "GET" and answer.status in (200, 206) and "ETag" in answer.headers:
                if self.lost:
                    return web.Response(status=404)
                if self.cut or self.drip_seconds:
                    return await self._in_pieces(request, body, headers)
                body = self.spoil(body) if self.spoil else body
            response = web.Response(status=answer.status, body=body)
            response.headers.extend(headers)
            if request.method == "HEAD" and "Content-Length" in answer.headers:
                response.headers["Content-Length"] = answer.headers["Content-Length"]
            return response

    async def _in_pieces(
        self, request: web.Request, body: bytes, headers: list[tuple[str, str]]
    ) -> web.StreamResponse:
        response = web.StreamResponse()
        response.headers.extend(headers)
        response.content_length = len(body)
        await response.prepare(request)
        sent = len(body) // 2 if self.cut else len(body)
        step, pause = max(1, sent // _PIECES), self.drip_seconds / _PIECES
        # Whoever waits for it may have left.
        with contextlib.suppress(ConnectionResetError):
            for start in range(0, sent, step):
                await asyncio.sleep(pause)
                await response.write(body[start : min(start + step, sent)])
        if self.cut and request.transport is not None:
            request.transport.abort()
        return response


@contextlib.contextmanager
def counting(target: str) -> Iterator[Counter]:
    """A counter before `target`, on a thread of its own; `url` is where it listens."""
    counter = Counter(target.rstrip("/"))
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", counter.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        counter.url = f"http://{host}:{port}"
        return runner

    def work() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield counter
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
