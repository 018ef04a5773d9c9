"""Objects in a dictionary: for tests, and for a server that keeps nothing."""

from __future__ import annotations

import asyncio
import time
from hashlib import sha256
from pathlib import Path

from origin.errors import AssetNotFound, OriginalTooManyBytes
from origin.storage.base import Stat, check_content, check_key


class MemoryStorage:
    """A storage that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, Stat]] = {}

    async def stat(self, key: str) -> Stat | None:
        found = self._objects.get(key)
        return found[1] if found else None

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        found = self._objects.get(key)
        if found is None:
            raise AssetNotFound(f"{key[:80]!r}: no such object")
        if len(found[0]) > max_bytes:
            raise OriginalTooManyBytes(key, size=len(found[0]), max_bytes=max_bytes)
        return found

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        etag = sha256(data).hexdigest()[:32]
        self._objects[check_key(key)] = (data, Stat(key, len(data), etag, time.time()))

    async def write_new(
        self, key: str, data: bytes | Path, *, content_hash: str, content_type: str | None = None
    ) -> bool:
        body = data if isinstance(data, bytes) else await asyncio.to_thread(data.read_bytes)
        check_content(key, body, content_hash)
        if check_key(key) in self._objects:
            return False
        await self.write(key, body, content_type=content_type)
        return True

    async def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        keys = sorted(key for key in self._objects if key.startswith(prefix))
        return [self._objects[key][1] for key in keys[:limit]]

    async def close(self) -> None:
        """Nothing to let go of: what was written stays."""
