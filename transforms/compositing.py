"""Layers put on pictures. Worker side: this works on libvips images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyvips import Image

from transforms.bands import in_color, rounded, together, with_alpha
from transforms.color import PROFILE, untagged

if TYPE_CHECKING:
    from transforms.actions.blend import Blend
    from transforms.composite import Composite

_CLEAR = [0, 0, 0, 0]


def composite(operation: Composite, image: Image, layer: Image) -> Image:
    """`layer` put on (or under) `image` as `operation` says. Comes out without alpha where `image` came
    without and the canvas did not grow."""
    layer = with_alpha(_like(layer, image))
    base = _on_canvas(in_color(image), operation)
    if not (operation.tiled or operation.cutter or operation.under or operation.blend):
        # libvips leaves alone what lies beside the layer.
        over = base.composite2(layer, "over", x=operation.left, y=operation.top)
        return _after(rounded(over), base, operation)
    if operation.blend is not None:
        return _after(_blended(operation.blend, with_alpha(base), layer, operation), base, operation)
    layer = _spread(layer, operation) if operation.tiled else _placed(layer, operation)
    if operation.cutter:
        return _cut(base, layer)
    lower, upper = (layer, with_alpha(base)) if operation.under else (base, layer)
    return _after(rounded(lower.composite2(upper, "over")), base, operation)


def _like(layer: Image, image: Image) -> Image:
    """`layer` in the colours of `image`: one may be Display P3, the other sRGB."""
    layer, wide = in_color(layer), bool(image.get_typeof(PROFILE))
    if bool(layer.get_typeof(PROFILE)) == wide:
        return layer
    if wide:
        return layer.icc_transform("p3", input_profile="srgb", depth=8, intent="relative")
    return untagged(layer.icc_transform("srgb", embedded=True, depth=8, intent="relative"))


def _on_canvas(image: Image, operation: Composite) -> Image:
    """The picture on the canvas of the result, transparent around it."""
    if (image.width, image.height) == (operation.width, operation.height):
        return image
    return with_alpha(image).embed(
        operation.base_left,
        operation.base_top,
        operation.width,
        operation.height,
        extend="background",
        background=_CLEAR,
    )


def _blended(blend: Blend, base: Image, layer: Image, operation: Composite) -> Image:
    """The picture with the layer blended in, without going over what lies beside it."""
    if operation.tiled or blend.reach is None:
        whole = _spread(layer, operation) if operation.tiled else _placed(layer, operation)
        return blend.blend(base, whole)
    left, top = max(0, operation.left - blend.reach), max(0, operation.top - blend.reach)
    right = min(base.width, operation.left + layer.width + blend.reach)
    bottom = min(base.height, operation.top + layer.height + blend.reach)
    if right <= left or bottom <= top:
        return base
    # Looked at more than once, here and in the blend: libvips would draw all that comes before it as often.
    base = base.copy_memory()
    part = base.crop(left, top, right - left, bottom - top)
    moved = replace(
        operation,
        left=operation.left - left,
        top=operation.top - top,
        width=part.width,
        height=part.height,
    )
    return base.insert(blend.blend(part, _placed(layer, moved)).copy_memory(), left, top)


def _placed(layer: Image, operation: Composite) -> Image:
    """The layer where it belongs on a canvas of the result's size, transparent around it; what sticks out is
    cut away."""
    left, top, width, height = operation.left, operation.top, operation.width, operation.height
    if left >= width or top >= height or left + layer.width <= 0 or top + layer.height <= 0:
        return (
            layer.crop(0, 0, 1, 1)
            .linear([0] * 4, _CLEAR, uchar=True)
            .embed(0, 0, width, height, extend="background", background=_CLEAR)
        )
    return layer.embed(left, top, width, height, extend="background", background=_CLEAR)


def _spread(layer: Image, operation: Composite) -> Image:
    """The layer side by side with itself over all of the result, one of them where it belongs."""
    left, top = operation.left % layer.width, operation.top % layer.height
    across = -(-(operation.width + layer.width) // layer.width)
    down = -(-(operation.height + layer.height) // layer.height)
    start = (layer.width - left) % layer.width, (layer.height - top) % layer.height
    return layer.copy_memory().replicate(across, down).crop(*start, operation.width, operation.height)


def _cut(base: Image, layer: Image) -> Image:
    """The picture, as opaque as the layer is."""
    base = with_alpha(base)
    alpha = base.extract_band(3) * layer.extract_band(3) / 255
    return together(base.extract_band(0, n=3), rounded(alpha))


def _after(image: Image, base: Image, operation: Composite) -> Image:
    """`image` in the interpretation of `base`, and without alpha where the frame is to have none."""
    image = image.copy(interpretation=base.interpretation)
    blended = operation.blend is not None and operation.blend.clears
    return image if base.hasalpha() or blended else image.extract_band(0, n=3)
