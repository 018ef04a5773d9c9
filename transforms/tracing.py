"""Pictures redrawn in flat shapes. Worker side: this loads libvips, and the tracer if it is installed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pyvips import GValue, Image

from transforms.bands import apart, together
from transforms.blurring import blurred, enlarged
from transforms.color import PROFILE
from transforms.fewcolors import in_few_colors

if TYPE_CHECKING:
    from transforms.actions.vectorize import Vectorize

_LONGEST = 1000
"""Pixels of the side that is looked at."""
_SMOOTHED = 0.8
"""Sigma of what is taken out before colours are counted: noise makes specks."""
_MOST_EDGES = 200_000
"""A photograph of that size in thirty colours has 130,000 and is traced in 0.7 s; noise had 900,000 and took
10 s."""
_LARGEST_SPECK = 24
"""Pixels across, at full despeckling or no detail."""


def vectorized(image: Image, asked: Vectorize) -> Image:
    """`image` in as few colours and shapes as was asked for; its size and its alpha stay."""
    color, alpha = apart(image)
    flat = _flat(color, asked.colors)
    shapes = _traced(flat, asked, image) if asked.tracer else _without_tracer(flat, asked)
    fitted = _fitted(shapes, color.width, color.height)
    return together(_tagged(fitted, color), alpha)


def _tagged(image: Image, like: Image) -> Image:
    """`image` with the interpretation and the profile of another."""
    image = image.copy(interpretation=like.interpretation)
    if like.get_typeof(PROFILE):
        image.set_type(GValue.blob_type, PROFILE, like.get(PROFILE))
    return image


def _flat(color: Image, colors: int) -> Image:
    """A small copy in few colours; a smaller one where there is too much to trace."""
    flat = _in_few_colors(color, _LONGEST, colors)
    excess = _edges(flat) / _MOST_EDGES
    if excess <= 1:
        return flat
    return _in_few_colors(color, max(flat.width, flat.height) / math.sqrt(excess), colors)


def _in_few_colors(color: Image, longest: float, colors: int) -> Image:
    factor = min(1.0, longest / max(color.width, color.height))
    small = color if factor == 1 else color.resize(factor)
    smooth = blurred(small.copy(interpretation="srgb"), _SMOOTHED)
    return in_few_colors(smooth.copy_memory(), colors)


def _edges(flat: Image) -> float:
    """How many pixels are of another colour than their neighbour to the left."""
    if flat.width == 1:
        return 0.0
    across = flat.width - 1
    one, other = (flat.crop(left, 0, across, flat.height) for left in (0, 1))
    return float((one != other).bandor().avg() / 255 * across * flat.height)


def _traced(flat: Image, asked: Vectorize, image: Image) -> Image:
    """The outlines of all areas of one colour, drawn again at the size of `image`."""
    import vtracer

    speck = max(asked.despeckle / 100, (1 - asked.detail / 1000) / 4) * _LARGEST_SPECK
    drawing: str = vtracer.convert_raw_image_to_svg(
        flat.pngsave_buffer(compression=1, keep="none"),
        img_format="png",
        colormode="color",
        hierarchical="stacked",
        mode="polygon" if asked.corners == 0 else "spline",
        filter_speckle=max(1, round(speck)),
        color_precision=8,
        layer_difference=0,
        corner_threshold=round(30 + 1.5 * asked.corners),
        length_threshold=3.5 + 6.5 * asked.paths / 100 * (1 - asked.detail / 1000),
        splice_threshold=45,
        path_precision=3,
    )
    scale = max(image.width / flat.width, image.height / flat.height)
    return Image.svgload_buffer(drawing.encode(), scale=scale).flatten(background=[255] * 3)


def _without_tracer(flat: Image, asked: Vectorize) -> Image:
    """Specks outvoted by their surroundings: the nearest there is to shapes without tracing them."""
    size = 3 + 2 * math.floor(asked.despeckle / 25)
    return flat.median(size)


def _fitted(shapes: Image, width: int, height: int) -> Image:
    """`shapes` at exactly that size."""
    if (shapes.width, shapes.height) == (width, height):
        return shapes
    across, down = width / shapes.width, height / shapes.height
    if max(across, down) < 1:
        return shapes.resize(across, vscale=down).crop(0, 0, width, height)
    return enlarged(shapes.copy_memory(), across, down, width, height, "bicubic").cast("uchar")
