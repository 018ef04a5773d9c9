"""Light that falls off towards the corners. Worker side: this loads libvips."""

from __future__ import annotations

import math

from pyvips import Image

from transforms.bands import rounded
from transforms.blurring import enlarged

_NARROWEST, _WIDEST = 0.0, 0.6
"""Where the fall begins, as a part of the way to the corner, at full and at no strength."""
_MEASURED = 512
"""The longest side of what is measured; light changes so slowly that the rest can be taken between."""


def vignetted(image: Image, strength: float) -> Image:
    """`image` darker towards its corners, which lose the part `strength` of their light."""
    light = _light(image.width, image.height, strength)
    if not image.hasalpha():
        return rounded(image * light).copy(interpretation=image.interpretation)
    last = image.bands - 1
    dark = rounded(image.extract_band(0, n=last) * light)
    return dark.bandjoin(image.extract_band(last)).copy(interpretation=image.interpretation)


def _light(width: int, height: int, strength: float) -> Image:
    """What is left of the light at each pixel, 0 to 1: an S-curve from where the fall begins."""
    start = _WIDEST + (_NARROWEST - _WIDEST) * strength
    across, down = math.ceil(width / _MEASURED), math.ceil(height / _MEASURED)
    distance = _distance(width, height, across, down)
    part = ((distance - start) / (1 - start)).cast("float")
    part = (part > 0).ifthenelse(part, 0)
    light = (part * part * (part * -2 + 3)) * -strength + 1
    return light if across == down == 1 else enlarged(light.copy_memory(), across, down, width, height)


def _distance(width: int, height: int, across: int, down: int) -> Image:
    """How far from the middle is the middle of each block of that size; 1 in the corners of the picture."""
    blocks = Image.xyz(-(-width // across), -(-height // down))
    places = ((blocks + 0.5) * [across / width, down / height] - 0.5) * 2
    return ((places[0] * places[0] + places[1] * places[1]) / 2) ** 0.5
