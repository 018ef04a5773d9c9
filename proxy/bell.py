"""Rings in this process when something happens in another: one subscription, handed on to whoever listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from proxy.link import RedisLink

_SILENCE_SECONDS = 15.0
_REST_SECONDS = 0.25


class Bell:
    """Listens to one channel, whose messages are names, and sets the events of those who wait for that name.

    A ring may be lost, with the connection or before it is made: who waits looks for himself now and then.
    """

    def __init__(self, link: RedisLink | None, *, channel: str) -> None:
        self._link = link
        self._channel = channel
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._attendance: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def listen(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `name` rings."""
        if self._link is not None and self._attendance is None:
            self._attendance = asyncio.create_task(self._attend(self._link), name=f"listen {self._channel}")
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
        attendance, self._attendance = self._attendance, None
        if attendance is not None:
            attendance.cancel()
            await asyncio.wait({attendance})

    async def _attend(self, link: RedisLink) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with link.client.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    await self._hear(subscription)
            await asyncio.sleep(_REST_SECONDS)

    async def _hear(self, subscription: PubSub) -> None:
        """Hand on what comes, until the connection breaks or proves dead."""
        asked = False
        while True:
            message = await subscription.get_message(timeout=_SILENCE_SECONDS)
            if message is not None:
                asked = False
                if message["type"] == "message":
                    self._ring(message["data"].decode())
            elif asked:
                raise RedisConnectionError("no answer to our ping")
            else:
                asked = True
                await subscription.ping()

    def _ring(self, name: str) -> None:
        for event in self._listeners.get(name, ()):
            event.set()
