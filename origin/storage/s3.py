"""Objects in a bucket of S3, or of anything that speaks its protocol."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from origin.breaker import RetryBudget
from origin.errors import OriginTimeout, OriginUnavailable
from origin.storage.base import Stat, check_key, is_valid_key
from origin.storage.s3_client import S3Client, translated
from origin.storage.s3_download import S3Download, described
from origin.storage.s3_short import ShortWay
from origin.storage.s3_upload import S3Upload
from origin.storage.spool import OpenFile, Spool

_PAGE = 1000  # keys that S3 lists at once, at most


class S3Storage:
    """The objects of `bucket` whose keys begin with `prefix`, which the keys here do not repeat."""

    def __init__(self, *, client: S3Client, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._budget = RetryBudget()
        self._short = ShortWay(client=client, bucket=bucket)

    async def stat(self, key: str) -> Stat | None:
        if not is_valid_key(key):
            return None
        from botocore.exceptions import ClientError

        with translated(self._place(key)):
            try:
                head = await self._short.head_object(self._prefix + key)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return None
                raise
        return described(key, head)

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        data, stat = await self._read(key, max_bytes, None)
        assert isinstance(data, bytes), "nothing is laid in a file without a spool"
        return data, stat

    async def read_spooled(self, key: str, *, max_bytes: int, spool: Spool) -> tuple[bytes | OpenFile, Stat]:
        """As `read`, but what `spool` takes comes in a file of it, a piece at a time."""
        return await self._read(key, max_bytes, spool)

    async def _read(self, key: str, max_bytes: int, spool: Spool | None) -> tuple[bytes | OpenFile, Stat]:
        check_key(key)
        await self._connected(key)
        download = S3Download(
            partial(self._short.get_object, self._prefix + key),
            key=key,
            place=self._place(key),
            max_bytes=max_bytes,
            answer_seconds=self._client.settings.answer_seconds,
            spool=spool,
        )
        try:
            return await self._tried(download)
        except BaseException:
            # Errors of aiohttp live on in what they broke, and the frames of their way here with them.
            download.start_again()
            raise

    async def _tried(self, download: S3Download) -> tuple[bytes | OpenFile, Stat]:
        self._budget.called()
        attempts = self._client.settings.retries + 1
        for attempt in range(attempts):
            try:
                return await download.go_on()
            except (OriginUnavailable, OriginTimeout):
                # What fails before the first answer was tried again already.
                if not download.begun or attempt + 1 == attempts or not self._budget.take():
                    raise
            await asyncio.sleep(random.uniform(0, 0.1 * 2**attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        check_key(key)
        options = {"ContentType": content_type} if content_type else {}
        client = await self._connected(key)
        with translated(self._place(key)):
            await client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data, **options)

    async def write_new(
        self, key: str, data: bytes | Path, *, content_hash: str, content_type: str | None = None
    ) -> bool:
        check_key(key)
        options = {"ContentType": content_type} if content_type else {}
        client = await self._connected(key)
        where = {"Bucket": self._bucket, "Key": self._prefix + key}
        with translated(self._place(key)):
            upload = S3Upload(client, where, options, place=self._place(key))
            return await upload.put(data, content_hash=content_hash)

    async def delete(self, key: str) -> None:
        if is_valid_key(key):
            client = await self._connected(key)
            with translated(self._place(key)):
                await client.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    async def close(self) -> None:
        await self._client.close()

    def _objects(self, contents: Iterable[Mapping[str, Any]]) -> tuple[Stat, ...]:
        """The entries of a page; markers of folders, which end with a slash, are none of our objects."""
        entries = ((entry["Key"].removeprefix(self._prefix), entry) for entry in contents)
        return tuple(described(key, entry, size="Size") for key, entry in entries if is_valid_key(key))

    def _place(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}{key}"[:200]

    async def _connected(self, key: str) -> Any:
        with translated(self._place(key)):
            return await self._client.get()

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        client = await self._connected(prefix)
        found: list[Stat] = []
        options: dict[str, Any] = {}
        while len(found) < limit:
            with translated(self._place(prefix)):
                page = await client.list_objects_v2(
                    Bucket=self._bucket,
                    Prefix=self._prefix + prefix,
                    MaxKeys=min(limit - len(found), _PAGE),
                    **options,
                )
            found += self._objects(page.get("Contents", []))
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                break
            options = {"ContinuationToken": page["NextContinuationToken"]}
        # Some servers order by folders, where `a/b` comes before `a-b`.
        return sorted(found, key=lambda stat: stat.key)
