"""A purger for where no CDN stands before the server: it writes down what one would be sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence

logger = logging.getLogger(__name__)


class LogPurger:
    """Writes each purge into the log, under `name`."""

    max_tags = 100
    max_urls = 100

    def __init__(self, *, name: str = "log") -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    async def purge(self, *, tags: Sequence[str], urls: Sequence[str], hard: bool) -> str:
        """Write it down; that never fails."""
        kind = "hard" if hard else "soft"
        logger.info(
            "%s: %s purge of tags [%s] and urls [%s]", self._name, kind, " ".join(tags), " ".join(urls)
        )
        return ""

    async def close(self) -> None:
        """Nothing is held open."""
