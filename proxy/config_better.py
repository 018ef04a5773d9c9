"""The parts of the `render` section about what is made behind the answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from proxy.config_types import PositiveCount, PositiveSeconds, Seconds, Section


class SecondEncode(Section):
    """JPEG, WebP and AVIF that are asked for often are encoded again when nothing else is to be done: with
    ten times the time, to a smaller file that looks no worse. It takes the place of the first under an ETag
    of its own, and the picture's tag is purged from CDNs."""

    enabled: bool = True
    """Encode again what is asked for often."""
    after: PositiveCount = 20
    """How often a variant has to be asked for, of one HTTP process. Behind a CDN that keeps most hits away,
    less is as telling."""
    over_seconds: Seconds = 60
    """How long that has to take at the least: a crowd that is gone after a moment gains nothing."""
    max_pixels: PositiveCount = 4_000_000
    """A larger result is left as it is."""
    immutable: Literal["keep", "wait"] = "keep"
    """What is done for URLs that promise never to change (a version, `fl_immutable_cache`). `keep`: they keep
    the first encode. `wait`: they get the second too, and their `Cache-Control` lacks `immutable` until
    then."""
    deadline_seconds: PositiveSeconds = 60
    """What is made behind the answers is killed when it takes longer."""


class Mezzanine(Section):
    """Of a large photograph a small copy is kept, made behind the answers after the first variant of it: a
    JPEG of 4:4:4. Variants of half its size and less are made from it, for a fraction of the decoding."""

    enabled: bool = True
    """Make them, and make variants from them."""
    min_pixels: PositiveCount = 4_000_000
    """Originals with fewer pixels have none, nor those that are not twice as long as `side`."""
    side: Annotated[int, Field(ge=256, le=8192)] = 1600
    """Pixels of its longer side."""
    quality: Annotated[int, Field(ge=50, le=100)] = 92
    """Of the JPEG."""
    ratio: Annotated[float, Field(ge=1.0, le=16.0)] = 2.0
    """How many of its pixels, along a side, become one of a variant at the least."""


class TwoStage(Section):
    """An AVIF that `f_auto` chooses and that would take long is answered at once in the best other format
    that is quick, with `delivery.cache_control.provisional`; it is made behind the answers, and takes over
    when it is there."""

    enabled: bool = True
    """Make it. Without, the next best format is the answer for good."""
    avif_seconds: PositiveSeconds = 0.35
    """An AVIF whose encoding is foreseen to take longer, on one core, is one that would take long: one of
    more than 4 megapixels, about."""
