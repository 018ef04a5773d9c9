"""Pointwise changes of tone and colour in few libvips operations. Worker side: this works on libvips images.

Numbers are taken as they are stored, gamma-encoded, unless it is said otherwise: that is what the effects of
this language have always meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyvips import Image

from transforms.bands import LEVELS, WHITE, in_color, numbers, on_channels, on_colors, rounded
from transforms.color import PROFILE, Rgba, paint

Matrix = tuple[tuple[float, float, float], ...]

SRGB_LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. ITU-R BT.709, item 3.2."""
P3_LUMA = (0.2290, 0.6917, 0.0793)
"""The same for the primaries of Display P3 (SMPTE EG 432-1)."""

_SEXTANT = 1000
"""Steps of hue from red to yellow."""
_STARTS, _WAYS = (0, 6, 2, 0, 4, 4, 2, 0), (0, -1, -1, 1, -1, 1, 1, 0)
"""Where a sixth of the circle starts and which way it goes, by the sum of 1 for red not below green, 2 for
green not below blue, 4 for blue not below red."""
HUES = 6 * _SEXTANT + 1
"""Values that a hue can take."""


def luma_weights(image: Image) -> tuple[float, float, float]:
    """What red, green and blue add to the brightness of a working image."""
    return P3_LUMA if image.get_typeof(PROFILE) else SRGB_LUMA


def luma(color: Image) -> Image:
    """The brightness of three channels of colour, one of 8 bits."""
    return rounded(_weighed(color)).copy(interpretation="b-w")


def _weighed(color: Image) -> Image:
    return color.recomb([list(luma_weights(color))])


def through_matrix(image: Image, rows: Sequence[Sequence[float]]) -> Image:
    """Colours times a matrix, row by row."""
    return on_colors(image, lambda color: color.recomb([list(row) for row in rows]))


def in_turn(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does what `first` and then `second` do."""
    columns = tuple(zip(*first, strict=True))
    return tuple((_dot(row, columns[0]), _dot(row, columns[1]), _dot(row, columns[2])) for row in second)


def _dot(row: Sequence[float], column: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(row, column, strict=True))


def mixed(image: Image, painted: Image, share: float) -> Image:
    """`painted` over `image`, covering it by a share from 0 to 1. Both are of one kind and size."""
    return painted if share == 1 else image * (1 - share) + painted * share


def grayscale(image: Image) -> Image:
    """All channels alike; one that is gray already stays as it is."""
    return through_matrix(image, [luma_weights(image)] * 3) if image.interpretation != "b-w" else image


def saturation(weights: tuple[float, float, float], factor: float) -> Matrix:
    """Colours moved away from gray by a factor: `saturate()` of the W3C's Filter Effects, section 8.6."""
    red, green, blue = ((1 - factor) * weight for weight in weights)
    return (red + factor, green, blue), (red, green + factor, blue), (red, green, blue + factor)


def saturated(image: Image, factor: float) -> Image:
    """More or less colour; gray has none to begin with."""
    if image.interpretation == "b-w":
        return image
    return through_matrix(image, saturation(luma_weights(image), factor))


def vibrant(image: Image, strength: float) -> Image:
    """More colour (up to `strength` 1) where there is little, less and less where there is much."""
    if image.interpretation == "b-w":
        return image
    factors = numbers([1 + strength * (1 - step / WHITE) for step in range(LEVELS)])

    def paint_colors(color: Image) -> Image:
        gray = _weighed(color)
        return (color - gray) * chroma(color).maplut(factors) + gray

    return on_colors(image, paint_colors)


def thresholded(image: Image, level: float) -> Image:
    """White from `level` (0 to 256) on, black below."""
    table = numbers([WHITE if value >= level else 0 for value in range(LEVELS)])
    gray = image.interpretation == "b-w"

    def paint_channels(color: Image) -> Image:
        two = (color if gray else luma(color)).maplut(table)
        return two if gray else two.bandjoin([two, two])

    return on_channels(image, paint_channels)


def brightened_in_hsb(image: Image, factor: float) -> Image:
    """The brightness of HSB (the highest channel) times a factor; hue and saturation stay.

    Smith, "Color gamut transform pairs", 1978.
    """
    factors = numbers([min(factor, WHITE / max(step, 1)) for step in range(LEVELS)])
    return on_channels(image, lambda color: color * highest(color).maplut(factors))


def turned(image: Image, degrees: float) -> Image:
    """Hues turned on the circle of HSB; brightness and saturation stay.

    A channel of HSB is its brightness less a part of its chroma, and the part depends on the hue alone (Smith
    1978). So a table of parts by hue does it.
    """
    if image.interpretation == "b-w":
        return image
    parts = numbers(*([_part(step / _SEXTANT + degrees / 60, n) for step in range(HUES)] for n in (5, 3, 1)))

    def paint_colors(color: Image) -> Image:
        return highest(color) - chroma(color) * hues(color).maplut(parts)

    return on_colors(image, paint_colors)


def _part(hue: float, n: int) -> float:
    distance = (n + hue) % 6
    return max(0.0, min(distance, 4 - distance, 1.0))


def hues(color: Image) -> Image:
    """The hue of three channels of colour, 0 to 6000: a thousand from red to yellow, the next to green.

    Which channel is the highest and which the lowest says which sixth of the circle it is; how far the one
    between is from the lowest, where in it. libvips' own HSV has 255 steps in all, which show.
    """
    red, green, blue = color.bandsplit()
    order = (((red >= green) & 1) + ((green >= blue) & 2) + ((blue >= red) & 4)).cast("uchar")
    spread, top = chroma(color), highest(color)
    lowest = top - spread
    share = (red + green + blue - top - lowest * 2) / (spread > 0).ifthenelse(spread, 1)
    place = order.maplut(numbers(_STARTS)) + share * order.maplut(numbers(_WAYS))
    return (place * _SEXTANT).rint().cast("ushort")


def highest(color: Image) -> Image:
    """The highest of the channels."""
    return _folded(color, lambda one, other: one.maxpair(other))


def chroma(color: Image) -> Image:
    """How far the highest channel is from the lowest, 0 to 255."""
    return (highest(color) - _folded(color, lambda one, other: one.minpair(other))).cast("uchar")


def _folded(color: Image, pick: Callable[[Image, Image], Image]) -> Image:
    bands = color.bandsplit()
    found = bands[0]
    for band in bands[1:]:
        found = pick(found, band)
    return found


def relit(image: Image, gain: Callable[[float], float]) -> Image:
    """Every pixel times what `gain` says for its brightness (0 to 1): hues stay."""
    gains = numbers([gain(level / WHITE) for level in range(LEVELS)])
    gray = image.interpretation == "b-w"
    return on_channels(image, lambda color: color * (color if gray else luma(color)).maplut(gains))


def colorized(image: Image, fill: Rgba, share: float) -> Image:
    """One colour over everything, covering by a share from 0 to 1."""
    image = in_color(image)
    shown = paint(image, fill)
    return on_colors(image, lambda color: color.linear(1 - share, [channel * share for channel in shown]))


def multiplied(image: Image, rows: Sequence[Sequence[float]]) -> Image:
    """Colour and alpha times a matrix of four rows; without alpha the picture counts as opaque."""
    image = in_color(image)
    opaque = image if image.hasalpha() else image.bandjoin(WHITE)
    whole = rounded(opaque.recomb([list(row) for row in rows]))
    return whole.extract_band(0, n=image.bands).copy(interpretation=image.interpretation)
