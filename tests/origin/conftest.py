"""A library on each of the storages that are not the process itself, and a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from origin.storage.base import Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from tests.origin.house import House, prepare


@pytest.fixture
async def database(tmp_path: Path) -> str:
    return await prepare(tmp_path)


@pytest.fixture(params=["filesystem", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "filesystem":
        return FilesystemStorage(path=tmp_path / "originals", create=True)
    server = request.getfixturevalue("s3_bucket")
    return S3Storage(client=S3Client(S3Settings(**server.settings)), bucket=server.bucket)


@pytest.fixture
async def house(storage: Storage, database: str) -> AsyncIterator[House]:
    house = House(storage, database)
    yield house
    await house.close()
