"""The queue of work that nobody waits for: saq over Redis.

Jobs are keyed by what they make, so that the same work asked for twice is queued once; running one twice does
no harm. Redis being gone costs the head start, never a request.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from urllib.parse import quote

from saq.queue.redis import RedisQueue

from origin.address import is_address
from origin.asset import Asset
from proxy.jobs.redis_queue import open_queue

logger = logging.getLogger(__name__)

QUEUE = "calotype"
EAGER = "make_eager"
_JOB_SECONDS = 60
_ATTEMPTS = 3
_ENQUEUE_SECONDS = 2.0


def open_eager_queue(redis_url: str) -> RedisQueue:
    """The queue of this work at that Redis."""
    return open_queue(redis_url, name=QUEUE)


def eager_path(transformation: str, asset: Asset) -> str:
    """The delivery path of one eager rendition. The `v` segment ends the transformation for certain."""
    return f"/{transformation}/v1/{quote(_own_name(asset))}"


def _own_name(asset: Asset) -> str:
    """The name that leads to this object and no other: `cat.png` may lie beside a `cat.jpg`."""
    extension = asset.key.rpartition(".")[2]
    names = (asset.name, asset.public_id, f"{asset.public_id}.{extension}")
    # A mount's prefix, which the key does not repeat, ends where a segment does.
    return next((name for name in names if f"/{name}".endswith(f"/{asset.key}")), asset.public_id)


class EagerQueue:
    """Asks for the eager renditions of originals as they become known."""

    def __init__(self, queue: RedisQueue, transformations: Sequence[str]) -> None:
        self._queue = queue
        self._transformations = tuple(transformations)
        self._asking: set[asyncio.Task[None]] = set()

    def learnt(self, asset: Asset) -> None:
        """Queue every eager rendition of `asset`, behind the request that made it known.

        None of remote originals: what strangers name is rendered when they ask for it, and no sooner.
        """
        if self._transformations and not is_address(asset.name):
            task = asyncio.create_task(self._ask(asset))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask(self, asset: Asset) -> None:
        try:
            async with asyncio.timeout(_ENQUEUE_SECONDS):
                for transformation in self._transformations:
                    path = eager_path(transformation, asset)
                    key = hashlib.sha256(f"{asset.content_hash} {path}".encode()).hexdigest()
                    await self._queue.enqueue(
                        EAGER,
                        path=path,
                        key=f"{EAGER}:{key}",
                        timeout=_JOB_SECONDS,
                        retries=_ATTEMPTS,
                        retry_delay=1.0,
                        retry_backoff=True,
                    )
        except Exception as error:
            # They will be rendered when someone asks for them.
            logger.warning("eager renditions of %s are not queued: %s", asset.name, error)

    async def close(self) -> None:
        """Finish what is being asked, and let go of Redis."""
        await asyncio.gather(*self._asking)
        await self._queue.disconnect()
