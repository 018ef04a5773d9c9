"""What one look at the pixels tells of an upload, as plain values; `transforms/summarizing.py` looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.frame import ImageInfo
from transforms.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one look at the pixels tells of an upload, for answers and for search."""

    info: ImageInfo
    blurhash: str
    thumbhash: str
    """In base64."""
    color: str
    """The dominant colour: `#rrggbb`."""
    preview: str
    """A tiny picture as a data URI."""
    phash: int
    """64 bits, the highest 0; pictures that look alike differ in few (`distance`)."""
    exif: Mapping[str, str] = field(default_factory=dict)
    """Without what tells a place, unless that was asked for."""


@dataclass(frozen=True, slots=True)
class SummaryTerms:
    """How to look: what an original may be, and whether EXIF may tell a place."""

    limits: Limits = field(default_factory=Limits)
    keep_gps: bool = False


def distance(one: int, other: int) -> int:
    """In how many bits two perceptual hashes differ: 0 to 64."""
    return (one ^ other).bit_count()
