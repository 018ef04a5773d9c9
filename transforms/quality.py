"""Quality chosen by looking at the picture. Worker side: this loads libvips.

An aim at looks is met by prediction: `likeness.losses` says how hard compression is on this picture, and
`quality_model` what that makes of each quality. Aims at a size or at a likeness are met by trying, a bounded
number of times.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from pyvips import Image

from transforms.codecs import CODECS
from transforms.likeness import losses, opaque, ssim
from transforms.pages import still
from transforms.plan import Save
from transforms.quality_model import QUALITIES, WEIGHTS
from transforms.rendition import Notes

Write = Callable[[Save], bytes]
"""Encodes the picture as it is told."""

_MOST_TRIES = 6
"""Besides, the end of the scale is tried where nothing else did."""
_LARGE_PIXELS, _LARGE_TRIES = 16_000_000, 3
"""Of what is slow to encode, fewer."""
_LEAST, _MOST = 1, 100
_SLOPE = 0.03
"""By how much the logarithms of size and of likeness grow with a step of quality, about."""
_SAME = 1e-6
"""Pictures no less alike than this are the same."""
_SAME_LOOKS = 0.985
"""The SSIM at which a palette passes for the picture itself."""


def choose(image: Image, save: Save, write: Callable[[Image, Save], bytes]) -> tuple[bytes, Notes]:
    """The file that comes nearest to what `save` aims at, and what it came to. Without an aim that is simply
    the file. Raises `pyvips.Error`."""
    if save.variety == "any":
        search = _any_png
    elif save.aim is not None:
        search = _SEARCHES[save.aim.kind]
    else:
        return write(image, save), ()
    # It is looked at more than once, and what streams can be drawn only once.
    image = image.copy_memory()
    return search(image, save, lambda how: write(image, how))


def first_page(image: Image) -> Image:
    """What is looked at of an animation."""
    return still(image.crop(0, 0, image.width, image.get_page_height()))


def _for_looks(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    assert save.aim is not None
    quality = predicted(save.format, save.aim.value, losses(first_page(image)))
    body = write(_at(save, quality))
    return body, (("q", quality), ("bytes", len(body)))


def predicted(format: str, looks: float, found: tuple[float, ...]) -> int:
    """The quality at which a picture with these losses is likely to score `looks` points of SSIMULACRA2.

    Straight lines between the qualities the model was trained at; past the last of them the last.
    """
    qualities = QUALITIES[format]
    scores: list[float] = []
    for weights in WEIGHTS[format]:
        score = sum(weight * value for weight, value in zip(weights, (1.0, *found), strict=True))
        scores.append(max(score, scores[-1] if scores else -math.inf))
    for number, score in enumerate(scores):
        if score >= looks:
            if number == 0:
                break
            share = (looks - scores[number - 1]) / (score - scores[number - 1])
            return round(qualities[number - 1] + share * (qualities[number] - qualities[number - 1]))
    return qualities[0] if scores[0] >= looks else qualities[-1]


def _for_bytes(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    assert save.aim is not None
    bodies: dict[int, bytes] = {}

    def weigh(quality: int) -> float:
        bodies[quality] = write(_at(save, quality))
        return math.log(len(bodies[quality]))

    most = save.aim.value
    fits, _ = _between(weigh, math.log(most), save.quality or _MOST, _tries(image))
    if fits < _LEAST:
        fits = _LEAST
        if fits not in bodies:
            weigh(fits)
    body = bodies[fits]
    return body, _noted(("q", fits), ("bytes", len(body)), missed=len(body) > most)


def _for_ssim(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    assert save.aim is not None
    found: dict[int, tuple[bytes, float]] = {}

    def compare(quality: int) -> float:
        body = write(_at(save, quality))
        found[quality] = body, _likeness(image, save.format, body)
        return _decibels(found[quality][1])

    least = save.aim.value / 100
    # What is just enough is enough: the search counts it as above.
    limit = math.nextafter(_decibels(least), -math.inf)
    _, enough = _between(compare, limit, save.quality or _MOST, _tries(image))
    if enough > _MOST:
        enough = _MOST
        if enough not in found:
            compare(enough)
    body, likeness = found[enough]
    told = ("q", enough), ("ssim", round(likeness * 100, 2)), ("bytes", len(body))
    return body, _noted(*told, missed=likeness < least)


def _decibels(likeness: float) -> float:
    """A scale on which likeness grows evenly with quality."""
    return -math.log(1 - likeness + _SAME)


def _likeness(image: Image, format: str, body: bytes) -> float:
    copy = CODECS[format].open(body).copy_memory()
    return ssim(first_page(image), first_page(copy))


def _any_png(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """A palette where that is smaller and nobody sees it."""
    full, palette = write(replace(save, variety=None)), write(replace(save, variety="png8"))
    copy = CODECS["png"].open(palette).copy_memory()
    same = all(
        ssim(*(opaque(picture).extract_band(band) for picture in (image, copy))) >= _SAME_LOOKS
        for band in range(3)
    )
    body = palette if same and len(palette) < len(full) else full
    return body, (("bytes", len(body)),)


def _between(value: Callable[[int], float], limit: float, start: int, tries: int) -> tuple[int, int]:
    """The highest quality found whose value is at most `limit`, and the lowest whose value is above it.

    0 and 101 stand for none. `value` grows with quality, about `_SLOPE` a step; it is asked at most `tries`
    times. The next to try is on the line between both ends, and an end that stays counts for half each time
    (regula falsi in the Illinois manner): over the samples it is exact in 97 of 100 searches.
    """
    low, high = _LEAST - 1, _MOST + 1
    off: dict[int, float] = {}
    quality, before = start, start
    for _ in range(tries):
        off[quality] = value(quality) - limit
        above = off[quality] > 0
        stays = low if above else high
        if stays in off and (off[before] > 0) == above:
            off[stays] /= 2
        low, high = (low, quality) if above else (quality, high)
        if high - low <= 1:
            break
        guess = _line(low, high, off) if low in off and high in off else _ahead(quality, before, off)
        before, quality = quality, min(max(round(guess), low + 1), high - 1)
    return low, high


def _line(low: int, high: int, off: dict[int, float]) -> float:
    """Where the line between two ends, one below the limit and one above it, meets the limit."""
    return low - off[low] / max(off[high] - off[low], 1e-9) * (high - low)


def _ahead(quality: int, before: int, off: dict[int, float]) -> float:
    """A step past where the line through the last two would meet the limit, to have it in between."""
    slope = _SLOPE
    if quality != before:
        slope = max((off[quality] - off[before]) / (quality - before), _SLOPE / 4)
    return quality - off[quality] / slope - math.copysign(1, off[quality])


def _tries(image: Image) -> int:
    return _LARGE_TRIES if image.width * image.height > _LARGE_PIXELS else _MOST_TRIES


def _at(save: Save, quality: int) -> Save:
    return replace(save, quality=quality, aim=None)


def _noted(*told: tuple[str, float], missed: bool) -> Notes:
    return (*told, ("missed", 1)) if missed else told


_SEARCHES = {"looks": _for_looks, "ssim": _for_ssim, "bytes": _for_bytes}
"""By the kind of the aim."""
