"""What is said of a picture instead of it: hashes, a tiny preview, a palette, facts. Worker side.

- BlurHash: a few cosines of the picture in linear light, in base 83 (github.com/woltapp/blurhash).
- ThumbHash: the same of lightness, two colour differences and alpha, in nibbles (evanw.github.io/thumbhash).

Both are computed of a picture made small first: they hold nothing finer.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from functools import cache

from pyvips import Image

from transforms.pages import still
from transforms.palette import palette
from transforms.plan import RenderPlan

Plane = list[list[float]]
"""One channel: rows of values."""

_BLUR_SIDE, _THUMB_SIDE, _PREVIEW_SIDE = 48, 64, 32
_ACROSS, _DOWN = 4, 3
_LEAST_SIDE, _BROAD_SIDE = 8, 32
"""Cosines of fewer pixels than these are not apart from one another: of a single one all are its colour. Such
a side is made so broad."""
_NOTHING = 1e-9
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_PREVIEW_QUALITY = 30


def tell(image: Image, plan: RenderPlan) -> bytes:
    """The body of a format that is not a picture, of the first frame of `image`."""
    first = still(image.crop(0, 0, plan.result.width, plan.result.height)).copy_memory()
    return TELLERS[plan.save.format](first.colourspace("srgb"), plan).encode()


def blurhash(image: Image) -> str:
    """The BlurHash of an opaque picture, of 4 by 3 components."""
    small = _broad(_small(image, _BLUR_SIDE))
    planes = [[[_linear(v) for v in row] for row in plane] for plane in planes_of(small)]
    # Every cosine but the mean counts twice, so that its inverse is a plain sum.
    waves = [cosines(plane, _ACROSS, _DOWN, shift=0.0) for plane in planes]
    factors = [
        [wave[down][across] * (2 if across or down else 1) for wave in waves]
        for down in range(_DOWN)
        for across in range(_ACROSS)
    ]
    mean, others = factors[0], factors[1:]
    loudest = max(abs(value) for factor in others for value in factor)
    step = max(0, min(82, math.floor(loudest * 166 - 0.5)))
    most = (step + 1) / 166
    head = _base83((_ACROSS - 1) + (_DOWN - 1) * 9, 1) + _base83(step, 1) + _base83(_packed(mean), 4)
    return head + "".join(_base83(_factor(factor, most), 2) for factor in others)


def _factor(factor: Sequence[float], most: float) -> int:
    digits = [max(0, min(18, math.floor(math.copysign(abs(v / most) ** 0.5, v) * 9 + 9.5))) for v in factor]
    return digits[0] * 361 + digits[1] * 19 + digits[2]


def _packed(color: Sequence[float]) -> int:
    red, green, blue = map(_gamma, color)
    return (red << 16) + (green << 8) + blue


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83 ** (length - place) % 83] for place in range(1, length + 1))


@cache
def _linear(value: float) -> float:
    """An sRGB value from 0 to 255 in linear light, 0 to 1 (IEC 61966-2-1)."""
    value /= 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _gamma(value: float) -> int:
    value = max(0.0, min(1.0, value))
    return int((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255 + 0.5)


def thumbhash(image: Image) -> bytes:
    """The ThumbHash of a picture with or without alpha."""
    image = _small(image, _THUMB_SIDE)
    width, height = image.width, image.height
    image = _broad(image)
    red, green, blue, alpha = planes_of(image if image.hasalpha() else image.addalpha())
    covered = sum(map(sum, alpha)) / 255
    see_through = covered < image.width * image.height
    mean = [_weighted(plane, alpha) / (covered or 1) for plane in (red, green, blue)]
    planes = [_over(plane, alpha, m) for plane, m in zip((red, green, blue), mean, strict=True)]
    light = _mixed(lambda r, g, b: (r + g + b) / 3, planes)
    yellow = _mixed(lambda r, g, b: (r + g) / 2 - b, planes)
    pink = _mixed(lambda r, g, b: r - g, planes)
    limit, side = (5 if see_through else 7), max(width, height)
    across, down = (max(1, math.floor(limit * length / side + 0.5)) for length in (width, height))
    parts = [_channel(light, max(3, across), max(3, down)), _channel(yellow, 3, 3), _channel(pink, 3, 3)]
    if see_through:
        parts.append(_channel([[v / 255 for v in row] for row in alpha], 5, 5))
    return _thumb_bytes(parts, across, down, lying=width > height)


def _weighted(plane: Plane, alpha: Plane) -> float:
    return (
        sum(v * a for vs, ws in zip(plane, alpha, strict=True) for v, a in zip(vs, ws, strict=True)) / 65025
    )


def _over(plane: Plane, alpha: Plane, behind: float) -> Plane:
    """A channel from 0 to 1, on `behind` where it is see-through."""
    return [
        [behind * (1 - a / 255) + v * a / 65025 for v, a in zip(vs, ws, strict=True)]
        for vs, ws in zip(plane, alpha, strict=True)
    ]


def _mixed(mix: Callable[[float, float, float], float], planes: Sequence[Plane]) -> Plane:
    return [[mix(*rgb) for rgb in zip(*rows, strict=True)] for rows in zip(*planes, strict=True)]


def _channel(plane: Plane, across: int, down: int) -> tuple[float, list[float], float]:
    """Mean, the other cosines of a triangle of frequencies as 0 to 1, and the largest of them."""
    waves = cosines(plane, across, down, shift=0.5)
    kept = [
        waves[y][x] for y in range(down) for x in range(across) if (x or y) and x * down < across * (down - y)
    ]
    scale = max(map(abs, kept))
    # What sums of floats leave of nothing must not be made as large as can be.
    scale = scale if scale > _NOTHING else 0.0
    return waves[0][0], [0.5 + 0.5 / scale * v if scale else 0.0 for v in kept], scale


def _thumb_bytes(
    parts: Sequence[tuple[float, list[float], float]], across: int, down: int, *, lying: bool
) -> bytes:
    (light, _, light_scale), (yellow, _, yellow_scale), (pink, _, pink_scale), *alpha = parts
    head = _whole(63 * light) | _whole(31.5 + 31.5 * yellow) << 6 | _whole(31.5 + 31.5 * pink) << 12
    head |= _whole(31 * light_scale) << 18 | bool(alpha) << 23
    rest = (down if lying else across) | _whole(63 * yellow_scale) << 3 | _whole(63 * pink_scale) << 9
    rest |= lying << 15
    data = head.to_bytes(3, "little") + rest.to_bytes(2, "little")
    if alpha:
        data += bytes([_whole(15 * alpha[0][0]) | _whole(15 * alpha[0][2]) << 4])
    nibbles = [_whole(15 * value) for _, values, _ in parts for value in values]
    nibbles += [0] * (len(nibbles) % 2)
    return data + bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def cosines(plane: Plane, across: int, down: int, *, shift: float) -> Plane:
    """The first cosine components, by rows of vertical frequency: first along rows, then down them."""
    height, width = len(plane), len(plane[0])
    rows = [_basis(width, frequency, shift) for frequency in range(across)]
    columns = [_basis(height, frequency, shift) for frequency in range(down)]
    along = [[sum(map(float.__mul__, line, row)) for row in rows] for line in plane]
    return [
        [sum(along[y][x] * column[y] for y in range(height)) / (width * height) for x in range(across)]
        for column in columns
    ]


@cache
def _basis(length: int, frequency: int, shift: float) -> tuple[float, ...]:
    return tuple(math.cos(math.pi * frequency * (place + shift) / length) for place in range(length))


def _small(image: Image, side: int) -> Image:
    small: Image = image.thumbnail_image(side, height=side, size="down") if _is_larger(image, side) else image
    return small


def _broad(image: Image) -> Image:
    """`image` with the pixels of a short side repeated until there are enough of them."""
    sides = image.width, image.height
    return image.zoom(*(-(-_BROAD_SIDE // side) if side < _LEAST_SIDE else 1 for side in sides))


def _is_larger(image: Image, side: int) -> bool:
    return bool(max(image.width, image.height) > side)


def planes_of(image: Image) -> list[Plane]:
    """Rows of floats of each band."""
    data = bytes(image.cast("uchar").write_to_memory())
    width, bands = image.width, image.bands
    lines = [data[at : at + width * bands] for at in range(0, len(data), width * bands)]
    return [[list(map(float, line[band::bands])) for line in lines] for band in range(bands)]


def preview(image: Image) -> str:
    """A tiny WebP of the picture as a data: URI (RFC 2397), to be stretched until the picture is there."""
    body: bytes = _small(image, _PREVIEW_SIDE).webpsave_buffer(Q=_PREVIEW_QUALITY, effort=4, keep="none")
    return f"data:image/webp;base64,{base64.b64encode(body).decode()}"


def thumbhash_text(image: Image) -> str:
    return base64.b64encode(thumbhash(image)).decode()


def _facts(image: Image, plan: RenderPlan) -> str:
    colors = palette(image)
    opaque = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    return json.dumps(
        {
            "width": plan.result.width,
            "height": plan.result.height,
            "format": plan.original.format,
            "pages": plan.original.pages,
            "alpha": plan.result.alpha,
            "dominant_color": colors[0]["color"] if colors else None,
            "blurhash": blurhash(opaque),
            "thumbhash": thumbhash_text(image),
            "palette": colors,
        }
    )


TELLERS: dict[str, Callable[[Image, RenderPlan], str]] = {
    "blurhash": lambda image, plan: blurhash(image),
    "thumbhash": lambda image, plan: thumbhash_text(image),
    "lqip": lambda image, plan: preview(image),
    "palette": lambda image, plan: json.dumps(palette(image)),
    "json": _facts,
}
"""By format, what makes its body of an sRGB picture."""
