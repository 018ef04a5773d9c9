"""saq's queue in Redis, opened as we want it."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from saq.job import Job
from saq.queue.redis import RedisQueue

REST_SECONDS = 1.0
"""After a Redis that did not answer."""


class PatientQueue(RedisQueue):
    """One whose workers wait while Redis is away: saq's ask again at once, which takes a whole core."""

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:  # noqa: ASYNC109 - saq's
        try:
            return await super().dequeue(timeout, poll_interval)
        except (RedisError, OSError):
            await asyncio.sleep(REST_SECONDS)
            return None


def open_queue(redis_url: str, *, name: str) -> PatientQueue:
    """The queue of that name; connects when it is first used.

    One retry at once heals a connection that went stale while it lay in the pool; a job that is put twice is
    queued once.
    """
    return PatientQueue(Redis.from_url(redis_url, retry=Retry(NoBackoff(), 1)), name=name)
