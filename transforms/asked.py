"""What one component asks for, in numbers: its qualifiers measured against the image that enters it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from transforms.errors import InvalidValue, TransformError
from transforms.expressions import Expression
from transforms.frame import Frame
from transforms.geometry import largest_box, whole_pixels
from transforms.kinds.numbers import normal_number
from transforms.kinds.sizes import IGNORED, own_width
from transforms.operands import Names, Numeral
from transforms.recipe import Component, Parameter
from transforms.values import Auto, AutoBackground, BlurredBackground, Color, Gravity, Pixels, Ratio, Share

Fill = tuple[int, int, int, int]

OPAQUE = 255

WHITE: Fill = (255, 255, 255, OPAQUE)

CLEAR: Fill = (0, 0, 0, 0)

LONGEST = 1_000_000_000.0
"""Nothing is measured past this many pixels: far over every limit, and far from where floats lose a pixel."""

_OFFSET_ON_CANVAS = frozenset({"pad", "lpad", "mpad"})
"""Modes whose x and y move the picture on its canvas: they are pixels of the result, and grow with `dpr`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Lengths are pixels, `dpr` included; None is what was not written."""

    width: float | None = None
    height: float | None = None
    ratio: float | None = None
    gravity: str | None = None
    """The name of the gravity: `auto`, `xy_center`, a place of the compass, or what to look for."""
    fallbacks: tuple[str, ...] = ()
    """What follows the name: `auto` of `g_face:auto`."""
    custom: tuple[float, float, float, float] | None = None
    """The coordinates stored with the picture, for `g_custom`: left, top, width and height in its pixels."""
    x: float | None = None
    y: float | None = None
    zoom: float = 1.0
    background: Fill | None = None
    """What stands behind the picture; None is whatever suits it, alpha 0 is transparent."""
    surround: AutoBackground | BlurredBackground | None = None
    """What the picture itself puts there; `background` is transparent then."""
    ignore_ratio: bool = False
    """`fl_ignore_aspect_ratio`: a length that was not asked for stays as it is."""

    @property
    def sized(self) -> bool:
        """True when a width, a height or a ratio was asked for."""
        return self.width is not None or self.height is not None or self.ratio is not None

    def lengths(self, frame: Frame) -> tuple[float, float]:
        """Width and height of the box; what is missing follows from the ratio asked for, or the image's.

        A ratio alone means the largest box of that ratio inside the image.
        """
        if self.width is not None and self.height is not None:
            return self.width, self.height
        ratio = self.ratio or frame.width / frame.height
        if self.width is not None:
            return self.width, min(self.width / ratio, LONGEST)
        if self.height is not None:
            return min(self.height * ratio, LONGEST), self.height
        return largest_box(frame, ratio)

    def box(self, frame: Frame) -> tuple[int, int]:
        """`lengths` in whole pixels."""
        width, height = self.lengths(frame)
        return whole_pixels(width), whole_pixels(height)

    def behind(self, frame: Frame) -> Fill | None:
        """What fills a canvas: the colour asked for, else white, or nothing where the picture has alpha.

        A colour that lets something through is not put here: it comes behind all of the canvas afterwards,
        and twice would be too much of it.
        """
        if self.background is not None:
            return self.background if self.background[3] == OPAQUE else None
        return None if frame.alpha else WHITE


def measure(
    component: Component,
    frame: Frame,
    names: Names,
    *,
    dpr: float = 1.0,
    whole: Frame | None = None,
    custom: tuple[float, float, float, float] | None = None,
) -> Asked:
    """Evaluate the qualifiers of `component` where the image measures `frame`.

    `names` are the operands of expressions; shares are of `whole`, which is the image itself unless it is
    said otherwise; `custom` is the part that `g_custom` keeps. Raises InvalidValue when a length comes out as
    nothing.
    """
    whole = whole or frame
    by_key = {parameter.key: parameter for parameter in component.parameters if parameter.key != "fl"}
    mode, gravity, zoom = by_key.get("c"), by_key.get("g"), by_key.get("z")
    offset_dpr = dpr if mode is not None and mode.value in _OFFSET_ON_CANVAS else 1.0
    return Asked(
        width=_size(by_key.get("w"), whole.width, names, dpr),
        height=_size(by_key.get("h"), whole.height, names, dpr),
        ratio=_ratio(by_key.get("ar"), names),
        gravity=gravity.value.name if gravity is not None and isinstance(gravity.value, Gravity) else None,
        fallbacks=gravity.value.arguments
        if gravity is not None and isinstance(gravity.value, Gravity)
        else (),
        x=_length(by_key.get("x"), whole.width, names, offset_dpr),
        y=_length(by_key.get("y"), whole.height, names, offset_dpr),
        custom=custom,
        zoom=zoom.value if zoom is not None and isinstance(zoom.value, (int, float)) else 1.0,
        background=fill_of(by_key.get("b")),
        surround=surround_of(by_key.get("b")),
        ignore_ratio=component.flag("ignore_aspect_ratio") is not None or _ignores(by_key.get("ar")),
    )


def fill_of(parameter: Parameter | None) -> Fill | None:
    """The colour of a `b_`, or None without one; nothing yet where the picture itself decides."""
    if parameter is None:
        return None
    color = parameter.value
    return (color.red, color.green, color.blue, color.alpha) if isinstance(color, Color) else CLEAR


def surround_of(parameter: Parameter | None) -> AutoBackground | BlurredBackground | None:
    """What the picture itself puts behind it by a `b_auto` or `b_blurred`."""
    value = parameter.value if parameter is not None else None
    return value if isinstance(value, (AutoBackground, BlurredBackground)) else None


def _size(parameter: Parameter | None, whole: int, names: Names, dpr: float) -> float | None:
    length = _length(parameter, whole, names, dpr)
    if parameter is not None and length is not None and length <= 0:
        raise InvalidValue(
            f"{parameter} comes to {length:g} pixels; a size is more than 0",
            parameter=parameter.written,
            position=parameter.position,
        )
    return length


def _length(parameter: Parameter | None, whole: int, names: Names, dpr: float) -> float | None:
    if parameter is None:
        return None
    match parameter.value:
        case Pixels(number, physical):
            length = float(max(-LONGEST, min(number, LONGEST))) * (1.0 if physical else dpr)
        case Share(part):
            length = part * whole
        case Expression() as expression:
            try:
                length = _calculated(expression, whole, names, dpr)
            except TransformError as error:
                raise error.about(parameter.written) from None
        case Auto() as auto:
            own = own_width(auto)
            length = float(whole) if own is None else own * dpr
        case _:
            return None
    return max(-LONGEST, min(length, LONGEST))


def _calculated(expression: Expression, whole: int, names: Names, dpr: float) -> float:
    """What it comes to; a variable that holds a share, `$part_0.5`, counts as one."""
    value = expression.value(names)
    if isinstance(value, Numeral) and value.is_share:
        return value * whole
    return expression.evaluate(names) * dpr


def _evaluated(value: Expression, names: Names) -> float:
    """What it comes to; a variable may hold a ratio as a text, `!16:9!`."""
    found = value.value(names)
    if isinstance(found, tuple) and len(found) == 2:
        width, height = (normal_number(part) for part in found)
        if width is not None and height is not None and float(height) > 0:
            return float(width) / float(height)
    return value.evaluate(names)


def _ignores(parameter: Parameter | None) -> bool:
    return parameter is not None and parameter.value == IGNORED


def _ratio(parameter: Parameter | None, names: Names) -> float | None:
    if parameter is None:
        return None
    value = parameter.value
    if isinstance(value, Ratio):
        return None if value == IGNORED else value.value
    try:
        ratio = _evaluated(value, names) if isinstance(value, Expression) else math.nan
    except TransformError as error:
        raise error.about(parameter.written) from None
    if not ratio > 0:
        raise InvalidValue(
            f"{parameter} comes to {ratio:g}; a ratio is more than 0",
            parameter=parameter.written,
            position=parameter.position,
        )
    return ratio
