"""One object on its way from S3: whole, bounded, and from where it broke off when it breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from origin.errors import OriginalTooManyBytes, OriginUnavailable
from origin.storage.base import Stat
from origin.storage.s3_client import translated
from origin.storage.spool import OpenFile, Spool

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


class _Held:
    """What came, in memory."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    async def take(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    async def end(self) -> bytes:
        return b"".join(self._chunks)


class _Laid:
    """What came, in a file; a piece of it is held until it is worth a write."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._piece = bytearray()
        self._written = 0

    async def take(self, chunk: bytes) -> None:
        self._piece += chunk
        if len(self._piece) >= _CHUNK_BYTES:
            await self._write()

    async def end(self) -> OpenFile:
        await self._write()
        return self._file

    async def _write(self) -> None:
        # Not cleared but replaced: a thread that is given up may still be reading it.
        await asyncio.to_thread(self._file.write, self._piece, self._written)
        self._written += len(self._piece)
        self._piece = bytearray()


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
        spool: Spool | None = None,
    ) -> None:
        self.begun = False
        """Whether the server ever answered with the object."""
        self._get_object = get_object
        self._key = key
        self._place = place
        self._max_bytes = max_bytes
        self._answer_seconds = answer_seconds
        self._spool = spool
        self._taken: _Held | _Laid = _Held()
        self._received = 0
        self._stat: Stat | None = None

    async def go_on(self) -> tuple[bytes | OpenFile, Stat]:
        """The whole object; in a file where the spool takes it.

        Raises OriginalTooManyBytes before its bytes are read where the server tells the size, else as soon as
        there are too many; OriginUnavailable or OriginTimeout when it broke off.
        """
        with translated(self._place):
            answer = await self._ask()
            async with answer["Body"] as body:
                stat = await self._begin(answer)
                while chunk := await body.read(_CHUNK_BYTES):
                    await self._take(chunk)
            if self._received != stat.size:
                raise OriginUnavailable(f"{self._place}: {self._received:,} of {stat.size:,} bytes came")
            return await self._taken.end(), stat

    async def _ask(self) -> Any:
        from botocore.exceptions import ClientError

        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._get_object(self._rest())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _CHANGED:
                self.start_again()
            raise

    def _rest(self) -> dict[str, str]:
        if self._stat is None or not self._received:
            return {}
        # If-Match: the rest of another version must never be glued to what we have.
        return {"Range": f"bytes={self._received}-", "IfMatch": f'"{self._stat.etag}"'}

    async def _begin(self, answer: Mapping[str, Any]) -> Stat:
        self.begun = True
        if (stat := self._stat) is not None and _is_rest(answer):
            return stat
        self.start_again()
        stat = described(self._key, answer)
        self._hold_bound(stat.size)
        self._taken = await self._place_for(stat.size)
        self._stat = stat
        return stat

    async def _place_for(self, size: int) -> _Held | _Laid:
        if self._spool is None or not self._spool.takes(size):
            return _Held()
        file = await asyncio.to_thread(self._spool.lay_out, size)
        return _Held() if file is None else _Laid(file)

    async def _take(self, chunk: bytes) -> None:
        self._received += len(chunk)
        self._hold_bound(self._received)
        await self._taken.take(chunk)

    def _hold_bound(self, size: int) -> None:
        if size > self._max_bytes:
            raise OriginalTooManyBytes(self._key, size=size, max_bytes=self._max_bytes)

    def start_again(self) -> None:
        """Let go of what came."""
        self._taken = _Held()
        self._received = 0
        self._stat = None


def _is_rest(answer: Mapping[str, Any]) -> bool:
    return bool(answer["ResponseMetadata"]["HTTPStatusCode"] == _PARTIAL_CONTENT)
