"""Which colours a picture mostly has. Worker side: this loads libvips.

Colours are counted in 16 levels a channel. The one that most pixels have, with its neighbours, is the mean of
those pixels; what is near it goes, and the next one is looked for in the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

from pyvips import Image

from transforms.bands import apart
from transforms.color import paint
from transforms.surround import Colors
from transforms.values import AutoBackground

OPAQUE = 255

_BITS = 4
_STRIDE = 2**_BITS + 2
"""From one level to the next in the number of a colour: past the levels there is room, so that the last level
of one channel is no neighbour of the first."""
_NONE = _STRIDE**3
"""The number of what is not counted."""

_MOST_PIXELS = 250_000
"""Of larger pictures only every second, third … pixel is counted."""

_RIM = 2
"""Pixels that the rim of a picture is wide."""

_APART = 20.0
"""Two colours of a blend differ at least this much in CIE L*a*b*."""

_LEAST_SHARE = 0.01
"""Of the pixels that are counted: a colour with fewer is not one of the picture's."""

Color = tuple[float, ...]


@dataclass(slots=True)
class Tally:
    """Pixels of like colour: how many, and the sums of their colours and places."""

    count: float
    sums: tuple[float, ...]
    """Of red, green, blue, x and y; the places are shares of the sides."""

    @property
    def color(self) -> Color:
        return tuple(total / self.count for total in self.sums[:3])

    @property
    def place(self) -> tuple[float, float]:
        return self.sums[3] / self.count, self.sums[4] / self.count


def predominant(image: Image, background: AutoBackground) -> Colors:
    """The colours that `background` asks for: one; two in its direction; or four, for the corners."""
    found = _clusters(_tallies(image, rim=background.rim), background.count)
    colors = [tally.color for tally in found] or [(float(OPAQUE),) * 3]
    places = [tally.place for tally in found] or [(0.5, 0.5)]
    # Too few colours are gone through again.
    several = [place % len(colors) for place in range(background.count)]
    chosen = [colors[place] for place in several]
    if background.contrast:
        chosen = [contrasting(color) for color in chosen]
    if background.palette:
        chosen = _from_palette(chosen, [tuple(paint(image, (*c, OPAQUE))) for c in background.palette])
    return _arranged(chosen, [places[place] for place in several], background.direction)


def contrasting(color: Color) -> Color:
    """Of the opposite colour, black and white the one that differs most from `color`."""
    white = float(OPAQUE)
    choices = [tuple(white - channel for channel in color), (0.0, 0.0, 0.0), (white, white, white)]
    here, *others = labs([color, *choices])
    return max(zip(choices, others, strict=True), key=lambda choice: math.dist(here, choice[1]))[0]


def labs(colors: list[Color]) -> list[Color]:
    """CIE L*a*b* of sRGB colours. Those of a wider gamut are taken for sRGB: it is near enough to compare."""
    flat = bytes(min(max(round(channel), 0), OPAQUE) for color in colors for channel in color)
    row = Image.new_from_memory(flat, len(colors), 1, 3, "uchar").copy(interpretation="srgb")
    numbers = memoryview(row.colourspace("lab").write_to_memory()).cast("f")
    return [tuple(numbers[start : start + 3]) for start in range(0, len(numbers), 3)]


def _tallies(image: Image, *, rim: bool) -> dict[int, Tally]:
    step = math.ceil(math.sqrt(image.width * image.height / _MOST_PIXELS))
    if step > 1:
        image = image.subsample(step, step)
    color, alpha = apart(image)
    counted = alpha > OPAQUE // 2 if alpha is not None else color[0].new_from_image([OPAQUE]).cast("uchar")
    if rim:
        counted = counted & _inside(counted).invert()
    levels = color >> (8 - _BITS)
    index = counted.ifthenelse(levels[0] * _STRIDE**2 + levels[1] * _STRIDE + levels[2], _NONE)
    places = Image.xyz(color.width, color.height).linear(
        [1 / color.width, 1 / color.height], [0.5 / color.width, 0.5 / color.height]
    )
    one = color[0].new_from_image([1.0])
    values = one.bandjoin([color.cast("double"), places])
    sums = memoryview(values.hist_find_indexed(index.cast("ushort")).write_to_memory()).cast("d")
    rows = (sums[start : start + 6] for start in range(0, 6 * min(_NONE, len(sums) // 6), 6))
    return {number: Tally(row[0], tuple(row[1:])) for number, row in enumerate(rows) if row[0]}


def _inside(counted: Image) -> Image:
    """White where all of the neighbourhood counts; what lies outside of the image does not."""
    around = counted.embed(_RIM, _RIM, counted.width + 2 * _RIM, counted.height + 2 * _RIM)
    everything = Image.new_from_array([[OPAQUE] * 3] * 3)
    for _ in range(_RIM):
        around = around.morph(everything, "erode")
    return around.crop(_RIM, _RIM, counted.width, counted.height)


def _clusters(tallies: dict[int, Tally], most: int) -> list[Tally]:
    """At most so many colours, the most frequent first."""
    total = sum(tally.count for tally in tallies.values())
    lab = dict(zip(tallies, labs([t.color for t in tallies.values()]), strict=True)) if tallies else {}
    found: list[Tally] = []
    left = tallies
    while left and len(found) < most:
        together = max((_neighbourhood(left, number) for number in left), key=lambda tally: tally.count)
        if found and together.count < total * _LEAST_SHARE:
            break
        found.append(together)
        here = labs([together.color])[0]
        left = {n: tally for n, tally in left.items() if math.dist(lab[n], here) >= _APART}
    return found


_NEAR = tuple((a * _STRIDE + b) * _STRIDE + c for a, b, c in product((-1, 0, 1), repeat=3))


def _neighbourhood(tallies: dict[int, Tally], number: int) -> Tally:
    near = [tallies[number + step] for step in _NEAR if number + step in tallies]
    return Tally(sum(t.count for t in near), tuple(map(sum, zip(*(t.sums for t in near), strict=True))))


def _from_palette(colors: list[Color], palette: list[Color]) -> list[Color]:
    """The nearest of the palette for each, none of them twice while others are left."""
    measured = list(zip(palette, labs(palette), strict=True))
    left: list[tuple[Color, Color]] = []
    chosen = []
    for lab in labs(colors):
        left = left or list(measured)
        nearest = min(left, key=lambda entry: math.dist(lab, entry[1]))
        left.remove(nearest)
        chosen.append(nearest[0])
    return chosen


def _arranged(colors: list[Color], places: list[tuple[float, float]], direction: str) -> Colors:
    """Colours on the side, or in the corner, where the picture has them."""
    order = list(range(len(colors)))
    if len(colors) == 4:
        corners = []
        for corner in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
            nearest = min(order, key=lambda n: math.dist(places[n], corner))
            order.remove(nearest)
            corners.append(colors[nearest])
        return tuple(corners)
    along = {
        "horizontal": lambda x, y: x,
        "vertical": lambda x, y: y,
        "diagonal_desc": lambda x, y: x + y,
        "diagonal_asc": lambda x, y: x - y,
    }
    order.sort(key=lambda n: along[direction](*places[n]))
    return tuple(colors[n] for n in order)
