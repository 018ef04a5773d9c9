"""One subscription to one channel of Redis, kept up for as long as the process lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from proxy.link import RedisLink

_SILENCE_SECONDS = 15.0
_REST_SECONDS = 0.25


def _nothing() -> None:
    """What is done at a subscription by who does not care."""


class Channel:
    """Hands every message of the channel `name` to `hear`.

    Messages are lost while there is no connection; `joined` is called whenever there is one again, also the
    first time, before any message that came over it.
    """

    def __init__(
        self,
        link: RedisLink,
        *,
        name: str,
        hear: Callable[[bytes], None],
        joined: Callable[[], None] = _nothing,
    ) -> None:
        self._link = link
        self._name = name
        self._hear = hear
        self._joined = joined
        self._attendance: asyncio.Task[None] | None = None
        self.listening = False
        """Whether there is a connection that has not proved dead."""

    def start(self) -> None:
        """Listen from now on; a second time does nothing."""
        if self._attendance is None:
            self._attendance = asyncio.create_task(self._attend(), name=f"listen {self._name}")

    async def close(self) -> None:
        """Stop listening."""
        attendance, self._attendance = self._attendance, None
        if attendance is not None:
            attendance.cancel()
            await asyncio.wait({attendance})

    async def _attend(self) -> None:
        while True:
            try:
                with contextlib.suppress(RedisError, OSError):
                    async with self._link.client.pubsub() as subscription:
                        await subscription.subscribe(self._name)
                        await self._listen(subscription)
            finally:
                self.listening = False
            await asyncio.sleep(_REST_SECONDS)

    async def _listen(self, subscription: PubSub) -> None:
        """Hand on what comes, until the connection breaks or proves dead."""
        asked = False
        while True:
            message = await subscription.get_message(timeout=_SILENCE_SECONDS)
            if message is not None:
                asked = False
                self._take(message)
            elif asked:
                raise RedisConnectionError("no answer to our ping")
            else:
                asked = True
                await subscription.ping()

    def _take(self, message: dict[str, object]) -> None:
        if message["type"] == "subscribe":
            # The library subscribes again by itself when it had to connect again: that says so too.
            self.listening = True
            self._joined()
        elif message["type"] == "message" and isinstance(message["data"], bytes):
            self._hear(message["data"])
