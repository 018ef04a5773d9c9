"""How long decoders and encoders take, roughly: milliseconds of one core a megapixel.

Measured with libvips 8.18 on photographs of 1 to 24 megapixels; they belong to one machine. What they are
good for is comparing, and knowing what not to do several times.
"""

from __future__ import annotations

from collections.abc import Mapping

DECODE: Mapping[str, float] = {
    "jpg": 8.0,
    "png": 12.0,
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
_PALETTE = 300.0
"""Of a PNG with a palette: colours are counted, and every pixel is given the nearest."""
_OTHERWISE = 40.0
_MEGA = 1_000_000


def encoding(format: str, pixels: int, *, palette: bool = False) -> float:
    """Milliseconds to write so many pixels."""
    rate = _PALETTE if palette and format == "png" else _ENCODE.get(format, _OTHERWISE)
    return rate * pixels / _MEGA


def decoding(format: str, pixels: int) -> float:
    """Milliseconds to read so many pixels."""
    return DECODE.get(format, _OTHERWISE) * pixels / _MEGA
