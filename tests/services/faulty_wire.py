"""A wire to Valkey that can be made to fail: slow, silent, cut or refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest_asyncio


class FaultyWire:
    """A TCP server on loopback that hands everything on to the unix socket `target`.

    `delay_seconds` holds back each answer; `silent` swallows them, and `swallow` the next so many.
    """

    def __init__(self, target: str) -> None:
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
            target_reader, target_writer = await asyncio.open_unix_connection(self._target)
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


@pytest_asyncio.fixture
async def faulty_wire(valkey: str) -> AsyncIterator[FaultyWire]:
    """A wire to an empty Valkey, in good order so far."""
    wire = FaultyWire(valkey.removeprefix("unix://"))
    await wire.listen()
    yield wire
    await wire.refuse()
