"""The pixels of the operations, one page at a time. Worker side: this loads libvips."""

from __future__ import annotations

import math

from pyvips import Image, Interpolate

from transforms.color import Rgba, able_to_hold, paint
from transforms.operations import Focus, Rect

_ALMOST = 1e-6
"""Edges this near to a whole pixel are meant to be on it."""


def resample(image: Image, window: Rect | Focus, width: int, height: int) -> Image:
    """The window of `image`, scaled to exactly `width` x `height`, in the same colours and depth."""
    if isinstance(window, Rect):
        return _cut_and_scale(image, window, width, height)
    if width <= window.width and height <= window.height:
        return _scale_and_find(image, window, width, height)
    image = image.copy_memory()
    return _cut_and_scale(image, attended(image, window), width, height)


def attended(image: Image, focus: Focus) -> Rect:
    """The window of that size around what draws the eye. Reads all of `image`, which must be in memory."""
    across, down = min(focus.width, image.width), min(focus.height, image.height)
    # The size asked for does not matter: libvips looks for the point first and cuts around it afterwards.
    _, point = image.smartcrop(
        max(1, round(across)),
        max(1, round(down)),
        interesting="attention",
        attention_x=True,
        attention_y=True,
    )
    left = min(max(0.0, point["attention_x"] - across / 2), image.width - across)
    top = min(max(0.0, point["attention_y"] - down / 2), image.height - down)
    return Rect(left, top, across, down)


def _scale_and_find(image: Image, focus: Focus, width: int, height: int) -> Image:
    """Scale down first, so that only the small picture has to be in memory to be looked at."""
    factor, vertical = width / min(focus.width, image.width), height / min(focus.height, image.height)
    small = _unassociated(_shrunk(_associated(image), factor, vertical), image).copy_memory()
    found = attended(small, Focus(width, height))
    return small.crop(round(found.left), round(found.top), width, height)


def _cut_and_scale(image: Image, window: Rect, width: int, height: int) -> Image:
    left, across = _whole_pixels(window.left, window.width, image.width)
    top, down = _whole_pixels(window.top, window.height, image.height)
    if (left, top, across, down) != (0, 0, image.width, image.height):
        image = image.crop(left, top, across, down)
    # The planner's window may reach a rounding error past the image; what is there has to fill the frame.
    factor, vertical = width / min(window.width, across), height / min(window.height, down)
    if factor == vertical == 1:
        return image.crop(0, 0, width, height)
    small = _shrunk(_associated(image), factor, vertical)
    x = _start(window.left - left, factor, small.width - width)
    y = _start(window.top - top, vertical, small.height - height)
    if factor > 1 or vertical > 1:
        scaled = _enlarged(small, (x, y), (max(1, factor), max(1, vertical)), width, height)
    else:
        scaled = small.crop(x, y, width, height)
    return _unassociated(scaled, image)


def _whole_pixels(start: float, length: float, available: int) -> tuple[int, int]:
    """Start and length of the whole pixels that contain a stretch, within what is available."""
    first = min(max(0, math.floor(start + _ALMOST)), available - 1)
    last = min(max(first + 1, math.ceil(start + length - _ALMOST)), available)
    return first, last - first


def _start(distance: float, factor: float, room: int) -> float:
    """Where the result starts: a whole pixel after shrinking, anywhere before enlarging."""
    return max(0.0, distance) if factor > 1 else min(max(0, round(distance * factor)), max(0, room))


def _associated(image: Image) -> Image:
    """Colours weighed by their alpha, so that those that cannot be seen do not bleed into the edges."""
    return image.premultiply() if image.hasalpha() else image


def _unassociated(scaled: Image, image: Image) -> Image:
    """The same undone; what comes out is as `image` was."""
    if not image.hasalpha():
        return scaled
    return _whole(scaled.unpremultiply(), image.format).copy(interpretation=image.interpretation)


def _whole(image: Image, format: str) -> Image:
    """Rounded: a cast to integers cuts off, and white that is half transparent came out a shade darker."""
    return (image.rint() if format not in ("float", "double") else image).cast(format)


def _shrunk(image: Image, factor: float, vertical: float) -> Image:
    if factor >= 1 and vertical >= 1:
        return image
    return image.resize(min(1, factor), vscale=min(1, vertical), kernel="lanczos3")


def _enlarged(
    image: Image, start: tuple[float, float], factors: tuple[float, float], width: int, height: int
) -> Image:
    """By cubic interpolation around the middles of pixels; `resize` would shift it by half a pixel.

    In memory, because scaling up asks for pixels in squares and a decoder only gives rows.
    """
    return image.copy_memory().affine(
        [factors[0], 0, 0, factors[1]],
        interpolate=Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        idx=0.5,
        idy=0.5,
        odx=-0.5 - start[0] * factors[0],
        ody=-0.5 - start[1] * factors[1],
        extend="copy",
        premultiplied=True,
    )


def canvas(image: Image, left: int, top: int, width: int, height: int, fill: Rgba | None) -> Image:
    """`image` at (left, top) of a canvas of that size and colour; transparent where `fill` is None."""
    color = fill or (0, 0, 0, 0)
    if color[3] < 255 and not image.hasalpha():
        image = image.addalpha()
    image = able_to_hold(image, color)
    background = paint(image, color) + ([float(color[3])] if image.hasalpha() else [])
    if left >= width or top >= height or left + image.width <= 0 or top + image.height <= 0:
        pixel = image.crop(0, 0, 1, 1).new_from_image(background)
        return pixel.embed(0, 0, width, height, extend="copy")
    return image.embed(left, top, width, height, extend="background", background=background)


def flatten(image: Image, fill: Rgba) -> Image:
    """`fill` behind what is transparent; an opaque one leaves no alpha."""
    if not image.hasalpha():
        return image
    image = able_to_hold(image, fill)
    if fill[3] == 255:
        return image.flatten(background=paint(image, fill))
    behind = image.new_from_image([*paint(image, fill), float(fill[3])]).cast("uchar")
    return _whole(behind.composite2(image, "over"), "uchar")
