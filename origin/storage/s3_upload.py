"""One object on its way to S3, that must not replace another: `If-None-Match: *`, with checksums.

Amazon's S3 answers 412 to whoever comes second, and 409 while another is under way, which is to be tried
again (Amazon S3 User Guide, "Preventing object overwrites with conditional writes"); SeaweedFS and MinIO do
the first. A server that does not know the condition replaces the object: nothing is lost where a key is made
of the bytes, as it is in hosting.
"""

from __future__ import annotations

import asyncio
import random
from base64 import b64encode
from collections.abc import Mapping
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, BinaryIO

from origin.errors import OriginUnavailable, WrongBytes

PART_BYTES = 8 * 1024 * 1024
"""What is sent at once, and is in memory; S3 takes no parts of less than 5 MiB but the last."""
_THERE_ALREADY = 412
_UNDER_WAY = 409
_BAD_CHECKSUMS = {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"}
_ATTEMPTS = 5


class S3Upload:
    """Puts one object; `where` is its Bucket and Key, `options` what else is said of it."""

    def __init__(
        self, client: Any, where: Mapping[str, str], options: Mapping[str, str], *, place: str
    ) -> None:
        self._client = client
        self._where = dict(where)
        self._options = dict(options)
        self._place = place

    async def put(self, data: bytes | Path, *, content_hash: str) -> bool:
        """Whether it was put; False when there is one. Raises WrongBytes, and what botocore raises."""
        for attempt in range(_ATTEMPTS):
            status = await self._try(data, content_hash)
            if status != _UNDER_WAY:
                return status != _THERE_ALREADY
            await asyncio.sleep(random.uniform(0, 0.2 * 2**attempt))
        raise OriginUnavailable(f"{self._place}: others write it, and do not finish")

    async def _try(self, data: bytes | Path, content_hash: str) -> int:
        from botocore.exceptions import ClientError

        try:
            whole = data if isinstance(data, bytes) else await asyncio.to_thread(_small, data)
            if isinstance(whole, bytes):
                await self._put_whole(whole, content_hash)
            else:
                await self._put_in_parts(whole, content_hash)
        except ClientError as error:
            status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status in (_THERE_ALREADY, _UNDER_WAY):
                return status
            if error.response.get("Error", {}).get("Code") in _BAD_CHECKSUMS:
                raise WrongBytes(f"{self._place}: other bytes came than were meant") from error
            raise
        return 200

    async def _put_whole(self, data: bytes, content_hash: str) -> None:
        checksum = b64encode(bytes.fromhex(content_hash)).decode()
        await self._client.put_object(
            **self._where, **self._options, Body=data, IfNoneMatch="*", ChecksumSHA256=checksum
        )

    async def _put_in_parts(self, path: Path, content_hash: str) -> None:
        begun = await self._client.create_multipart_upload(**self._where, **self._options)
        upload = {**self._where, "UploadId": begun["UploadId"]}
        try:
            parts = await self._send_parts(path, upload, content_hash)
            await self._client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            # Parts that belong to nothing are paid for until somebody removes them.
            await asyncio.shield(self._client.abort_multipart_upload(**upload))
            raise

    async def _send_parts(self, path: Path, upload: dict[str, str], content_hash: str) -> list[Any]:
        parts: list[dict[str, Any]] = []
        whole = sha256()
        with await asyncio.to_thread(path.open, "rb") as file:
            while part := await asyncio.to_thread(_read, file, whole):
                number = len(parts) + 1
                checksum = b64encode(md5(part, usedforsecurity=False).digest()).decode()
                sent = await self._client.upload_part(
                    **upload, PartNumber=number, Body=part, ContentMD5=checksum
                )
                parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        if whole.hexdigest() != content_hash:
            raise WrongBytes(f"{self._place}: these are not the bytes that were meant")
        return parts


def _small(path: Path) -> bytes | Path:
    """The bytes of a file that fits into one part; else the file."""
    return path.read_bytes() if path.stat().st_size <= PART_BYTES else path


def _read(file: BinaryIO, whole: Any) -> bytes:
    part = file.read(PART_BYTES)
    whole.update(part)
    return part
