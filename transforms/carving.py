"""The pixels of seam carving. Worker side: this loads libvips."""

from __future__ import annotations

import math
from array import array
from operator import add
from typing import Any

from pyvips import Image, Interpolate

from transforms.bands import rounded

Rows = list[list[float]]
"""Numbers by row and column."""

_LONGEST_SIDE = 200
"""Of the picture in which seams are looked for: three million steps at the most, half a second."""


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
    columns = _kept_columns(_rows(small), kept)
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


def _rows(image: Image) -> Rows:
    numbers = array("f", bytes(image.cast("float").write_to_memory()))
    return [list(numbers[at : at + image.width]) for at in range(0, len(numbers), image.width)]


def _kept_columns(light: Rows, kept: int) -> Rows:
    """For each row the columns that stay, in order. `light` is used up."""
    width = len(light[0])
    columns = [[float(column) for column in range(width)] for _ in light]
    energy = [[_energy(light, row, column) for column in range(width)] for row in range(len(light))]
    for _ in range(width - kept):
        seam = _cheapest_seam(energy)
        for numbers in (light, columns, energy):
            for row, column in zip(numbers, seam, strict=True):
                del row[column]
        _renew(energy, light, seam)
    return columns


def _renew(energy: Rows, light: Rows, seam: list[int]) -> None:
    """Only beside the seam has a pixel other neighbours now."""
    for row, column in enumerate(seam):
        for beside in range(max(0, column - 2), min(len(light[row]), column + 2)):
            energy[row][beside] = _energy(light, row, beside)


def _energy(light: Rows, row: int, column: int) -> float:
    """How strong the edges are at a pixel; beyond the border it goes on as it is."""
    here, line = light[row][column], light[row]
    left, right = line[max(column - 1, 0)], line[min(column + 1, len(line) - 1)]
    above, below = light[max(row - 1, 0)][column], light[min(row + 1, len(light) - 1)][column]
    return abs(here - left) + abs(here - right) + abs(here - above) + abs(here - below)


def _cheapest_seam(energy: Rows) -> list[int]:
    """The column of the cheapest seam in each row."""
    costs = [energy[0]]
    for line in energy[1:]:
        above = [math.inf, *costs[-1], math.inf]
        costs.append(list(map(add, line, map(min, above, above[1:], above[2:]))))
    column = costs[-1].index(min(costs[-1]))
    seam = [column]
    for line in reversed(costs[:-1]):
        first = max(0, column - 1)
        near = line[first : column + 2]
        column = first + near.index(min(near))
        seam.append(column)
    return seam[::-1]


def _stretched(columns: Rows, small_width: int, width: int, target: int, height: int) -> Image:
    """The columns at full size: middles of pixels stay middles of pixels."""
    rows, kept = len(columns), len(columns[0])
    numbers = array("f", (number for row in columns for number in row))
    image = Image.new_from_memory(numbers.tobytes(), kept, rows, 1, "float")
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
