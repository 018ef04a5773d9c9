"""How like a picture its compressed copy is, measured cheaply. Worker side: this loads libvips.

- `ssim`: the structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004), with their window.
- `losses`: what a JPEG of middling quality does to a picture, seen from afar. SSIMULACRA2
  (github.com/cloudinary/ssimulacra2) weighs above all how alike lightness is at a quarter and an eighth of
  the size. The same comparison, in blocks instead of windows and on a sample of the picture, takes a few
  milliseconds, and tells well how hard compression will be on the picture in any format: `quality_model`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pyvips import Image

_PROBE_TILE, _PROBE_TILES = 128, 4
_PROBE_QUALITY, _PROBE_TABLE = 72, 3
_LEAST_SIDE = 64
_FAR, _BLOCK = 4, 4
"""The sample is looked at from so far, in blocks of so many pixels."""
_SSIM_TILE, _SSIM_TILES = 400, 4
_LUMA = [0.299, 0.587, 0.114]
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LEAST = 1e-4
"""Differences below this are none."""

Blocks = list[list[tuple[float, ...]]]
"""Of each block the means of lightness, of its square, and of the square of the difference."""


def ssim(image: Image, copy: Image) -> float:
    """The mean SSIM of two pictures of one size, of their lightness, 1 when they are the same.

    Of a very large one only parts are looked at.
    """
    one, other = (_light(sample_of_ssim(picture)) for picture in (image, copy))
    window = Image.gaussmat(1.5, 0.02, separable=True, precision="float")
    pair = one.bandjoin([other, one * one + other * other, one * other])
    means = pair.convsep(window, precision="float").copy_memory()
    mean_one, mean_other, squares, product = (means.extract_band(band) for band in range(4))
    both, both_squares = mean_one * mean_other, mean_one * mean_one + mean_other * mean_other
    alike = ((both * 2 + _C1) * ((product - both) * 2 + _C2)) / (
        (both_squares + _C1) * (squares - both_squares + _C2)
    )
    mean: float = alike.avg()
    return mean


def sample_of_ssim(image: Image) -> Image:
    """What `ssim` looks at of a picture."""
    return sample(opaque(image), _SSIM_TILE, _SSIM_TILES)


def _light(image: Image) -> Image:
    return image.recomb([_LUMA])


def opaque(image: Image) -> Image:
    """`image` in three channels, on white."""
    if image.hasalpha():
        image = image.flatten(background=[255.0] * (image.bands - 1))
    return image if image.bands == 3 else image.colourspace("srgb")


def losses(image: Image) -> tuple[float, float, float]:
    """What the probe costs and loses: logarithms of its bytes a pixel, and of how unlike it is in blocks of
    16 and of 32 pixels. They are the columns of `quality_model.WEIGHTS`, behind the constant.
    """
    picture = _large_enough(sample(opaque(image), _PROBE_TILE, _PROBE_TILES)).copy_memory()
    body = picture.jpegsave_buffer(
        Q=_PROBE_QUALITY, quant_table=_PROBE_TABLE, subsample_mode="on", keep="none"
    )
    copy = Image.jpegload_buffer(body, shrink=_FAR)
    seen = picture.shrink(_FAR, _FAR)
    width, height = min(seen.width, copy.width), min(seen.height, copy.height)
    pair = seen.crop(0, 0, width, height).bandjoin(copy.crop(0, 0, width, height))
    near = _blocks(_moments(pair).shrink(_BLOCK, _BLOCK))
    bytes_a_pixel = len(body) / (picture.width * picture.height)
    return math.log(bytes_a_pixel), _unlike(near), _unlike(_joined(near))


def _large_enough(image: Image) -> Image:
    """`image`, its edges drawn out where it is smaller than a few blocks."""
    if min(image.width, image.height) >= _LEAST_SIDE:
        return image
    return image.embed(0, 0, max(_LEAST_SIDE, image.width), max(_LEAST_SIDE, image.height), extend="copy")


def _moments(pair: Image) -> Image:
    """Lightness, what the copy differs in, and the squares of both."""
    zeros = [0.0, 0.0, 0.0]
    light = pair.recomb([[*_LUMA, *zeros], [*_LUMA, *(-weight for weight in _LUMA)]])
    return light.bandjoin(light * light)


def _blocks(moments: Image) -> Blocks:
    """Rows of blocks, without the differences themselves: only their squares are needed."""
    values: list[float] = memoryview(bytes(moments.cast("float").write_to_memory())).cast("f").tolist()  # type: ignore[assignment]  # typeshed knows of whole numbers only
    cells: list[tuple[float, ...]] = list(zip(values[::4], values[2::4], values[3::4], strict=True))
    return [cells[at : at + moments.width] for at in range(0, len(cells), moments.width)]


def _joined(blocks: Blocks) -> Blocks:
    """Four blocks in a square made one; a row or a column that is left over goes."""
    pairs = zip(blocks[::2], blocks[1::2], strict=False)
    return [
        [_mean(four) for four in zip(above[::2], above[1::2], below[::2], below[1::2], strict=False)]
        for above, below in pairs
    ]


def _mean(four: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(sum(moment) / len(four) for moment in zip(*four, strict=True))


def _unlike(blocks: Blocks) -> float:
    """The logarithm of the mean over blocks of 1 - SSIM, which is near to error by twice the variance."""
    unlike = [
        error / (2 * max(0.0, square - light * light) + _C2) for row in blocks for light, square, error in row
    ]
    return math.log(sum(unlike) / len(unlike) + _LEAST)


def sample(image: Image, tile: int, most: int) -> Image:
    """At most `most` square tiles from all over `image`, side by side; or all of it, where it is small."""
    if image.width * image.height <= 1.5 * most * tile * tile:
        return image
    across, down = _tiles(image, tile, most)
    wide, high = min(tile, image.width), min(tile, image.height)
    cuts = [
        image.crop(left, top, wide, high)
        for top in _places(image.height - high, down)
        for left in _places(image.width - wide, across)
    ]
    tiles: Image = Image.arrayjoin(cuts, across=across)
    return tiles


def _tiles(image: Image, tile: int, most: int) -> tuple[int, int]:
    """How many tiles in a row and in a column."""
    across = max(1, min(image.width // tile, most // 2))
    down = max(1, min(image.height // tile, most // across))
    return max(1, min(image.width // tile, most // down)), down


def _places(room: int, count: int) -> Iterator[int]:
    """Where tiles begin, at borders of JPEG's blocks, with as much room before the first as between two."""
    return (room * (2 * number + 1) // (2 * count) // 16 * 16 for number in range(count))
