"""Pictures set before their own colours, or before themselves blurred. Worker side: this loads libvips."""

from __future__ import annotations

import math

from pyvips import Image, Interpolate

from transforms.bands import apart, in_color, rounded
from transforms.predominant import predominant
from transforms.surround import Box, Colors
from transforms.values import AutoBackground

OPAQUE = 255

_SIGMA_OF_SIDE = 0.025 / 100
"""Standard deviation of the blur, in shorter sides of the image, for an intensity of 1."""

_SMALL_SIGMA = 4.0
"""In pixels: a blur is done where it is this wide, in a smaller image, and enlarged."""

_DARKEST = -300

_PARTS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
_NEARLY_OPAQUE = 253.0

_WIDEST = 0.15
"""Of the longer side: the standard deviation of the blur that fills what is transparent in the picture."""


def source(image: Image, box: Box | None) -> Box:
    """The part of the picture that is to cover the image: the middle of `box`, or of all that can be seen, as
    far as it is opaque; all of it where too little is.

    A picture that is tilted or round has nothing in its corners that could cover those of the image.
    """
    alpha = image[image.bands - 1]
    left, top, width, height = box or _visible(alpha)
    for part in _PARTS:
        across, down = max(1, round(width * part)), max(1, round(height * part))
        middle = left + (width - across) // 2, top + (height - down) // 2, across, down
        if alpha.crop(*middle).avg() >= _NEARLY_OPAQUE:
            return middle
    return left, top, width, height


def _visible(alpha: Image) -> Box:
    """The smallest box that holds all that is not transparent; everything where nothing shows."""
    columns, rows = (memoryview(sums.write_to_memory()).cast("I") for sums in alpha.project())
    across, down = ([n for n, total in enumerate(sums) if total] for sums in (columns, rows))
    if not across:
        return 0, 0, alpha.width, alpha.height
    return across[0], down[0], across[-1] - across[0] + 1, down[-1] - down[0] + 1


def found(image: Image, box: Box | None, background: AutoBackground) -> Colors:
    """The colours that `background` finds in the picture, in the order `on_colors` takes them."""
    return predominant(in_color(image.crop(*box) if box else image).copy_memory(), background)


def on_colors(image: Image, colors: Colors, direction: str) -> Image:
    """`image` before one colour, before two that run in that direction, or before four in the corners:
    top left, top right, bottom left, bottom right."""
    color, alpha = apart(image)
    if len(colors) == 1:
        behind = color.new_from_image(list(colors[0])).cast("uchar")
    else:
        behind = _gradient(color, colors, direction)
    return _before(color, alpha, behind)


def _before(color: Image, alpha: Image | None, behind: Image) -> Image:
    if alpha is None:
        return color
    return alpha.ifthenelse(color, behind, blend=True).copy(interpretation=color.interpretation)


def _gradient(color: Image, colors: Colors, direction: str) -> Image:
    place = Image.xyz(color.width, color.height).linear(
        [1 / color.width, 1 / color.height], [0.5 / color.width, 0.5 / color.height]
    )
    across, down = place[0], place[1]
    if len(colors) == 4:
        top, bottom = _mixed(across, *colors[:2]), _mixed(across, *colors[2:])
        return rounded(top * (1 - down) + bottom * down)
    along = {
        "horizontal": across,
        "vertical": down,
        "diagonal_desc": (across + down) / 2,
        "diagonal_asc": (across - down + 1) / 2,
    }
    return rounded(_mixed(along[direction], *colors))


def _mixed(part: Image, first: tuple[float, ...], second: tuple[float, ...]) -> Image:
    return part.linear([b - a for a, b in zip(first, second, strict=True)], list(first))


def on_blurred(image: Image, box: Box, intensity: int, brightness: int) -> Image:
    """`image` before what is in its `box`, covering all of it, blurred and made brighter or darker."""
    width, height = image.width, image.height
    sigma = max(0.5, intensity * _SIGMA_OF_SIDE * min(width, height))
    shrink = max(1.0, sigma / _SMALL_SIGMA)
    small = _covering(image.crop(*box), math.ceil(width / shrink), math.ceil(height / shrink)).copy_memory()
    blurred = _blurred(small, sigma * small.width / width)
    lighter = blurred.linear(1, -brightness * OPAQUE / _DARKEST)
    behind = rounded(_stretched(lighter, width, height))
    bands = image.bands - 1
    return _before(image[0:bands].copy(interpretation=image.interpretation), image[bands], behind)


def _covering(picture: Image, width: int, height: int) -> Image:
    """The middle of `picture` in the shape of a box, scaled to it; colours weighed by their alpha."""
    across = min(picture.width, math.ceil(picture.height * width / height))
    down = min(picture.height, math.ceil(picture.width * height / width))
    middle = picture.crop((picture.width - across) // 2, (picture.height - down) // 2, across, down)
    shrunk = middle.premultiply().resize(
        min(1.0, width / across), vscale=min(1.0, height / down), kernel="linear"
    )
    return _stretched(shrunk, width, height)


def _stretched(image: Image, width: int, height: int) -> Image:
    """`image` enlarged to exactly that size, by cubic interpolation."""
    if (image.width, image.height) == (width, height):
        return image
    across, down = width / image.width, height / image.height
    return image.copy_memory().affine(
        [across, 0, 0, down],
        interpolate=Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
        premultiplied=True,
    )


def _blurred(picture: Image, sigma: float) -> Image:
    """Opaque colours of `picture`, blurred. What it has none for gets those of a wider blur, as far as that
    reaches, and the mean colour behind it."""
    bands = picture.bands - 1
    alpha = picture[bands].avg()
    mean = [picture[band].avg() * OPAQUE / alpha if alpha else float(OPAQUE) for band in range(bands)]
    behind = picture[0].new_from_image(mean)
    whole = picture[bands].min() == OPAQUE
    for wider in (sigma,) if whole else (_WIDEST * max(picture.width, picture.height), 3 * sigma, sigma):
        layer = picture.gaussblur(max(sigma, wider), precision="float")
        behind = layer[0:bands] + behind * (1 - layer[bands] / OPAQUE)
    return behind
