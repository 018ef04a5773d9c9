"""Outlines around what is drawn. Worker side: this works on libvips images.

Every pixel asks how far it is from the nearest edge. That edge lies inside a pixel that is partly covered:
moved off its middle along the gradient, by as much as it is more or less than half covered, so that the
outline is as smooth as the letters are. Stefan Gustavson and Robin Strand, "Anti-aliased Euclidean distance
transform", Pattern Recognition Letters 32 (2011), describe the idea.
"""

from __future__ import annotations

from pyvips import Image, Interpolate

_ACROSS = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
"""Sobel's gradient from left to right."""
_DOWN = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


_EXACT_PIXELS = 500_000
"""Up to here distances are found for every pixel: the time they take grows faster than the picture."""
_MOST_COARSE = 8


def outline(alpha: Image, width: float) -> Image:
    """What lies within `width` pixels of `alpha`, and all inside of it, 0 to 255; as large as `alpha`,
    which has to leave room around what it shows. Large ones are found at a half to an eighth of the size.
    """
    coarse = next(c for c in (1, 2, 4, _MOST_COARSE) if _is_enough(c, alpha))
    distance = _distance(alpha) if coarse == 1 else _coarse_distance(alpha, coarse)
    near = distance.linear([-255], [(width + 0.5) * 255])
    return (alpha == 255).ifthenelse(255, near).cast("uchar")


def _is_enough(coarse: int, alpha: Image) -> bool:
    return coarse == _MOST_COARSE or alpha.width * alpha.height <= _EXACT_PIXELS * coarse**2


def _coarse_distance(alpha: Image, coarse: int) -> Image:
    """`_distance`, found in a smaller picture and enlarged around the middles of pixels."""
    across, down = -(-alpha.width // coarse), -(-alpha.height // coarse)
    whole = alpha.embed(0, 0, across * coarse, down * coarse)
    distance = _distance(whole.shrink(coarse, coarse).copy_memory()) * coarse
    return distance.copy_memory().affine(
        [coarse, 0, 0, coarse],
        interpolate=Interpolate.new("bilinear"),
        oarea=[0, 0, alpha.width, alpha.height],
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
    )


def _distance(alpha: Image) -> Image:
    """Pixels from the middle of each pixel to the nearest edge."""
    here = Image.xyz(alpha.width, alpha.height).cast("float")
    # 0 would mean to `fill_nearest` that there is nothing.
    edges = (alpha > 0).ifthenelse((here + _edge(alpha) + 1).cast("float"), [0, 0])
    away = edges.fill_nearest() - 1 - here
    return (away * away).bandmean().linear([2], [0]) ** 0.5


def _edge(alpha: Image) -> Image:
    """From the middle of each pixel to the edge that runs through it: across, and down."""
    coverage = alpha.cast("float") / 255
    across = coverage.conv(Image.new_from_array(_ACROSS), precision="float")
    down = coverage.conv(Image.new_from_array(_DOWN), precision="float")
    steepness = (across * across + down * down) ** 0.5
    reach = (0.5 - coverage) / (steepness == 0).ifthenelse(1, steepness)
    return across.bandjoin(down) * reach.bandjoin(reach)
