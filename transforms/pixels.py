"""The pixels of the operations, one page at a time. Worker side: this loads libvips."""

from __future__ import annotations

import math

from pyvips import Image

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
    small = _scale(image, width / focus.width, height / focus.height)
    small = _enlarged_to(small, width, height).copy_memory()
    found = attended(small, Focus(width, height))
    return small.crop(round(found.left), round(found.top), width, height)


def _cut_and_scale(image: Image, window: Rect, width: int, height: int) -> Image:
    left, across = _whole_pixels(window.left, window.width, image.width)
    top, down = _whole_pixels(window.top, window.height, image.height)
    if (left, top, across, down) != (0, 0, image.width, image.height):
        image = image.crop(left, top, across, down)
    # The planner's window may reach a rounding error past the image; what is there has to fill the frame.
    factor, vertical = width / min(window.width, across), height / min(window.height, down)
    if factor > 1 or vertical > 1:
        # Scaling up asks for pixels in squares, and a decoder only gives rows.
        image = image.copy_memory()
    scaled = _scale(image, factor, vertical)
    return scaled.crop(
        _offset((window.left - left) * factor, scaled.width - width),
        _offset((window.top - top) * vertical, scaled.height - height),
        width,
        height,
    )


def _whole_pixels(start: float, length: float, available: int) -> tuple[int, int]:
    """Start and length of the whole pixels that contain a stretch, within what is available."""
    first = min(max(0, math.floor(start + _ALMOST)), available - 1)
    last = min(max(first + 1, math.ceil(start + length - _ALMOST)), available)
    return first, last - first


def _offset(wanted: float, room: int) -> int:
    return min(max(0, round(wanted)), room)


def _scale(image: Image, factor: float, vertical: float) -> Image:
    """Resize with a Lanczos kernel; transparent pixels do not bleed their hidden colour into the edges."""
    if factor == vertical == 1:
        return image
    if not image.hasalpha():
        return image.resize(factor, vscale=vertical, kernel="lanczos3")
    resized = image.premultiply().resize(factor, vscale=vertical, kernel="lanczos3")
    return resized.unpremultiply().cast(image.format).copy(interpretation=image.interpretation)


def _enlarged_to(image: Image, width: int, height: int) -> Image:
    """`image`, at least `width` x `height`: a rounding error may leave it one short."""
    if image.width >= width and image.height >= height:
        return image
    return image.embed(0, 0, max(width, image.width), max(height, image.height), extend="copy")


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
    return behind.composite2(image, "over").cast("uchar")
