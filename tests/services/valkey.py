"""A real Valkey for the tests, started as the server itself starts it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis import Redis

from proxy.valkey import EmbeddedValkey


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_server() -> AsyncIterator[EmbeddedValkey]:
    """One server for the whole session; tests that harm theirs start their own."""
    with tempfile.TemporaryDirectory(prefix="calotype-valkey-") as folder:
        server = EmbeddedValkey(Path(folder), max_memory_bytes=64_000_000)
        await server.start()
        yield server
        await server.stop()


@pytest.fixture
def valkey(valkey_server: EmbeddedValkey) -> str:
    """The URL of a server with nothing in it."""
    with Redis.from_url(valkey_server.url) as client:
        client.flushall()
    return valkey_server.url
