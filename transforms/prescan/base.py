"""What all scans have in common: how they count, and how they refuse.

A scan reads the bytes of an original before any decoder does. It believes nothing, follows no pointer twice,
and takes time linear in what it looks at: every loop is bounded by a limit or by the length of the file.
"""

from __future__ import annotations

from collections.abc import Callable

from transforms.errors import BrokenImage, OriginalTooLarge
from transforms.frame import ImageInfo
from transforms.limits import Limits

Scan = Callable[[bytes, Limits], ImageInfo]
"""What the bytes of one format claim. Raises BrokenImage for what cannot be true or is not all there,
OriginalTooLarge for too much of something, UnsupportedFormat for what is none of ours after all."""


class Tally:
    """Counts of what a file may not have without end. Each method raises OriginalTooLarge."""

    def __init__(self, format: str, limits: Limits) -> None:
        self._format = format
        self._limits = limits
        self._parts = 0
        self._metadata = 0

    def part(self, count: int = 1) -> None:
        """Count chunks, segments, boxes, entries: whatever the file is made of."""
        self._parts += count
        if self._parts > self._limits.max_parts:
            raise too_much(
                f"is made of more than {self._limits.max_parts:,} parts", "too_many_parts", self._format
            )

    def metadata(self, size: int) -> None:
        """Count bytes that are no picture: profiles, texts, thumbnails."""
        self._metadata += size
        if self._metadata > self._limits.max_metadata_bytes:
            raise too_much(
                f"carries more than {self._limits.max_metadata_bytes:,} bytes of metadata",
                "metadata_too_large",
                self._format,
            )

    def metadata_left(self) -> int:
        """Bytes of metadata that may still come."""
        return self._limits.max_metadata_bytes - self._metadata

    def pages(self, count: int) -> None:
        """Hold the number of frames or pages against its limit."""
        if count > self._limits.max_pages:
            raise too_much(
                f"has more than {self._limits.max_pages:,} frames or pages", "too_many_pages", self._format
            )


def broken(format: str, why: str) -> BrokenImage:
    """The refusal of what is not whole, or lies."""
    return BrokenImage(f"the original does not decode as {format}: {why}")


def cut_off(format: str) -> BrokenImage:
    """The refusal of a file that ends too early."""
    return broken(format, "it breaks off")


def too_much(what: str, code: str, format: str) -> OriginalTooLarge:
    """The refusal of too much of something."""
    return OriginalTooLarge(f"the original, a file in {format}, {what}", code=code)
