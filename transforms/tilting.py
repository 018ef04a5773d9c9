"""Turning by any angle. Worker side: this loads libvips."""

from __future__ import annotations

import math

from pyvips import Image, Interpolate

from transforms.bands import rounded


def tilted(image: Image, degrees: float, width: int, height: int) -> Image:
    """`image` turned clockwise about its centre, in the middle of a transparent `width` x `height`.

    By cubic interpolation between the middles of pixels, of colours weighed by their alpha.
    """
    if not image.hasalpha():
        image = image.addalpha()
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = image.premultiply().affine(
        [cosine, -sine, sine, cosine],
        interpolate=Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        idx=0.5 - image.width / 2,
        idy=0.5 - image.height / 2,
        odx=width / 2 - 0.5,
        ody=height / 2 - 0.5,
        premultiplied=True,
    )
    return rounded(turned.unpremultiply()).copy(interpretation=image.interpretation)
