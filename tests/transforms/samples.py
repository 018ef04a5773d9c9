"""Small pictures of every kind, for the tests of effects."""

from __future__ import annotations

from pyvips import Image

from tests.transforms.rendering import patch, pixels


def ramp(width: int, height: int, bands: int) -> Image:
    """Every pixel another, so that a flip or a shift would show; alpha falls to the right."""
    places = Image.xyz(width, height)
    x, y = places[0] * 255 / max(width - 1, 1), places[1] * 255 / max(height - 1, 1)
    colors = [x] if bands < 3 else [x, y, (x + y) / 2]
    channels = colors if bands % 2 else [*colors, 255 - x]
    image = channels[0].bandjoin(channels[1:]) if channels[1:] else channels[0]
    return image.cast("uchar").copy(interpretation="b-w" if bands < 3 else "srgb")


def p3(width: int, height: int) -> Image:
    return pixels("p3.png").crop(0, 0, width, height).copy_memory()


KINDS = {
    "gray": ramp(40, 30, 1),
    "gray with alpha": ramp(30, 40, 2),
    "colour": ramp(41, 29, 3),
    "colour with alpha": ramp(40, 30, 4),
    "wide gamut": p3(32, 24),
    "one pixel": patch((10, 200, 30), 1, 1),
    "one half clear pixel": patch((10, 200, 30, 128), 1, 1),
    "line": ramp(3, 500, 3),
    "line with alpha": ramp(500, 3, 4),
    "nothing": patch((255, 255, 255, 0), 20, 15),
}


def on_nothing(width: int, height: int, left: int, top: int, shape: Image) -> Image:
    """A picture with alpha that holds `shape` at (left, top), transparent around it."""
    shape = shape if shape.hasalpha() else shape.addalpha()
    return shape.embed(left, top, width, height).copy_memory()
