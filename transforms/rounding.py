"""Rounded boxes as masks, and what is done through them. Worker side: this loads libvips."""

from __future__ import annotations

from collections.abc import Sequence

from pyvips import Image

from transforms.bands import rounded
from transforms.color import Rgba, able_to_hold, paint

OPAQUE = 255

_ALMOST_NOTHING = 1e-6

Corner = tuple[float, float]


def rounded_box(
    width: int, height: int, corners: Sequence[Corner] | None = None, *, inset: float = 0.0
) -> Image:
    """How much of each pixel is covered by a box with rounded corners: one channel, 0 to 255.

    The box lies `inset` pixels inside the image on every side. `corners` are the radii, across and down,
    clockwise from the top left, of the box without inset; the corners of an inset box have the same middles.
    """
    mask = _box(width, height, inset)
    quarters: dict[Corner, Image] = {}
    for place, radii in enumerate(corners or ()):
        if min(radii) > inset:
            if radii not in quarters:
                # Most often all four corners are alike; the arithmetic is worth doing once.
                quarters[radii] = _quarter(width, height, radii, inset).copy_memory()
            mask = mask.minpair(_corner(place, quarters[radii], width, height))
    return mask


def _box(width: int, height: int, inset: float) -> Image:
    row, column = _covered(width, inset), _covered(height, inset)
    across = Image.new_from_memory(row, width, 1, 1, "uchar").replicate(1, height)
    down = Image.new_from_memory(column, 1, height, 1, "uchar").replicate(width, 1)
    if inset == int(inset):
        return across.minpair(down)
    return rounded(across.multiply(down).linear(1 / OPAQUE, 0))


def _covered(length: int, inset: float) -> bytes:
    """How much of each pixel lies between `inset` and `length - inset`."""
    start, end = inset, length - inset
    return bytes(round(OPAQUE * max(0.0, min(p + 1, end) - max(p, start))) for p in range(length))


def _quarter(width: int, height: int, radii: Corner, inset: float) -> Image:
    """How much of each pixel of the top left corner lies within a quarter of an ellipse, 0 to 255.

    A pixel is covered by half a pixel less its distance from the curve: to first order, the implicit function
    of the ellipse over the length of its gradient (G. Taubin, Distance Approximations for Rasterizing
    Implicit Curves, ACM Transactions on Graphics 13, 1994).
    """
    (across, down), (inner_across, inner_down) = radii, (radii[0] - inset, radii[1] - inset)
    columns, rows = min(width, _ceiling(across)), min(height, _ceiling(down))
    place_of = Image.xyz(columns, rows).linear([-1, -1], [across - 0.5, down - 0.5])
    # Beyond the middle of the ellipse a pixel is as far from the curve as beside it.
    distance = (place_of > 0).ifthenelse(place_of, _ALMOST_NOTHING)
    once = _length(distance, inner_across, inner_down)
    twice = _length(distance, inner_across**2, inner_down**2)
    outside = once * (once - 1) / twice
    return rounded(outside * -OPAQUE + OPAQUE / 2)


def _corner(place: int, quarter: Image, width: int, height: int) -> Image:
    """White but for one corner; clockwise from the top left, `place` is 0."""
    if place in (1, 2):
        quarter = quarter.fliphor()
    if place in (2, 3):
        quarter = quarter.flipver()
    left = width - quarter.width if place in (1, 2) else 0
    top = height - quarter.height if place in (2, 3) else 0
    return quarter.embed(left, top, width, height, extend="white")


def _ceiling(length: float) -> int:
    return max(1, -int(-length // 1))


def _length(vector: Image, across: float, down: float) -> Image:
    scaled = vector.linear([1 / across, 1 / down], [0, 0])
    squared = scaled * scaled
    return (squared[0] + squared[1]) ** 0.5


def faded(image: Image, mask: Image) -> Image:
    """`image` with its alpha made less by a mask of 0 to 255."""
    if not image.hasalpha():
        return image.bandjoin(mask).copy(interpretation=image.interpretation)
    alpha = rounded(image[image.bands - 1] * mask / OPAQUE)
    return image[0 : image.bands - 1].bandjoin(alpha).copy(interpretation=image.interpretation)


def translucent(image: Image, part: float) -> Image:
    """`image` with this part of its alpha."""
    return faded(image, image[0].new_from_image([round(part * OPAQUE)]).cast("uchar"))


def bordered(image: Image, width: float, color: Rgba, corners: Sequence[Corner] | None) -> Image:
    """`image` with a border inside its edge; `corners` are the radii it was rounded with before.

    What the mask of those corners left of a pixel belongs to the border as it belonged to the image, so that
    no colour of the image shines through at the outer edge.
    """
    width = min(width, image.width / 2, image.height / 2)
    image = able_to_hold(image, color)
    ring = rounded_box(image.width, image.height, corners, inset=width).invert()
    ring = rounded(ring.linear(color[3] / OPAQUE, 0)) if color[3] < OPAQUE else ring
    channels = paint(image, color)
    if not image.hasalpha():
        drawn = image.new_from_image(channels).cast("uchar")
        return ring.ifthenelse(drawn, image, blend=True).copy(interpretation=image.interpretation)
    held = rounded_box(image.width, image.height, corners)
    part = ring * held / OPAQUE**2
    # One channel times as many numbers makes as many channels.
    border = part.linear([*channels, OPAQUE], [0] * image.bands)
    whole = image.premultiply() * (ring.invert() / OPAQUE) + border
    return rounded(whole.unpremultiply()).copy(interpretation=image.interpretation)
