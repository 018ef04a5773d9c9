"""Sends large bodies at the pace of whoever takes them.

From a file the kernel copies a body out of its cache into the socket, and we hold none of it. uvloop has no
`sendfile` of its own, so this is sendfile(2) on a copy of the socket's descriptor, when what was written
before has gone out. It is called in a thread, since a file that the kernel has let go of is read from the
disk in it.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import StreamWriter
from aiohttp.payload import Payload

from proxy.file_body import FileBody
from proxy.short_way import MOST_BODY_BYTES

_PIECE_BYTES = 1 << 20
"""Most that is asked for in one call: others need the thread too."""
SLICE_BYTES = MOST_BODY_BYTES
"""A longer body is written in slices of this size."""
_LOOK_SECONDS = 1.0
"""How often whoever waits for a client looks whether the connection was given up."""


class Slices(Payload):
    """A large body, of which no more waits to be written than a slice."""

    _value: bytes

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._size = len(body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        view = memoryview(self._value)
        for start in range(0, len(view), SLICE_BYTES):
            await writer.write(view[start : start + SLICE_BYTES])


class FilePayload(Payload):
    """A body in a file, for aiohttp."""

    _value: FileBody

    def __init__(self, body: FileBody) -> None:
        super().__init__(body)
        self._size = len(body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._value.read().decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        assert isinstance(writer, StreamWriter)
        transport = writer.transport
        line = None if transport is None else transport.get_extra_info("socket")
        if transport is None or line is None or transport.get_extra_info("ssl_object") is not None:
            await self._write_slices(writer)
            return
        writer.send_headers()
        await _flushed(transport)
        await _send(self._value, transport, line.fileno(), writer.protocol)
        # So that aiohttp counts what the kernel has sent.
        writer.output_size += len(self._value)

    async def _write_slices(self, writer: AbstractStreamWriter) -> None:
        for start in range(0, len(self._value), SLICE_BYTES):
            await writer.write(await asyncio.to_thread(self._value.read, start, SLICE_BYTES))


async def _flushed(transport: asyncio.Transport) -> None:
    """Wait until all that was written before is with the kernel. uvloop writes at the end of a turn."""
    pause = 0.0
    while transport.get_write_buffer_size():
        _check(transport)
        await asyncio.sleep(pause)
        pause = min(0.05, 2 * pause + 0.001)


async def _send(body: FileBody, transport: asyncio.Transport, line: int, connection: Any) -> None:
    # A copy: uvloop lets nobody else wait for a descriptor of its own.
    out, sent = os.dup(line), 0
    try:
        while sent < len(body):
            _check(transport)
            piece = min(_PIECE_BYTES, len(body) - sent)
            try:
                done = await asyncio.to_thread(os.sendfile, out, body.descriptor, body.start + sent, piece)
            except BlockingIOError:
                await _writable(out, connection)
                continue
            if not done:
                raise OSError("the file was cut short")
            sent += done
    finally:
        os.close(out)


async def _writable(out: int, connection: Any) -> None:
    """Wait until the client has taken some, or for a moment; the door sees that we wait for it."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    connection.sends_file = True
    loop.add_writer(out, lambda: None if ready.done() else ready.set_result(None))
    try:
        await asyncio.wait({ready}, timeout=_LOOK_SECONDS)
    finally:
        loop.remove_writer(out)
        connection.sends_file = False


def _check(transport: asyncio.Transport) -> None:
    if transport.is_closing():
        raise ConnectionResetError("the connection was given up")
