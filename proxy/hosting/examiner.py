"""What an upload really is: looked at in a render worker, and held against what may be uploaded."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from origin.hosting.received import Received
from proxy.renderer import RenderPool
from transforms.errors import UnsupportedFormat
from transforms.summary import Summary

NOT_ALLOWED = "format_not_allowed"
"""The code of a picture in a format that is read here, but not taken."""


class Examiner:
    """Looks at uploads in `allowed` formats."""

    def __init__(self, *, pool: RenderPool, allowed: Collection[str], keep_gps: bool = False) -> None:
        self._pool = pool
        self._allowed = tuple(allowed)
        self._keep_gps = keep_gps

    async def examine(self, received: Received, *, allowed: Collection[str] = ()) -> Summary:
        """What there is to say of an upload; `allowed` are those of ours that a preset or a call takes.

        Its bytes decide what it is, whatever its name and type say. Raises UnsupportedFormat,
        OriginalTooLarge, BrokenImage and RenderError.
        """
        data = received.data if received.data is not None else await asyncio.to_thread(received.read)
        summary = await self._pool.summarize(
            data, content_hash=received.content_hash, keep_gps=self._keep_gps
        )
        self._check(summary.info.format, self._allowed)
        self._check(summary.info.format, tuple(allowed) or self._allowed)
        return summary

    @staticmethod
    def _check(format: str, allowed: tuple[str, ...]) -> None:
        if format not in allowed:
            raise UnsupportedFormat(
                f"the upload is {format}: expected one of {', '.join(allowed)}", code=NOT_ALLOWED
            )
