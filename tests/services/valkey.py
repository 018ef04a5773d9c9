"""A real Valkey for the tests, started as the server itself starts it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from redis import Redis

from proxy.valkey import EmbeddedValkey

_START_SECONDS = 30


class _Keeper(threading.Thread):
    """Keeps a server for as long as it lives.

    A thread with a loop of its own, so that the fixture can be asked for from inside any other loop.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(name="valkey keeper", daemon=True)
        self._folder = folder
        self._enough = threading.Event()
        self.server: Future[EmbeddedValkey] = Future()

    def run(self) -> None:
        server = EmbeddedValkey(self._folder, max_memory_bytes=64_000_000)
        try:
            asyncio.run(server.start())
        except Exception as error:
            self.server.set_exception(error)
            return
        self.server.set_result(server)
        self._enough.wait()
        asyncio.run(server.stop())

    def stop(self) -> None:
        self._enough.set()
        self.join()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedValkey]:
    """One server for the whole session; tests that harm theirs start their own."""
    with tempfile.TemporaryDirectory(prefix="calotype-valkey-") as folder:
        keeper = _Keeper(Path(folder))
        keeper.start()
        yield keeper.server.result(_START_SECONDS)
        keeper.stop()


@pytest.fixture
def valkey(valkey_server: EmbeddedValkey) -> str:
    """The URL of a server with nothing in it."""
    with Redis.from_url(valkey_server.url) as client:
        client.flushall()
    return valkey_server.url
