"""clamd, asked by its INSTREAM command.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd: `zINSTREAM\\0`, then chunks, each with its length as
four bytes in network order before it, then a length of zero. The answer is `stream: OK`,
`stream: <name> FOUND` or ends in `ERROR`, and a zero byte.
"""

from __future__ import annotations

import asyncio
import struct

_CHUNK_BYTES = 65_536
_LONGEST_ANSWER = 4096


class ScanFailed(Exception):
    """The scanner did not answer, or not in its words; it is asked again."""


class Clamd:
    """A scanner at `host` and `port`, or at the Unix socket `path`."""

    def __init__(self, *, host: str, port: int, path: str, timeout_seconds: float) -> None:
        self._host = host
        self._port = port
        self._path = path
        self._timeout_seconds = timeout_seconds

    async def scan(self, data: bytes) -> str | None:
        """What was found in the bytes; None where they are clean. Raises ScanFailed."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                said = await self._ask(data)
        except (OSError, TimeoutError) as error:
            raise ScanFailed(f"clamd does not answer: {error or 'timeout'}") from error
        if said == "stream: OK":
            return None
        if said.startswith("stream: ") and said.endswith(" FOUND"):
            return said.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScanFailed(f"clamd said {said[:200]!r}")

    async def _ask(self, data: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), _CHUNK_BYTES):
                chunk = data[start : start + _CHUNK_BYTES]
                writer.write(struct.pack("!I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            return (await reader.read(_LONGEST_ANSWER)).rstrip(b"\0\n").decode(errors="replace")
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._path:
            return await asyncio.open_unix_connection(self._path)
        return await asyncio.open_connection(self._host, self._port)
