"""The pixels of seam carving. Worker side: this loads libvips and numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyvips import Image, Interpolate

from transforms.bands import rounded

Floats = NDArray[np.float32]
Integers = NDArray[np.intp]

_LONGEST_SIDE = 400
"""Of the picture in which seams are looked for."""


def seam_map(image: Image, width: int, height: int) -> Image:
    """For each pixel of the result, the column and the row of `image` it is taken from: a picture of two
    bands. `image` is larger than the result on one side at the most."""
    sideways = height < image.height
    image = _light(image)
    image = image.rot90() if sideways else image
    target = height if sideways else width
    factor = min(1.0, _LONGEST_SIDE / max(image.width, image.height))
    small = image.resize(factor) if factor < 1 else image
    kept = max(1, min(small.width, round(target * small.width / image.width)))
    columns = _kept_columns(_array(small), kept)
    found = _stretched(columns, small.width, image.width, target, image.height)
    coordinates = Image.xyz(found.width, found.height)
    if not sideways:
        return found.bandjoin(coordinates[1]).copy_memory()
    # A column of the turned picture is a row of the upright one, counted from below.
    turned = found.rot270()
    upright = Image.xyz(turned.width, turned.height)
    return upright[0].bandjoin((image.width - 1) - turned).copy_memory()


def carved(image: Image, seams: Image) -> Image:
    """The image through the map."""
    image = image.copy_memory()
    drawn = image.premultiply() if image.hasalpha() else image
    drawn = drawn.mapim(seams, interpolate=Interpolate.new("bilinear"), extend="copy", premultiplied=True)
    drawn = drawn.unpremultiply() if image.hasalpha() else drawn
    return rounded(drawn).copy(interpretation=image.interpretation)


def _light(image: Image) -> Image:
    if image.hasalpha():
        image = image.flatten(background=255)
    return image.colourspace("b-w")[0].cast("float").copy_memory()


def _array(image: Image) -> Floats:
    data = np.frombuffer(image.cast("float").write_to_memory(), dtype=np.float32)
    return data.reshape(image.height, image.width).copy()


def _kept_columns(light: Floats, kept: int) -> Floats:
    """For each row the columns that stay, in order."""
    height, width = light.shape
    columns = np.tile(np.arange(width, dtype=np.float32), (height, 1))
    energy = _energy(light)
    rows = np.arange(height)
    for left in range(width, kept, -1):
        seam = _cheapest_seam(energy)
        stays = np.ones((height, left), dtype=bool)
        stays[rows, seam] = False
        columns = columns[stays].reshape(height, left - 1)
        light = light[stays].reshape(height, left - 1)
        energy = _energy(light)
    return columns


def _energy(light: Floats) -> Floats:
    """How strong the edges are at each pixel."""
    across = np.abs(np.diff(light, axis=1, append=light[:, -1:]))
    across += np.abs(np.diff(light, axis=1, prepend=light[:, :1]))
    down = np.abs(np.diff(light, axis=0, append=light[-1:, :]))
    return np.asarray(across + down + np.abs(np.diff(light, axis=0, prepend=light[:1, :])))


def _cheapest_seam(energy: Floats) -> Integers:
    """The column of the cheapest seam in each row."""
    height, width = energy.shape
    cost = np.full((height, width + 2), np.inf, dtype=np.float32)
    cost[0, 1:-1] = energy[0]
    for row in range(1, height):
        above = cost[row - 1]
        best = np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
        cost[row, 1:-1] = energy[row] + best
    seam = np.empty(height, dtype=np.intp)
    column = int(np.argmin(cost[-1]))
    for row in range(height - 1, -1, -1):
        seam[row] = column - 1
        if row:
            column += int(np.argmin(cost[row - 1, column - 1 : column + 2])) - 1
    return seam


def _stretched(columns: Floats, small_width: int, width: int, target: int, height: int) -> Image:
    """The columns at full size: middles of pixels stay middles of pixels."""
    rows, kept = columns.shape
    image = Image.new_from_memory(columns.tobytes(), kept, rows, 1, "float")
    factor = width / small_width
    image = (image + 0.5) * factor - 0.5
    if (kept, rows) == (target, height):
        return image
    across, down = target / kept, height / rows
    stretched: Any = image.affine(
        [across, 0, 0, down],
        interpolate=Interpolate.new("bilinear"),
        oarea=[0, 0, target, height],
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        extend="copy",
    )
    return stretched
