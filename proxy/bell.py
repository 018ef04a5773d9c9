"""Rings in this process when something happens in another: one subscription, handed on to whoever listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from proxy.channel import Channel
from proxy.link import RedisLink


class Bell:
    """Listens to one channel, whose messages are names, and sets the events of those who wait for that name.

    A ring may be lost, with the connection or before it is made: who waits looks for himself now and then.
    """

    def __init__(self, link: RedisLink | None, *, channel: str) -> None:
        self._channel = Channel(link, name=channel, hear=self._ring) if link is not None else None
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextlib.contextmanager
    def listen(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `name` rings."""
        if self._channel is not None:
            self._channel.start()
        event = asyncio.Event()
        self._listeners.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            listeners = self._listeners[name]
            listeners.discard(event)
            if not listeners:
                del self._listeners[name]

    async def close(self) -> None:
        """Stop listening."""
        if self._channel is not None:
            await self._channel.close()

    def _ring(self, name: bytes) -> None:
        for event in self._listeners.get(name.decode(), ()):
            event.set()
