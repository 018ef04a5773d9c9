"""Pictures drawn at other places: over a quadrilateral, along an arc, sheared, pushed by another picture.

Worker side: this loads libvips. Each result pixel is looked up in the picture by cubic interpolation (in
large results linear) of colours weighed by their alpha; around the picture there is nothing, so that its
edges come out smooth.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyvips import Image, Interpolate

from transforms.arcs import Arc
from transforms.bands import rounded
from transforms.quads import Matrix, Point, back_to, box, sides

_MARGIN = 3
"""Transparent pixels around the picture: as far as cubic interpolation reaches."""

_MOST_CUBIC = 8_000_000
"""Pixels of a result; in a larger one nobody sees what cubic interpolation adds, at twice the time."""

_FAR = -1e6
"""A place that is surely outside."""


def stretched(image: Image, corners: Sequence[Point]) -> Image:
    """`image` with its corners moved there; what comes out is the box around them."""
    left, top, width, height = box(corners)
    across, down = sides(corners)
    # Cubic interpolation looks at four pixels in a row: from half the size on it would leave some out.
    factors = max(1, int(image.width / max(across, 1))), max(1, int(image.height / max(down, 1)))
    matrix = back_to(image.width / factors[0], image.height / factors[1], corners)
    places = _places(width, height)
    x, y = _projected(matrix, places[0] + left, places[1] + top)
    return _sampled(image, x, y, factors)


def _projected(matrix: Matrix, x: Image, y: Image) -> tuple[Image, Image]:
    a, b, c, d, e, f, g, h, i = matrix
    below = x * g + y * h + i
    # Behind the horizon there is no picture, and on it a division by nothing.
    seen = below > 0
    return (
        seen.ifthenelse((x * a + y * b + c) / below, _FAR),
        seen.ifthenelse((x * d + y * e + f) / below, _FAR),
    )


def bent(image: Image, degrees: float) -> Image:
    """`image` along an arc of that many degrees; a negative arc bends the lower edge outwards."""
    if degrees < 0:
        return bent(image.flip("vertical"), -degrees).flip("vertical")
    arc = Arc(image.width, image.height, degrees)
    width, height = arc.size
    places = _places(width, height) - [width / 2, arc.outer]
    # As distance and angle from straight up, clockwise, in degrees from 0 to 360.
    polar = (places[1] * -1).complexform(places[0]).polar()
    distance, turned = polar.real(), polar.imag()
    turned = (turned > 180).ifthenelse(turned - 360, turned)
    across = (turned / degrees + 0.5) * image.width
    return _sampled(image, across, arc.outer - distance)


def sheared(image: Image, matrix: Sequence[float], corners: Sequence[Point]) -> Image:
    """`image` through a matrix of four numbers, which sends its corners there."""
    left, top, width, height = box(corners)
    products = _products(image)
    slanted = products.affine(
        list(matrix),
        interpolate=Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        idx=0.5,
        idy=0.5,
        odx=-left - 0.5,
        ody=-top - 0.5,
        premultiplied=True,
    )
    return _undone(slanted, image)


def pushed(image: Image, across: Image, down: Image) -> Image:
    """Each pixel of `image` taken from as far right and below as `across` and `down` say; past an edge
    there is more of the edge."""
    places = _places(image.width, image.height)
    x = (places[0] + across).clamp(min=0.5, max=image.width - 0.5)
    y = (places[1] + down).clamp(min=0.5, max=image.height - 0.5)
    return _sampled(image, x, y)


def _places(width: int, height: int) -> Image:
    """The middle of every pixel."""
    return (Image.xyz(width, height) + 0.5).cast("float")


def _sampled(image: Image, x: Image, y: Image, factors: tuple[int, int] = (1, 1)) -> Image:
    """`image` at those places; with `factors` they are places in the image shrunk by them."""
    products = _products(image)
    if factors != (1, 1):
        products = products.shrink(*factors, ceil=True)
    width, height = products.width + 2 * _MARGIN, products.height + 2 * _MARGIN
    padded = products.embed(_MARGIN, _MARGIN, width, height).copy_memory()
    # Held near the picture: a place at the horizon is further away than whole numbers reach.
    columns = x.clamp(min=-_MARGIN, max=width) + (_MARGIN - 0.5)
    rows = y.clamp(min=-_MARGIN, max=height) + (_MARGIN - 0.5)
    index = columns.bandjoin(rows).cast("float")
    manner = "bicubic" if index.width * index.height <= _MOST_CUBIC else "bilinear"
    found = padded.mapim(index, interpolate=Interpolate.new(manner), premultiplied=True)
    return _undone(found, image)


def _products(image: Image) -> Image:
    """The channels multiplied by alpha, in 8 bits: a quarter of the memory, and one level off at the most."""
    image = image if image.hasalpha() else image.addalpha()
    return rounded(image.premultiply()).copy(interpretation=image.interpretation)


def _undone(products: Image, image: Image) -> Image:
    return rounded(products.unpremultiply()).copy(interpretation=image.interpretation)
