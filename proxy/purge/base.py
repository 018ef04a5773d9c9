"""What a CDN can be asked to forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class PurgeFailed(Exception):
    """A CDN did not acknowledge a purge; it is to be sent again."""


class Purger(Protocol):
    """The way to one CDN."""

    @property
    def name(self) -> str:
        """As receipts, metrics and logs have it."""

    @property
    def max_tags(self) -> int:
        """The most tags of one call; 0 for a CDN that knows none."""

    @property
    def max_urls(self) -> int:
        """The most URLs of one call; 0 for a CDN that is asked by tags alone."""

    async def purge(self, *, tags: Sequence[str], urls: Sequence[str], hard: bool) -> str:
        """Have everything forgotten that carries one of `tags` or lies under one of `urls`, within the limits
        above; its word for the request, if it has one.

        A `hard` purge removes; a soft one marks as stale, which leaves the picture servable. Returns once it
        is acknowledged. Raises PurgeFailed.
        """

    async def close(self) -> None:
        """Let go of what it holds open."""
