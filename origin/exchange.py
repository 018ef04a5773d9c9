"""One GET over one connection: HTTP/1.1 (RFC 9112), as little of it as pictures need, and none of it trusted.

A client for all purposes decompresses, keeps cookies, follows hints without end and forgives what servers get
wrong. Here every line is counted, what is ambiguous is refused, and nothing is done that was not asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from origin.errors import OriginalTooManyBytes

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_HEAD_BYTES = 32_768
"""Of all that comes before the body, and of what comes behind it."""
_SMALL_CHUNK_BYTES = 1024
_PIECE_BYTES = 65_536
_SWITCHING = 101


class BadAnswer(Exception):
    """What came is not HTTP/1.1, or can be read in several ways, or breaks off."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer; names are in lower case, values of one name joined by commas."""

    status: int
    headers: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.headers.get(name, "")


class Exchange:
    """A request and its answer, over a connection that is used for nothing else."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._room = _HEAD_BYTES

    async def ask(self, target: str, headers: Mapping[str, str]) -> Head:
        """Send a GET; the head of its answer. Raises BadAnswer and OSError."""
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii"))
        head = await self._head()
        while head.status < 200 and head.status != _SWITCHING:
            head = await self._head()
        return head

    async def body(self, head: Head, *, name: str, max_bytes: int) -> bytes:
        """The whole body. Raises BadAnswer, OSError, and OriginalTooManyBytes, which calls it `name`."""
        body = bytearray()

        async def take(size: int | None) -> None:
            """Read as many bytes, or to the end: counted, since a length may say anything."""
            if size is not None and len(body) + size > max_bytes:
                raise OriginalTooManyBytes(name, size=None if chunked else size, max_bytes=max_bytes)
            while size is None or size > 0:
                piece = await self._reader.read(_PIECE_BYTES if size is None else min(size, _PIECE_BYTES))
                if not piece and size is None:
                    return
                if not piece:
                    raise BadAnswer("the body breaks off")
                body.extend(piece)
                if len(body) > max_bytes:
                    raise OriginalTooManyBytes(name, size=None, max_bytes=max_bytes)
                size = None if size is None else size - len(piece)

        chunked, length = _framing(head)
        if not chunked:
            await take(length)
            return bytes(body)
        while size := await self._chunk_size():
            await take(size)
            if await self._line() != b"":
                raise BadAnswer("a chunk is longer than it says")
        while await self._line():
            pass  # what comes behind the last chunk says nothing that we ask for
        return bytes(body)

    def close(self) -> None:
        """End the connection, whatever is still under way on it."""
        self._writer.transport.abort()

    async def _head(self) -> Head:
        found = _STATUS.fullmatch(await self._line())
        if found is None:
            raise BadAnswer("the answer is not HTTP/1.1")
        headers: dict[str, str] = {}
        while line := await self._line():
            start, colon, rest = line.partition(b":")
            if not colon or _NAME.fullmatch(start) is None or _CONTROL.search(rest):
                raise BadAnswer("the answer has a line that is no header")
            name, value = start.decode("ascii").lower(), rest.strip(b" \t").decode(errors="replace")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Head(int(found[1]), headers)

    async def _line(self) -> bytes:
        """The next line without its end."""
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            raise BadAnswer("the answer breaks off") from error
        except asyncio.LimitOverrunError as error:
            raise BadAnswer("the answer has a line without end") from error
        self._room -= len(line)
        if self._room < 0:
            raise BadAnswer("the answer has too many headers")
        return line[:-2] if line.endswith(b"\r\n") else line[:-1]

    async def _chunk_size(self) -> int:
        room = self._room
        found = _CHUNK.fullmatch(await self._line())
        if found is None:
            raise BadAnswer("a chunk does not say how long it is")
        size = int(found[1], 16)
        if size >= _SMALL_CHUNK_BYTES:
            # Else a byte at a time would keep us busy for as long as the body is.
            self._room = room
        return size


def _framing(head: Head) -> tuple[bool, int | None]:
    """Whether the body comes in chunks, and its length; None to the end of the connection.

    RFC 9112, section 6.3, but what it would have us repair is refused.
    """
    encoding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if encoding is not None:
        if length is not None or encoding.strip().lower() != "chunked":
            raise BadAnswer("the answer does not say how it ends")
        return True, None
    if length is None:
        return False, None
    if _LENGTH.fullmatch(length) is None:
        raise BadAnswer("the answer has a length that is no number")
    return False, int(length)
