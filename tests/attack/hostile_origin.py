"""A server of originals that does everything a server must not."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

PICTURE = (Path(__file__).parents[2] / "origin" / "samples" / "logo.png").read_bytes()


@dataclass
class Origin:
    """A server on a loopback address, and what it was asked."""

    host: str = ""
    port: int = 0
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths and headers, names in lower case."""

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}/{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]


Writer = asyncio.StreamWriter


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {size}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


async def _drip(writer: Writer) -> None:
    writer.write(answer(b"", length=len(PICTURE)))
    for byte in PICTURE:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drip_head(writer: Writer) -> None:
    for byte in answer(PICTURE):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def _endless_chunks(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()


async def _endless_head(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Padding: " + b"a" * 1000 + b"\r\n")
        await writer.drain()


async def _endless_hints(writer: Writer) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await writer.drain()


async def _silent(writer: Writer) -> None:
    await asyncio.sleep(3600)


FIXED: dict[str, bytes] = {
    "logo.png": answer(PICTURE, "Content-Type: image/png", "Last-Modified: Wed, 01 Jul 2026 10:00:00 GMT"),
    "typed-html.jpg": answer(PICTURE, "Content-Type: text/html"),
    "page.html": answer(b"<!doctype html><html><body>Hello</body></html>", "Content-Type: image/jpeg"),
    "empty": answer(b""),
    "untold-length": b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE,
    "cookie": answer(PICTURE, "Set-Cookie: id=1; Path=/"),
    # Bytes that are not what was said
    "cut-short": answer(PICTURE[:1000], length=len(PICTURE)),
    "cut-picture": answer(PICTURE[: len(PICTURE) // 2]),
    "longer-than-said": answer(PICTURE, length=100),
    "claims-too-much": answer(PICTURE, length=10**12),
    "negative-length": answer(PICTURE, length=-1),
    "no-length": answer(PICTURE).replace(f"Length: {len(PICTURE)}".encode(), b"Length: ten"),
    "two-lengths": answer(PICTURE, "Content-Length: 5"),
    "length-and-chunks": answer(PICTURE, "Transfer-Encoding: chunked"),
    "broken-chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    + b"".join(b"%X;a=b\r\n%b\r\n" % (len(p), p) for p in (PICTURE[:5], PICTURE[5:40000], PICTURE[40000:]))
    + b"0\r\nX-Trailer: a\r\n\r\n",
    "crumbs": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"1\r\n%c\r\n" % byte for byte in PICTURE)
    + b"0\r\n\r\n",
    "hinted": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(PICTURE),
    "bare-lines": b"HTTP/1.1 200\nContent-Length: %d\n\n%b" % (len(PICTURE), PICTURE),
    "http-1.0": b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + PICTURE,
    "huge-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n",
    "gzipped": answer(gzip.compress(PICTURE), "Content-Encoding: gzip"),
    "bomb": answer(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip"),
    "twice-encoded": answer(PICTURE, "Content-Encoding: identity", "Content-Encoding: gzip"),
    "large": answer(bytes(2_000_000)),
    # Heads
    "old": PICTURE,
    "no-http": b"SSH-2.0-OpenSSH_9.9\r\n" + b"\0" * 100,
    "nothing": b"",
    "long-line": answer(PICTURE, "X-Long: " + "a" * 100_000),
    "many-lines": answer(PICTURE, *(f"X-{n}: a" for n in range(5000))),
    "null-in-head": answer(PICTURE, "X-Null: a\0b"),
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    # Statuses
    **{
        str(status): answer(PICTURE, status=f"{status} So It Is")
        for status in (201, 203, 204, 206, 300, 304, 305, 400, 401, 403, 404, 410, 418, 429, 500, 503, 999)
    },
    # Redirects
    "nowhere": answer(b"", status="302 Found"),
    "loop": answer(b"", "Location: /loop", status="302 Found"),
    "to-logo": answer(b"", "Location: logo.png", status="302 Found"),
    "kept-to-logo": answer(b"", "Location: /logo.png", status="308 Permanent Redirect"),
    **{
        f"hop-{n}": answer(b"", f"Location: /hop-{n - 1}", status="307 Temporary Redirect")
        for n in range(1, 10)
    },
    "hop-0": answer(PICTURE),
}
ENDLESS: dict[str, Callable[[Writer], Awaitable[None]]] = {
    "drip": _drip,
    "drip-head": _drip_head,
    "endless": _endless,
    "endless-chunks": _endless_chunks,
    "endless-head": _endless_head,
    "endless-hints": _endless_hints,
    "silent": _silent,
}


@contextlib.asynccontextmanager
async def hostile_origin(
    host: str = "127.0.0.1",
    *,
    more: Callable[[str, dict[str, str]], bytes | None] = lambda *_: None,
) -> AsyncIterator[Origin]:
    """Serve what FIXED and ENDLESS name, and before that what `more` answers to a path and headers."""
    origin = Origin(host)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        path = request.split(" ")[1].removeprefix("/")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        origin.seen.append((path, headers))
        if path in ENDLESS:
            await ENDLESS[path](writer)
        else:
            writer.write(more(path, headers) or FIXED.get(path, answer(b"", status="404 Not Found")))
            await writer.drain()

    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, host, 0)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
