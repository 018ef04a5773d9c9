"""How long decoders and encoders take, roughly: milliseconds of one core a megapixel.

Measured with libvips 8.18 on photographs of 1 to 24 megapixels; they belong to one machine. What they are
good for is comparing, and knowing what not to do several times.
"""

from __future__ import annotations

from collections.abc import Mapping

DECODE: Mapping[str, float] = {
    "jpg": 5.0,
    "png": 9.0,
    "webp": 20.0,
    "avif": 40.0,
    "gif": 12.0,
    "tiff": 7.0,
    "svg": 30.0,
    "pdf": 30.0,
    "jxl": 40.0,
    "jp2": 45.0,
    "bmp": 6.0,
    "tga": 8.0,
}
"""Of the original, each page."""

_ENCODE: Mapping[str, float] = {
    "jpg": 11.0,
    "png": 60.0,
    "webp": 45.0,
    "avif": 85.0,
    "gif": 400.0,
    "tiff": 80.0,
    "jxl": 55.0,
    "jp2": 120.0,
    "bmp": 6.0,
    "tga": 10.0,
}
"""Of the result, each page."""
_PALETTE = 200.0
"""Of a PNG with a palette: colours are counted, and every pixel is given the nearest."""
_OTHERWISE = 40.0

_THOROUGH: Mapping[str, float] = {"jpg": 110.0, "webp": 280.0, "avif": 720.0}
"""Of the result, where there is time."""
_THOROUGH_TRIES = 4
_THOROUGH_MILLISECONDS = 8_000.0
"""What all tries of a second encode may take, as foreseen; two there are at least."""

MOST_TRIES = 6
"""How often a picture is encoded at the most to meet an aim; besides, the end of the scale is tried where
nothing else did."""
TRIES_MILLISECONDS = 4_000.0
"""What all tries on a picture may take, as foreseen; at least one there is."""
_USUAL_TRIES = 4
_SAMPLED = {"bytes": 1_000_000, "ssim": 640_000}
"""Pixels of the sample that is tried in the place of a large picture."""
_COMPARING, _COMPARED = 60.0, 1_000_000
"""Milliseconds a megapixel to see how alike two pictures are; of larger ones only parts are looked at."""
_MEGA = 1_000_000


def encoding(format: str, pixels: int, *, palette: bool = False) -> float:
    """Milliseconds to write so many pixels."""
    rate = _PALETTE if palette and format == "png" else _ENCODE.get(format, _OTHERWISE)
    return rate * pixels / _MEGA


def decoding(format: str, pixels: int) -> float:
    """Milliseconds to read so many pixels."""
    return DECODE.get(format, _OTHERWISE) * pixels / _MEGA


def tries(format: str, kind: str, pixels: int, *, palette: bool = False) -> int:
    """How often a picture is encoded at the most to meet an aim of that kind, without the samples of it."""
    milliseconds = _one_try(format, kind, pixels, palette)
    return min(MOST_TRIES, max(1, int(TRIES_MILLISECONDS / max(milliseconds, 1.0))))


def thorough_tries(format: str, pixels: int) -> int:
    """How often a picture is encoded with time, to find a quality that looks as the first file did."""
    milliseconds = _THOROUGH.get(format, _OTHERWISE) * pixels / _MEGA
    return min(_THOROUGH_TRIES, max(2, int(_THOROUGH_MILLISECONDS / max(milliseconds, 1.0))))


def searching(format: str, kind: str, pixels: int, *, palette: bool = False) -> float:
    """Milliseconds to meet an aim (`looks`, `bytes`, `ssim`), with the writing of it."""
    if kind not in _SAMPLED:
        return encoding(format, pixels)
    one, most = _one_try(format, kind, pixels, palette), tries(format, kind, pixels, palette=palette)
    if most >= _USUAL_TRIES:
        return one * _USUAL_TRIES
    sample = _one_try(format, kind, min(pixels, _SAMPLED[kind]), palette)
    return sample * _USUAL_TRIES + one * (1 + most) / 2


def _one_try(format: str, kind: str, pixels: int, palette: bool) -> float:
    milliseconds = encoding(format, pixels, palette=palette)
    if kind == "ssim":
        milliseconds += decoding(format, pixels) + _COMPARING * min(pixels, _COMPARED) / _MEGA
    return milliseconds
