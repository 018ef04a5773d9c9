"""Purges sent to every CDN, in batches of its size, each with a receipt."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from proxy.purge.base import PurgeFailed, Purger

logger = logging.getLogger(__name__)

Result = Literal["acknowledged", "failed"]

SECONDS = 10.0
"""How long one call to a CDN may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One purge that was sent to one CDN. Times are epoch seconds."""

    backend: str
    tags: tuple[str, ...]
    urls: tuple[str, ...]
    sent_at: float
    acknowledged_at: float | None = None
    """None where it was not."""
    reference: str = ""
    """The CDN's own word for it."""
    error: str = ""


def _ignore(*_: str) -> None:
    """The observer of who does not care."""


class Purges:
    """Sends purges; `tag_prefix` stands before every tag, as it does in answers.

    `observe` is told the backend and the result of every one.
    """

    def __init__(
        self,
        purgers: Sequence[Purger] = (),
        *,
        tag_prefix: str = "",
        seconds: float = SECONDS,
        observe: Callable[[str, str], None] = _ignore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._purgers = tuple(purgers)
        self._tag_prefix = tag_prefix
        self._seconds = seconds
        self._observe = observe
        self._clock = clock

    async def send(self, *, tags: Sequence[str], urls: Sequence[str] = ()) -> tuple[Sent, ...]:
        """Have every CDN forget what carries `tags`, or lies under `urls` where it goes by those.

        Hard purges only: a soft one leaves the picture servable. What fails is told, not raised, so that one
        CDN that is away keeps no other from being told.
        """
        tags = tuple(dict.fromkeys(self._tag_prefix + tag for tag in tags))
        sent = await asyncio.gather(*(self._send_all(purger, tags, tuple(urls)) for purger in self._purgers))
        return tuple(each for some in sent for each in some)

    async def close(self) -> None:
        """Let go of every CDN."""
        for purger in self._purgers:
            await purger.close()

    async def _send_all(self, purger: Purger, tags: tuple[str, ...], urls: tuple[str, ...]) -> list[Sent]:
        sent = [await self._send(purger, some, ()) for some in _batches(tags, purger.max_tags)]
        return sent + [await self._send(purger, (), some) for some in _batches(urls, purger.max_urls)]

    async def _send(self, purger: Purger, tags: tuple[str, ...], urls: tuple[str, ...]) -> Sent:
        sent_at, reference, error = self._clock(), "", ""
        try:
            async with asyncio.timeout(self._seconds):
                reference = await purger.purge(tags=tags, urls=urls, hard=True)
        except (PurgeFailed, TimeoutError, OSError) as failure:
            error = str(failure) or type(failure).__name__
            logger.warning("%s did not acknowledge a purge: %s", purger.name, error)
        self._observe(purger.name, "failed" if error else "acknowledged")
        acknowledged_at = None if error else self._clock()
        return Sent(
            backend=purger.name,
            tags=tags,
            urls=urls,
            sent_at=sent_at,
            acknowledged_at=acknowledged_at,
            reference=reference,
            error=error,
        )


def _batches(values: tuple[str, ...], most: int) -> Iterator[tuple[str, ...]]:
    """`values`, at most `most` at a time; none at all where none are taken."""
    for start in range(0, len(values) if most else 0, max(1, most)):
        yield values[start : start + most]
