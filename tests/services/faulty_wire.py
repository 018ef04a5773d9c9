"""A wire to a server that can be made to fail: slow, silent, cut or refused."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import pytest_asyncio


class FaultyWire:
    """A TCP server on loopback that hands everything on to `target`: a unix socket, or a host and a port.

    `delay_seconds` holds back each answer; `silent` swallows them, and `swallow` the next so many.
    """

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.delay_seconds = 0.0
        self.silent = False
        self.swallow = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def lead_to(self, target: str | tuple[str, int]) -> None:
        """New connections go elsewhere from now on; open ones stay where they are."""
        self._target = target

    async def listen(self) -> None:
        """Accept connections, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Accept nothing more and cut what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """Break the open connections."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        target_writer: asyncio.StreamWriter | None = None
        try:
            target_reader, target_writer = await self._reach()
            ways = (self._pump(reader, target_writer), self._pump(target_reader, writer, answers=True))
            pumps = {asyncio.ensure_future(way) for way in ways}
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            # Ended on purpose; asyncio would complain of a cancelled handler.
            pass
        finally:
            for end in (writer, target_writer):
                if end is not None:
                    end.transport.abort()
            self._tasks.discard(task)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, str):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if answers:
                    await asyncio.sleep(self.delay_seconds)
                    if self.silent or self.swallow:
                        self.swallow = max(0, self.swallow - 1)
                        continue
                writer.write(data)
                await writer.drain()


class Wire:
    """A faulty wire on a thread of its own, for tests that speak HTTP; call `do` with what it should do."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._wire = FaultyWire(target)
        self.do(self._wire.listen())

    @property
    def port(self) -> int:
        return self._wire.port

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def refuse(self) -> None:
        self.do(self._wire.refuse())

    def silence(self) -> None:
        """Take everything and answer nothing, on old connections and on new ones."""
        self._wire.silent = True

    def lead_to(self, target: str | tuple[str, int]) -> None:
        """New connections go elsewhere from now on; open ones stay where they are."""
        self._wire.lead_to(target)

    def cut(self) -> None:
        """Break the open connections."""
        self.do(self._wire.cut())

    def slow(self, seconds: float) -> None:
        self._wire.delay_seconds = seconds

    def heal(self) -> None:
        """As before; connections that swallowed answers are broken."""
        self._wire.silent, self._wire.delay_seconds = False, 0.0
        self.do(self._wire.refuse())
        self.do(self._wire.listen())

    def close(self) -> None:
        self.do(self._wire.refuse())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextlib.contextmanager
def wire(target: str | tuple[str, int]) -> Iterator[Wire]:
    """A wire to `target` in good order, until the block ends."""
    opened = Wire(target)
    try:
        yield opened
    finally:
        opened.close()


@pytest_asyncio.fixture
async def faulty_wire(valkey: str) -> AsyncIterator[FaultyWire]:
    """A wire to an empty Valkey, in good order so far."""
    wire = FaultyWire(valkey.removeprefix("unix://"))
    await wire.listen()
    yield wire
    await wire.refuse()
