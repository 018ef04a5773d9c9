"""Pictures that fade out. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.bands import WHITE, rounded
from transforms.keying import with_less_alpha


def faded(image: Image, strips: tuple[tuple[str, float], ...], *, start: float, power: float) -> Image:
    """`image` fading towards its edges.

    A strip is an edge (`left`, `top`, `right` or `bottom`) and how far into the picture the fade reaches, in
    pixels; the part `start` of that is clear, from there on opacity rises, as a line to the power of `power`.
    """
    kept = None
    for edge, length in strips:
        rise = (_distance(image, edge) / length - start) / (1 - start)
        part = rise.clamp(min=0, max=1) ** power
        kept = part if kept is None else kept * part
    return with_less_alpha(image, rounded(kept * WHITE)) if kept is not None else image


def _distance(image: Image, edge: str) -> Image:
    """How far the middle of each pixel is from an edge."""
    places = (Image.xyz(image.width, image.height) + 0.5).cast("float")
    match edge:
        case "left":
            return places[0]
        case "right":
            return image.width - places[0]
        case "top":
            return places[1]
    return image.height - places[1]


def all_or_nothing(image: Image, percent: int) -> Image:
    """`image`, which has alpha, with every pixel opaque that is so by that much, and all others clear."""
    last = image.bands - 1
    alpha = image.extract_band(last) * 100.0 >= percent * WHITE
    return image.extract_band(0, n=last).bandjoin(alpha).copy(interpretation=image.interpretation)
