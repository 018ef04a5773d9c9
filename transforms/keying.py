"""What of a picture is its backdrop, by colour. Worker side: this works on libvips images."""

from __future__ import annotations

from collections.abc import Sequence

from pyvips import Image

from transforms.bands import WHITE, apart, in_color, rounded
from transforms.color import Rgba, paint

Drop = tuple[float, ...]
"""A colour as the channels of the picture have it, without alpha."""

_KEYED, _KEPT = 12.0, 22.0
"""How far from the backdrop's colour in CIELAB a pixel is cleared, and from where on it is kept whole."""

_LEAST_DOMINANCE = 40.0
"""Levels by which the strongest channel of a screen is above both others."""

_CLEAR, _WHOLE = 0.6, 0.1
"""As parts of that dominance: from which on a pixel is all screen, and up to which it is none."""


def painted(image: Image, color: Rgba) -> Drop:
    """A colour of the URL in the channels of `image`, which has three of colour."""
    return tuple(paint(image, color))


def backdrop(image: Image, tolerance: float) -> Drop | None:
    """The colour that most corners share, as near as `tolerance`; of several the one met first, from the
    top left clockwise. None where most corners are transparent."""
    right, bottom = image.width - 1, image.height - 1
    corners: list[list[float]] = [image(x, y) for x, y in ((0, 0), (right, 0), (right, bottom), (0, bottom))]
    if image.hasalpha():
        opaque = [corner[:-1] for corner in corners if corner[-1] > WHITE / 2]
        if 2 * len(opaque) < len(corners):
            return None
        corners = opaque
    reach = tolerance * WHITE / 100
    shared = [sum(_apart(corner, other) <= reach for other in corners) for corner in corners]
    return tuple(corners[shared.index(max(shared))])


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def foreground(image: Image, drop: Drop | None, tolerance: float) -> Image:
    """255 where `image` differs from its backdrop by more than `tolerance` percent in a channel, else 0.

    A pixel that is partly transparent differs so much less, and by no more than it is opaque; without a
    colour the backdrop is what is transparent.
    """
    color, alpha = apart(image)
    reach = tolerance * WHITE / 100
    if drop is None:
        return alpha > reach if alpha is not None else color[0] >= 0
    distance = _farthest(color, drop)
    return (distance * alpha / WHITE if alpha is not None else distance) > reach


def _farthest(color: Image, drop: Drop) -> Image:
    """The largest difference of a channel from the colour."""
    distance = (color - list(drop)).abs()
    most = distance[0]
    for band in range(1, distance.bands):
        most = (distance[band] > most).ifthenelse(distance[band], most)
    return most


def without(image: Image, drop: Drop, tolerance: float, *, everywhere: bool) -> Image:
    """`image` with its backdrop transparent: all of that colour, or what of it reaches the rim."""
    image = in_color(image).copy_memory()
    clear = (foreground(image, drop, tolerance) == 0).copy_memory()
    if not everywhere:
        clear = _from_rim(clear)
    # A pixel beside what is cleared loses what of it was backdrop, about as much as there is around it.
    kept = clear.ifthenelse(0, WHITE - rounded(clear.conv(_MEAN)) / 2)
    return with_less_alpha(image, kept)


_MEAN = Image.new_from_array([[1, 1, 1], [1, 1, 1], [1, 1, 1]], scale=9)


def _from_rim(mask: Image) -> Image:
    """What of `mask` hangs together with its rim: a flood that comes from all around."""
    wet, dry = WHITE, WHITE // 2
    width, height = mask.width, mask.height
    around = mask.embed(1, 1, width + 2, height + 2, extend="white").copy_memory()
    flooded = around.draw_flood(dry, 0, 0, equal=True).crop(1, 1, width, height)
    return (flooded == dry).ifthenelse(wet, 0)


def with_less_alpha(image: Image, kept: Image) -> Image:
    """`image` with its alpha multiplied by `kept`, 0 to 255; gray stays gray."""
    # Used more than once: libvips would draw all that comes before it as often.
    image = (image if image.hasalpha() else image.addalpha()).copy_memory()
    last = image.bands - 1
    alpha = rounded(image.extract_band(last) * kept / WHITE)
    return image.extract_band(0, n=last).bandjoin(alpha).copy(interpretation=image.interpretation)


def keyed(image: Image, drop: Drop, *, screen: bool) -> Image:
    """`image` without what has the colour of the backdrop; how much of a pixel that is, is a matter of
    degree.

    On a `screen` of a strong colour by how far its channel stands out (the colour difference key: Vlahos, US
    patent 3595987), so that shadows on it stay as shadows, and the light it throws on the subject is taken
    back. Otherwise by distance in CIELAB.
    """
    image = in_color(image).copy_memory()
    color, _ = apart(image)
    if screen and _dominance(drop) >= _LEAST_DOMINANCE:
        part = _standing_out(color, drop) / _dominance(drop)
        kept = ((_CLEAR - part) * (WHITE / (_CLEAR - _WHOLE))).clamp(min=0, max=WHITE)
        return _despilled(with_less_alpha(image, kept), drop)
    key = _lab(color.crop(0, 0, 1, 1).new_from_image(list(drop)).cast("uchar"))(0, 0)
    distance = ((_lab(color) - key) ** 2).bandmean() ** 0.5 * 3**0.5
    kept = ((distance - _KEYED) * (WHITE / (_KEPT - _KEYED))).clamp(min=0, max=WHITE)
    return with_less_alpha(image, kept)


def _lab(color: Image) -> Image:
    return color.copy(interpretation="srgb").colourspace("lab")


def _strongest(drop: Drop) -> int:
    return max(range(len(drop)), key=lambda band: drop[band])


def _dominance(drop: Drop) -> float:
    """By how much the strongest channel is above both others."""
    highest, second, *_ = sorted(drop, reverse=True)
    return highest - second


def _standing_out(color: Image, drop: Drop) -> Image:
    """By how much the screen's channel is above both others, in each pixel."""
    return color[_strongest(drop)] - _stronger_other(color, drop)


def _stronger_other(color: Image, drop: Drop) -> Image:
    one, other = (color[band] for band in range(3) if band != _strongest(drop))
    return (one > other).ifthenelse(one, other)


def _despilled(image: Image, drop: Drop) -> Image:
    """Of the screen's channel no more than of the stronger of the other two."""
    most, at = _stronger_other(image, drop), _strongest(drop)
    bands = [image[band] for band in range(image.bands)]
    bands[at] = (bands[at] > most).ifthenelse(most, bands[at])
    return bands[0].bandjoin(bands[1:]).copy(interpretation=image.interpretation)
