"""Shadows of the shape of a picture. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.bands import WHITE, rounded, with_alpha
from transforms.blurring import gaussian
from transforms.color import Rgba
from transforms.outlines import layer

_BLACK: Rgba = (0, 0, 0, 255)

_DARKEST = 0.6
"""Opacity of a cast shadow: the sky lights it too."""


def shadowed(
    image: Image, shift: tuple[int, int], sigma: float, opacity: float, color: Rgba, room: tuple[int, ...]
) -> Image:
    """`image` on its shadow, which lies `shift` pixels right and below.

    `room` is how far the canvas grows to the left, top, right and bottom.
    """
    left, top, right, bottom = room
    width, height = image.width + left + right, image.height + top + bottom
    # Used more than once: libvips would draw all that comes before it as often.
    image = with_alpha(image).copy_memory()
    picture = image.embed(left, top, width, height)
    shape = image.extract_band(3).embed(left + shift[0], top + shift[1], width, height)
    shade = layer(picture, color, gaussian(shape, sigma) * opacity)
    return rounded(shade.composite2(picture, "over")).copy(interpretation=image.interpretation)


def cast(image: Image, slant: float, height: float, sigma: float) -> Image:
    """`image` and the shadow that it casts on the ground it stands on, cut to the picture's size.

    What stands one pixel above the ground casts its shadow `slant` pixels to the right and `height` above (or
    below, where that is negative) the place it stands on: the lowest row with anything in it.
    """
    image = with_alpha(image).copy_memory()
    shape = image.extract_band(3)
    _, top, width, tall = shape.find_trim(threshold=WHITE // 2, background=[0], line_art=True)
    if width == 0:
        return image
    lying = _flattened(_leaning(shape.crop(0, top, image.width, tall), slant), height, image, top + tall)
    shade = gaussian(lying, sigma) if sigma else lying
    under = layer(image, _BLACK, shade * _DARKEST)
    return rounded(under.composite2(image, "over")).copy(interpretation=image.interpretation)


def _leaning(shape: Image, slant: float) -> Image:
    """`shape` leaning to the right by `slant` pixels for each pixel above its lower edge."""
    return shape.affine(
        [1, -slant, 0, 1],
        oarea=[0, 0, shape.width, shape.height],
        idx=0.5,
        idy=0.5 - shape.height,
        odx=-0.5,
        ody=shape.height - 0.5,
    )


def _flattened(shape: Image, height: float, image: Image, ground: int) -> Image:
    """`shape` so many times as high, standing on row `ground` of a canvas as large as `image`."""
    # Rows are averaged first where it gets less than half as high, or only some of them would be seen.
    rows = max(1, int(1 / abs(height)))
    above = -shape.height % rows
    padded = shape.embed(0, above, shape.width, shape.height + above)
    return padded.shrink(1, rows).affine(
        [1, 0, 0, height * rows],
        oarea=[0, 0, image.width, image.height],
        idy=0.5 - padded.height / rows,
        ody=ground - 0.5,
    )
