"""The body of a request as it comes in: counted, and never slower than it may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from origin.hosting.intake_errors import EncodingNotTaken, UploadMalformed, UploadTooLarge, UploadTooSlow


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come."""

    min_bytes_per_second: int = 1000
    stall_seconds: float = 10.0
    """How far it may be behind."""


async def pieces(request: web.Request, *, max_bytes: int, pace: Pace) -> AsyncIterator[bytes]:
    """The bytes of a body, at most so many of them, as they come.

    What comes early buys time, but never more than `stall_seconds` ahead: else who sends much at first could
    hold a turn for hours. Raises UploadTooLarge, UploadTooSlow and UploadMalformed.
    """
    _check_head(request, max_bytes)
    clock = asyncio.get_running_loop().time
    deadline = clock() + pace.stall_seconds
    size = 0
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                piece = await request.content.readany()
        except TimeoutError as error:
            raise UploadTooSlow(
                f"the body comes more slowly than {pace.min_bytes_per_second:,} bytes a second"
            ) from error
        except (ClientError, HttpProcessingError, ConnectionError) as error:
            raise UploadMalformed("the body breaks off, or is not as long as it says") from error
        if not piece:
            return
        size += len(piece)
        if size > max_bytes:
            raise UploadTooLarge(f"the body has more than {max_bytes:,} bytes")
        deadline = min(deadline + len(piece) / pace.min_bytes_per_second, clock() + pace.stall_seconds)
        yield piece


async def whole(request: web.Request, *, max_bytes: int, pace: Pace) -> bytes:
    """All of a body. Raises as `pieces` does."""
    return b"".join([piece async for piece in pieces(request, max_bytes=max_bytes, pace=pace)])


def _check_head(request: web.Request, max_bytes: int) -> None:
    """Refuse what the head alone tells to be wrong, before a byte is read."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise EncodingNotTaken("bodies with a Content-Encoding are not taken")
    if request.content_length is not None and request.content_length > max_bytes:
        raise UploadTooLarge(
            f"the body has {request.content_length:,} bytes; at most {max_bytes:,} are taken"
        )
