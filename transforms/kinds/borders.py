"""Borders as they stand behind `bo_`: `5px_solid_red`."""

from __future__ import annotations

from transforms.kinds.base import Misread
from transforms.kinds.colors import ColorKind
from transforms.kinds.numbers import Number, bound, normal_number
from transforms.values import Color

MOST_PIXELS = 65_535

EXPECTED = f"a border: a width from 0 to {MOST_PIXELS}, px_solid_ and a colour, as in 5px_solid_rgb:ff8800"

FORGIVEN = "A width past a limit counts as the limit; `solid` alone is 2px and black, as the SDKs have it."

DEFAULT_WIDTH = 2.0
DEFAULT_COLOR = Color(0, 0, 0, written="black")

_WIDTH = Number(0, MOST_PIXELS, beyond="clamp")


def read_border(text: str) -> tuple[float, Color, str]:
    """Width in pixels, colour, and the canonical text. Raises Misread."""
    size, found, color = text.partition("solid")
    if not found or (size and not size.endswith("px_")) or (color and not color.startswith("_")):
        raise Misread(f"is not {EXPECTED}")
    width, number = DEFAULT_WIDTH, ""
    if size:
        digits = size.removesuffix("px_")
        if normal_number(digits) is None:
            raise Misread(f"is not {EXPECTED}")
        width = _WIDTH.read(digits)
        number = f"{bound(width)}px_"
    read = ColorKind().read(color[1:]) if color else DEFAULT_COLOR
    return width, read, f"{number}solid{f'_{read}' if color else ''}"
