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
_LARGE_PIXELS, _LARGE_TRIES = 16_000_000, 3
"""Of what is slow to encode, fewer."""
_LEAST, _MOST = 1, 100
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
    fits, _ = _between(weigh, math.log(most), save.quality or _MOST, _tries(image) - 1)
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
        return found[quality][1]

    # What is just enough is enough: the search counts it as above.
    least = save.aim.value / 100
    _, enough = _between(compare, math.nextafter(least, 0), save.quality or _MOST, _tries(image) - 1)
    if enough > _MOST:
        enough = _MOST
        if enough not in found:
            compare(enough)
    body, likeness = found[enough]
    told = ("q", enough), ("ssim", round(likeness * 100, 2)), ("bytes", len(body))
    return body, _noted(*told, missed=likeness < least)


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

    0 and 101 stand for none. `value` grows with quality; it is asked at most `tries` times.
    """
    low, high = _LEAST - 1, _MOST + 1
    values: dict[int, float] = {}
    quality = start
    for number in range(tries):
        values[quality] = value(quality)
        if values[quality] <= limit:
            low = quality
        else:
            high = quality
        if high - low <= 1:
            break
        quality = _next(low, high, values, limit, halve=number % 3 == 2)
    return low, high


def _next(low: int, high: int, values: dict[int, float], limit: float, *, halve: bool) -> int:
    """Where to try next: on the line between both ends, now and then in the middle, which always helps."""
    if halve or low not in values or high not in values or values[high] <= values[low]:
        return (low + high) // 2
    share = (limit - values[low]) / (values[high] - values[low])
    return min(max(round(low + share * (high - low)), low + 1), high - 1)


def _tries(image: Image) -> int:
    return _LARGE_TRIES if image.width * image.height > _LARGE_PIXELS else _MOST_TRIES


def _at(save: Save, quality: int) -> Save:
    return replace(save, quality=quality, aim=None)


def _noted(*told: tuple[str, float], missed: bool) -> Notes:
    return (*told, ("missed", 1)) if missed else told


_SEARCHES = {"looks": _for_looks, "ssim": _for_ssim, "bytes": _for_bytes}
"""By the kind of the aim."""
