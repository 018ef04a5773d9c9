"""Light that falls off towards the corners. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.bands import rounded

_NARROWEST, _WIDEST = 0.0, 0.6
"""Where the fall begins, as a part of the way to the corner, at full and at no strength."""


def vignetted(image: Image, strength: float) -> Image:
    """`image` darker towards its corners, which lose the part `strength` of their light."""
    start = _WIDEST + (_NARROWEST - _WIDEST) * strength
    distance = _distance(image.width, image.height)
    part = ((distance - start) / (1 - start)).cast("float")
    part = (part > 0).ifthenelse(part, 0)
    light = (part * part * (part * -2 + 3)) * -strength + 1
    if not image.hasalpha():
        return rounded(image * light).copy(interpretation=image.interpretation)
    last = image.bands - 1
    dark = rounded(image.extract_band(0, n=last) * light)
    return dark.bandjoin(image.extract_band(last)).copy(interpretation=image.interpretation)


def _distance(width: int, height: int) -> Image:
    """How far each pixel is from the middle, in parts of the way to the corner; 1 in the corners."""
    places = (Image.xyz(width, height) - [(width - 1) / 2, (height - 1) / 2]).cast("float")
    squares = (places / [width / 2, height / 2]) ** 2
    return ((squares[0] + squares[1]) / 2) ** 0.5
