"""Aims at a size or at a likeness, met by trying. Worker side: this works on libvips images.

A picture that is slow to encode is not tried again and again: a sample of it is, and what that tells is tried
on the picture itself as often as there is time for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from pyvips import Image

from transforms import rates
from transforms.codecs import CODECS
from transforms.color import PROFILE, untagged
from transforms.likeness import sample, sample_of_ssim, ssim
from transforms.pages import still
from transforms.plan import Save
from transforms.rendition import Notes
from transforms.save import own_chroma
from transforms.searching import LEAST, MOST, between

Write = Callable[[Image, Save], bytes]
"""Encodes a picture as it is told."""

_TILE, _TILES = 256, 16
"""What is tried in the picture's stead to foresee its size."""
_MARGIN = 0.03
"""By this part what is foreseen of a size has to fit better, or half of the files would not."""
_NEAR_BYTES, _NEAR_LIKENESS = 0.12, 0.25
"""So near to the limit, in logarithms, a try is good enough where each takes long."""
_SAME = 1e-6
"""Pictures no less alike than this are the same."""


def first_page(image: Image) -> Image:
    """What is looked at of an animation."""
    return still(image.crop(0, 0, image.width, image.get_page_height()))


def for_bytes(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """The best quality that fits into so many bytes, or near it where the picture is large."""
    assert save.aim is not None
    most, most_tries = save.aim.value, rates.tries(save.format, "bytes", image.width * image.height)
    bodies: dict[int, bytes] = {}

    def weigh(quality: int) -> float:
        bodies[quality] = write(image, at(save, quality))
        return math.log(len(bodies[quality]))

    start, near = save.quality or MOST, (0.0, 0.0)
    if (part := probe(image, most_tries)) is not None:
        start, near = _foreseen_by_bytes(part, image, save, write), (_NEAR_BYTES, 0.0)
    fits, _ = between(weigh, math.log(most), start, most_tries, near)
    if fits < LEAST and most_tries == rates.MOST_TRIES and LEAST not in bodies:
        weigh(LEAST)
    fits = fits if fits >= LEAST else min(bodies)
    body = bodies[fits]
    return body, noted(("q", fits), ("bytes", len(body)), missed=len(body) > most)


def for_ssim(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """The lowest quality at which the picture is as alike as asked for, or one near it."""
    assert save.aim is not None
    most_tries = rates.tries(save.format, "ssim", image.width * image.height)
    trials = _Trials(image, save, write)
    # What is just enough is enough: the search counts it as above.
    limit = math.nextafter(_decibels(save.aim.value / 100), -math.inf)
    start, near = save.quality or MOST, (0.0, 0.0)
    if probe(image, most_tries) is not None:
        tiles = sample_of_ssim(first_page(image)).copy_memory()
        seen = _Trials(tiles, _whole(save, image), write)
        _, start = between(seen.compare, limit, start, rates.MOST_TRIES)
        start, near = min(start, MOST), (0.0, _NEAR_LIKENESS)
    _, enough = between(trials.compare, limit, start, most_tries, near)
    if enough > MOST and most_tries == rates.MOST_TRIES and MOST not in trials.found:
        trials.compare(MOST)
    enough = enough if enough <= MOST else max(trials.found)
    body, likeness = trials.found[enough]
    told = ("q", enough), ("ssim", round(likeness * 100, 2)), ("bytes", len(body))
    return body, noted(*told, missed=likeness < save.aim.value / 100)


def at(save: Save, quality: int) -> Save:
    """`save` at that quality, with nothing left to look for."""
    return replace(save, quality=quality, aim=None)


def noted(*told: tuple[str, float], missed: bool) -> Notes:
    """What a search came to."""
    return (*told, ("missed", 1)) if missed else told


@dataclass(frozen=True, slots=True)
class Probe:
    """A part of a picture that stands for it."""

    image: Image
    share: float
    """Of the pixels."""


def probe(image: Image, most_tries: int) -> Probe | None:
    """A sample of a picture that may not be tried often enough itself; None where it may, and of an
    animation, whose frames lean on each other."""
    if most_tries == rates.MOST_TRIES or image.get_page_height() != image.height:
        return None
    part = sample(untagged(image), _TILE, _TILES).copy_memory()
    return Probe(part, part.width * part.height / (image.width * image.height))


def _whole(save: Save, image: Image) -> Save:
    """`save` for a part of `image`, which would choose its chroma by its own size."""
    return replace(save, chroma=save.chroma or own_chroma(save.format, image.width, image.height))


def _foreseen_by_bytes(part: Probe, image: Image, save: Save, write: Write) -> int:
    assert save.aim is not None
    profile = len(image.get(PROFILE)) if image.get_typeof(PROFILE) else 0
    room = max(1.0, (save.aim.value - profile) * part.share)
    how = _whole(save, image)

    def weigh(quality: int) -> float:
        return math.log(len(write(part.image, at(how, quality))))

    fits, _ = between(weigh, math.log(room) - _MARGIN, save.quality or MOST, rates.MOST_TRIES)
    return max(fits, LEAST)


class _Trials:
    """A picture encoded at some qualities, and how alike it came out."""

    def __init__(self, image: Image, save: Save, write: Write) -> None:
        self.found: dict[int, tuple[bytes, float]] = {}
        self._image, self._save, self._write = image, save, write

    def compare(self, quality: int) -> float:
        """The likeness at that quality, on a scale on which it grows evenly."""
        body = self._write(self._image, at(self._save, quality))
        copy = CODECS[self._save.format].open(body).copy_memory()
        self.found[quality] = body, ssim(first_page(self._image), first_page(copy))
        return _decibels(self.found[quality][1])


def _decibels(likeness: float) -> float:
    return -math.log(1 - likeness + _SAME)
