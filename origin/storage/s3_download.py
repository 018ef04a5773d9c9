"""One object on its way from S3: whole, bounded, and from where it broke off when it breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from origin.errors import OriginalTooManyBytes, OriginUnavailable
from origin.storage.base import Stat
from origin.storage.s3_client import translated

_CHUNK_BYTES = 256 * 1024
_PARTIAL_CONTENT = 206
_CHANGED = {412, 416}
"""How a server answers a request for the rest of an object that is no longer the same."""


def described(key: str, answer: Mapping[str, Any], *, size: str = "ContentLength") -> Stat:
    """The Stat in an answer of S3, to the second: only some of its answers are more exact.

    Raises OriginUnavailable for the success of somebody else, such as a proxy's page of its own.
    """
    try:
        etag, modified_at = answer["ETag"].strip('"'), answer["LastModified"].timestamp()
        return Stat(key, answer[size], etag, float(int(modified_at)))
    except KeyError as error:
        raise OriginUnavailable(f"{key[:80]}: an answer without {error.args[0]}: is this an S3?") from error


class S3Download:
    """Bytes received so far. `go_on` is called again after a failure, and asks for the rest only."""

    def __init__(
        self,
        get_object: Callable[[Mapping[str, str]], Awaitable[Any]],
        *,
        key: str,
        place: str,
        max_bytes: int,
        answer_seconds: float,
    ) -> None:
        self.begun = False
        """Whether the server ever answered with the object."""
        self._get_object = get_object
        self._key = key
        self._place = place
        self._max_bytes = max_bytes
        self._answer_seconds = answer_seconds
        self._chunks: list[bytes] = []
        self._received = 0
        self._stat: Stat | None = None

    async def go_on(self) -> tuple[bytes, Stat]:
        """The whole object.

        Raises OriginalTooManyBytes before its bytes are read where the server tells the size, else as soon as
        there are too many; OriginUnavailable or OriginTimeout when it broke off.
        """
        with translated(self._place):
            answer = await self._ask()
            async with answer["Body"] as body:
                stat = self._begin(answer)
                while chunk := await body.read(_CHUNK_BYTES):
                    self._take(chunk)
        if self._received != stat.size:
            raise OriginUnavailable(f"{self._place}: {self._received:,} of {stat.size:,} bytes came")
        return b"".join(self._chunks), stat

    async def _ask(self) -> Any:
        from botocore.exceptions import ClientError

        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._get_object(self._rest())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _CHANGED:
                self._start_again()
            raise

    def _rest(self) -> dict[str, str]:
        if self._stat is None or not self._received:
            return {}
        # If-Match: the rest of another version must never be glued to what we have.
        return {"Range": f"bytes={self._received}-", "IfMatch": f'"{self._stat.etag}"'}

    def _begin(self, answer: Mapping[str, Any]) -> Stat:
        self.begun = True
        if self._stat is None or answer["ResponseMetadata"]["HTTPStatusCode"] != _PARTIAL_CONTENT:
            self._start_again()
            self._stat = described(self._key, answer)
        self._hold_bound(self._stat.size)
        return self._stat

    def _take(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._received += len(chunk)
        self._hold_bound(self._received)

    def _hold_bound(self, size: int) -> None:
        if size > self._max_bytes:
            raise OriginalTooManyBytes(self._key, size=size, max_bytes=self._max_bytes)

    def _start_again(self) -> None:
        self._chunks.clear()
        self._received = 0
        self._stat = None
