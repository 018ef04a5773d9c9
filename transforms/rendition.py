"""What a render yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Notes = tuple[tuple[str, float], ...]
"""What was found out while saving, by name: `q`, `bytes`, `ssim`; `missed` is 1 where an aim was out of
reach."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture done: its bytes and what they are. It gets a name, and becomes a variant, elsewhere."""

    body: bytes = field(repr=False)
    format: str
    """One of the written names in `FORMATS`."""
    width: int
    height: int
    pages: int
    """Frames as planned; encoders join neighbours that are equal and add up their times."""
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Milliseconds of `decode`, `resize` and `encode`.

    libvips streams: the first resampling happens while the decoder runs, so that `decode` holds both, up to
    the moment the reduced pixels lie in memory. `resize` is every operation after it. Where nothing is
    resized the decoder feeds the encoder, and `encode` holds both.
    """
    notes: Notes = ()
    """What a search for a quality came to; empty where none was searched for."""
