"""Look-up tables of colours, `.3dl` and `.cube`. Worker side: this works on libvips images."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pyvips import Image, Interpolate

from transforms.bands import LEVELS, WHITE, numbers, on_colors
from transforms.errors import BrokenImage, LimitExceeded

LARGEST_SIDE = 65
"""Points along each edge of the largest cube that is read; film tools write 17, 33 or 65."""
MAX_BYTES = 32 * 1024 * 1024
_LONGEST_LINE = 1024
_HEAD = 65_536
_SIZE = re.compile(rb"^\s*LUT_[13]D_SIZE\b", re.MULTILINE)
"""What a `.cube` says before its colours, and no `.3dl`."""


@dataclass(frozen=True, slots=True)
class Cube:
    """A table of colours by red, green and blue at even distances."""

    side: int
    """Points along each edge."""
    values: bytes
    """Red, green and blue, 32-bit floats from 0 to 1, for every point; red moves fastest, then green."""
    least: tuple[float, float, float] = (0.0, 0.0, 0.0)
    most: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What the first and the last point along each edge stand for."""


def read_lut(data: bytes) -> Cube:
    """The table in a file of either kind. Raises BrokenImage and LimitExceeded."""
    return read_cube(data) if _SIZE.search(data[:_HEAD]) else read_3dl(data)


def read_cube(data: bytes) -> Cube:
    """A `.cube` file: Adobe's "Cube LUT Specification" 1.0, three-dimensional tables only.

    Raises BrokenImage when it does not read, LimitExceeded when its side is past 65.
    """
    side, least, most = 0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    lines = _lines(data)
    for words in lines:
        match words:
            case ["TITLE", *_]:
                continue
            case ["LUT_3D_SIZE", number]:
                side = _side(number)
            case ["LUT_1D_SIZE", *_]:
                raise BrokenImage("the look-up table has one dimension (LUT_1D_SIZE); three are needed")
            case ["DOMAIN_MIN", *numbers_]:
                least = _triple(numbers_)
            case ["DOMAIN_MAX", *numbers_]:
                most = _triple(numbers_)
            case _:
                if not side:
                    raise BrokenImage("the look-up table does not say its LUT_3D_SIZE before its colours")
                colors = _colors(chain([words], lines), side)
                if any(low >= high for low, high in zip(least, most, strict=True)):
                    raise BrokenImage("the look-up table's DOMAIN_MIN is not below its DOMAIN_MAX")
                return Cube(side, colors.tobytes(), least, most)
    raise BrokenImage("the look-up table holds no colours")


def read_3dl(data: bytes) -> Cube:
    """A `.3dl` file, as Autodesk's Lustre and Flame write them.

    The places along an edge stand on one line, then whole numbers of 8 to 16 bits for every point, blue
    fastest.

    Raises BrokenImage when it does not read, LimitExceeded when its side is past 65.
    """
    lines = (words for words in _lines(data) if words[0].lower() not in ("3dmesh", "mesh", "gamma", "lut8"))
    places = next(lines, [])
    side = _side(str(len(places)))
    colors = _colors(lines, side)
    _check_even(_floats(places))
    top = _top(max(colors, default=0.0))
    triples = [colors[i : i + 3] for i in range(0, len(colors), 3)]
    ordered = (
        triples[(red * side + green) * side + blue]
        for blue in range(side)
        for green in range(side)
        for red in range(side)
    )
    return Cube(side, array("f", (value / top for triple in ordered for value in triple)).tobytes())


def apply_lut(image: Image, cube: Cube) -> Image:
    """The colours of a working image looked up in a table, interpolated linearly between its eight points.

    The table lies as a row of squares, red across and green down, one for every blue, so that libvips finds a
    place in two of them bilinearly; blue is done between the two.
    """
    side = cube.side
    row = Image.new_from_memory(cube.values, side, side * side, 3, "float")
    squares = Image.arrayjoin(
        [row.crop(0, blue * side, side, side) for blue in range(side)], across=side
    ).copy_memory()
    red, green, blue = (_places(cube, channel) for channel in range(3))
    below = [min(int(place), side - 1) for place in blue]
    first = numbers([start * side for start in below])
    second = numbers([min(start + 1, side - 1) * side for start in below])
    rest = numbers([place - start for place, start in zip(blue, below, strict=True)])
    flat = numbers(red), numbers(green)

    def paint(color: Image) -> Image:
        bands = color.bandsplit()
        x, y = bands[0].maplut(flat[0]), bands[1].maplut(flat[1])
        low, high = (_looked_up(squares, x + bands[2].maplut(start), y) for start in (first, second))
        return (low + (high - low) * bands[2].maplut(rest)) * WHITE

    return on_colors(image, paint)


def _looked_up(squares: Image, x: Image, y: Image) -> Image:
    return squares.mapim(x.bandjoin(y), interpolate=Interpolate.new("bilinear"), extend="copy")


def _places(cube: Cube, channel: int) -> list[float]:
    """Where on the cube's edge each of 256 levels lies, 0 to side - 1."""
    least, most = cube.least[channel], cube.most[channel]
    shares = ((level / WHITE - least) / (most - least) for level in range(LEVELS))
    return [min(max(share, 0.0), 1.0) * (cube.side - 1) for share in shares]


def _lines(data: bytes) -> Iterator[list[str]]:
    """The words of every line that says something."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"the look-up table has more than {MAX_BYTES} bytes")
    for line in data.splitlines():
        if len(line) > _LONGEST_LINE:
            raise BrokenImage(f"the look-up table has a line of more than {_LONGEST_LINE} characters")
        words = line.decode("latin-1").partition("#")[0].split()
        if words:
            yield words


def _side(number: str) -> int:
    side = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
    if side > LARGEST_SIDE:
        raise LimitExceeded(f"the look-up table has {side} points along an edge; {LARGEST_SIDE} are allowed")
    if side < 2:
        raise BrokenImage("the look-up table does not have two points or more along its edges")
    return side


def _colors(lines: Iterable[list[str]], side: int) -> array[float]:
    """Exactly as many triples as the cube has points."""
    values = array("f")
    for words in lines:
        values.extend(_triple(words))
        if len(values) > side**3 * 3:
            break
    if len(values) != side**3 * 3:
        many = "more" if len(values) > side**3 * 3 else f"{len(values) // 3}"
        raise BrokenImage(f"the look-up table should have {side**3} colours, and has {many}")
    return values


def _triple(words: Sequence[str]) -> tuple[float, float, float]:
    found = _floats(words)
    if len(found) != 3:
        raise BrokenImage(f"the look-up table has a line of {len(found)} numbers instead of three")
    return found[0], found[1], found[2]


def _floats(words: Sequence[str]) -> list[float]:
    try:
        found = [float(word) for word in words]
    except ValueError as error:
        raise BrokenImage("the look-up table has a line that is not numbers") from error
    if not all(abs(value) < 1e6 for value in found):
        raise BrokenImage("the look-up table has a number that is out of all bounds")
    return found


def _check_even(places: Sequence[float]) -> None:
    step = (places[-1] - places[0]) / (len(places) - 1)
    uneven = any(abs(place - places[0] - i * step) > 1 for i, place in enumerate(places))
    if step <= 0 or uneven:
        raise BrokenImage("the look-up table's places are not at even distances")


def _top(highest: float) -> int:
    """The largest number of the depth that holds `highest`: files do not say it otherwise."""
    for bits in (8, 10, 12, 14, 16):
        if highest < 2**bits:
            return 2**bits - 1
    raise BrokenImage("the look-up table has numbers of more than 16 bits")
