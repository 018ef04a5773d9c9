"""One subscription to one channel of Redis, kept up for as long as the process lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from proxy.link import RedisLink, RedisUnavailable

_SILENCE_SECONDS = 15.0
_REST_SECONDS = 0.25
_AGAIN_SECONDS = 0.5
_PROBE = b"?"
"""Said after a silence. No message of ours is as short."""


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
        self._moved = asyncio.Event()
        link.on_move(self._moved.set)
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
            await ended({attendance})

    async def _attend(self) -> None:
        while True:
            try:
                with contextlib.suppress(RedisError, OSError):
                    async with self._link.client.pubsub() as subscription:
                        await subscription.subscribe(self._name)
                        self._moved.clear()
                        await self._unless_moved(self._listen(subscription))
            finally:
                self.listening = False
            await asyncio.sleep(_REST_SECONDS)

    async def _unless_moved(self, listening: Coroutine[Any, Any, None]) -> None:
        """Listen until what we are connected to may be no primary any more: nobody's messages reach it."""
        tasks = {asyncio.create_task(listening), asyncio.create_task(self._moved.wait())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await ended(tasks)

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
                await self._probe(subscription)

    async def _probe(self, subscription: PubSub) -> None:
        """Have something said that we must hear, on the way of all messages.

        A ping would be answered by what was the primary before a failover, too.
        """
        client, name = self._link.client, self._name
        try:
            await self._link.call(lambda: client.publish(name, _PROBE))
        except RedisUnavailable:
            await subscription.ping()

    def _take(self, message: dict[str, object]) -> None:
        if message["type"] == "subscribe":
            # The library subscribes again by itself when it had to connect again: that says so too.
            self.listening = True
            self._joined()
        elif message["type"] == "message" and message["data"] != _PROBE:
            assert isinstance(message["data"], bytes)
            self._hear(message["data"])


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended; what they end with concerns nobody any more.

    Once is not enough for what waits in a client: a timeout there that runs out in the same moment takes the
    cancellation for its own.
    """
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
