"""Blurring, sharpening and squares, on channels weighed by their alpha. Worker side: this loads libvips."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from pyvips import Image, Interpolate

from transforms.bands import rounded

OPAQUE = 255

_REACH = 3
"""So many sigmas the bell reaches to each side."""
_LARGEST_WEIGHT = 64
"""libvips' fast convolution keeps weights to seven bits, the first of which it leaves free."""
_FINEST = 14
"""Weights add up to two to this power at most."""
_LARGEST_SIGMA = 20.0
"""From here on it is quicker to blur a smaller picture and to enlarge it: 24 megapixels at sigma 40 take
0.9 s as they are and 0.6 s so, and the latter does not grow with sigma."""
_SMALL_SIGMA = 8.0
"""What is left of sigma in the smaller picture, so that enlarging it linearly shows no facets."""
_DETAIL, _EDGES = 0.8, 2.5
"""Sigma of the blur that sharpening and unsharp masking compare with."""


def gaussian(image: Image, sigma: float) -> Image:
    """`image` blurred by a bell of that sigma, in pixels. What is transparent lends no colour."""
    return weighed(image, lambda bands: blurred(bands, sigma))


def weighed(image: Image, change: Callable[[Image], Image]) -> Image:
    """`change` done to the colours multiplied by their alpha, and undone after it.

    The products are kept in 8 bits, for which libvips is thirty times as quick as for floats. A colour that
    is nearly transparent gets coarse by this, but laid on anything the picture is at most one level off.
    """
    if not image.hasalpha() or image.extract_band(image.bands - 1).min() == OPAQUE:
        return rounded(change(image)).copy(interpretation=image.interpretation)
    products = rounded(image.premultiply()).copy(interpretation=image.interpretation)
    changed = change(products).unpremultiply()
    return rounded(changed).copy(interpretation=image.interpretation)


def blurred(image: Image, sigma: float) -> Image:
    """Every channel blurred for itself, which has to be 8-bit. Flat colour stays exactly as it is."""
    if sigma <= _LARGEST_SIGMA:
        return image.convsep(_mask(sigma), precision="integer")
    factor = int(sigma / _SMALL_SIGMA)
    # Both the averaging of squares and the linear interpolation blur already: their variances count.
    left = sigma * sigma - (factor * factor - 1) / 12 - factor * factor / 6
    small = blurred(image.shrink(factor, factor, ceil=True), math.sqrt(left) / factor).copy_memory()
    return enlarged(small, factor, factor, image.width, image.height)


def _mask(sigma: float) -> Image:
    weights = bell(sigma)
    return Image.new_from_array([list(weights)], scale=sum(weights))


@cache
def bell(sigma: float) -> tuple[int, ...]:
    """Whole weights, as much of a Gaussian bell as lies over each pixel, which add up to a power of two.

    libvips' own add up to something else, and its fast convolution then rounds them so that flat colour gets
    up to eight levels lighter or darker: `gaussblur` makes 255 to 247 at sigma 0.5, 128 to 132 at sigma 3.
    """
    scale = sigma * math.sqrt(2)
    total = 2 ** min(_FINEST, int(math.log2(_LARGEST_WEIGHT / math.erf(0.5 / scale))))
    # What of the bell lies beyond the rim of each pixel, from the outermost in. Rounding these and not the
    # weights lets no error add up.
    beyond = [
        round(total * math.erfc((at - 0.5) / scale) / 2) for at in range(math.ceil(sigma * _REACH), 0, -1)
    ]
    side = [after - before for before, after in pairwise([0, *beyond]) if after]
    return (*side, total - 2 * sum(side), *reversed(side))


def enlarged(
    small: Image, across: float, down: float, width: int, height: int, interpolate: str = "bilinear"
) -> Image:
    """`small`, which has to be in memory, scaled up about the middles of its pixels and cut to that size."""
    return small.affine(
        [across, 0, 0, down],
        interpolate=Interpolate.new(interpolate),
        oarea=[0, 0, width, height],
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
        premultiplied=True,
    )


def sharpened(image: Image, amount: float) -> Image:
    """The finest detail made stronger by `amount`: 1.0 doubles it."""
    return _masked(image, _DETAIL, amount)


def unsharp_masked(image: Image, amount: float) -> Image:
    """Edges and coarser detail made stronger by `amount`: 1.0 doubles them."""
    return _masked(image, _EDGES, amount)


def _masked(image: Image, sigma: float, amount: float) -> Image:
    """The picture plus `amount` times its difference from itself blurred: the darkroom's unsharp mask."""
    crisp = rounded(image + (image - gaussian(image, sigma)) * amount)
    if image.hasalpha():
        last = image.bands - 1
        crisp = crisp.extract_band(0, n=last).bandjoin(image.extract_band(last))
    return crisp.copy(interpretation=image.interpretation)


def pixelated(image: Image, square: int) -> Image:
    """`image` in squares of that many pixels from the upper left corner, each of its mean colour."""
    means = weighed(image, lambda bands: bands.shrink(square, square, ceil=True)).copy_memory()
    return means.zoom(square, square).crop(0, 0, image.width, image.height)
