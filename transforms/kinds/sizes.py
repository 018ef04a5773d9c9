"""Widths, heights, offsets and ratios: pixels, shares of the image, arithmetic, or what the client says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.expressions import Expression, looks_like_expression, read_expression
from transforms.kinds.base import Kind, Misread
from transforms.kinds.numbers import is_digits, normal_number
from transforms.values import Auto, Pixels, Ratio, Share

MOST_PIXELS = 65_535
"""The largest size that is read; `h_65535` is in use. What is delivered is bounded by the plan."""
MOST_SHARE = 100.0
"""The largest share that is read, `w_100.0`."""

BREAKPOINTS = (50, 1000, 20, 20)
"""What `w_auto:breakpoints` starts from: narrowest, widest, kilobytes a step, most images."""
_FEWEST_IMAGES = 3
_BYTES_A_SQUARE = 0.075
"""Bytes of a photograph by the square of its width: a tenth of a byte a pixel, at three by four."""


@dataclass(frozen=True, slots=True)
class Size(Kind[Pixels | Share | Expression | Auto]):
    """A width or a height; `current` is the operand that stands for it in expressions."""

    current: str
    auto: bool = False

    @property
    def expected(self) -> str:
        return f"a size from 1 to {MOST_PIXELS} pixels"

    @property
    def forgives(self) -> str:
        return "`007` and `.5` are read as `7` and `0.5`."

    def read(self, text: str) -> Pixels | Share | Expression | Auto:
        number = normal_number(text)
        if number is None:
            return self._read_word(text)
        if "." in number:
            return self._read_share(number)
        value = int(number)
        if not 1 <= value <= MOST_PIXELS:
            raise self.misread()
        return Pixels(value)

    def _read_share(self, number: str) -> Share:
        share = Share(float(number))
        if not 0 < share.value <= MOST_SHARE:
            raise Misread(f"is not a share above 0 and up to {MOST_SHARE}")
        return share

    def _read_word(self, text: str) -> Expression | Auto:
        if self.auto and text.partition(":")[0] == "auto":
            return self._read_auto(text)
        if looks_like_expression(text):
            return read_expression(text, current=self.current)
        raise self.misread(near=text, known=("auto",) if self.auto else ())

    def _read_auto(self, text: str) -> Auto:
        arguments = tuple(text.split(":")[1:])
        if not arguments or _are_steps(arguments) or _are_breakpoints(arguments):
            return Auto(arguments)
        if arguments[0].startswith("breakpoints") and arguments[-1] == "json":
            raise NotOffered("w_auto:breakpoints:json is known, but not offered: use w_auto:breakpoints")
        raise self.misread()

    def spelling(self, text: str, value: Pixels | Share | Expression | Auto) -> str:
        return (normal_number(text) or text) if isinstance(value, Share) else str(value)


def _is_width(text: str) -> bool:
    return is_digits(text) and len(text) <= 5 and 1 <= int(text) <= MOST_PIXELS


def _are_steps(arguments: tuple[str, ...]) -> bool:
    """`50` is a step, `50:87` a step and a width, `200:800:100` narrowest, widest and step."""
    if len(arguments) > 3 or not all(map(_is_width, arguments)):
        return False
    return len(arguments) < 3 or int(arguments[0]) <= int(arguments[1])


def _are_breakpoints(arguments: tuple[str, ...]) -> bool:
    name, *bounds = arguments[0].split("_")
    if name != "breakpoints" or len(bounds) > len(BREAKPOINTS) or len(arguments) > 2:
        return False
    return all(map(_is_width, (*bounds, *arguments[1:])))


def own_width(auto: Auto) -> int | None:
    """The width of a `w_auto` that brings its own, `w_auto:50:87`; None where the client is asked."""
    arguments = auto.arguments
    return auto_width(auto, 1) if len(arguments) == 2 else None


def auto_width(auto: Auto, client: int) -> int:
    """The concrete width of `w_auto…`, in pixels, for a client that is `client` pixels wide.

    A width in the URL (`w_auto:50:87`) wins over the client's. The width is kept between the narrowest and
    the widest and rounded up to the next step, or to the next of the breakpoints.
    """
    arguments = auto.arguments
    if not arguments:
        return client
    if not is_digits(arguments[0]):
        width = int(arguments[1]) if len(arguments) > 1 else client
        return next((point for point in _breakpoints(arguments[0]) if point >= width), _widest(arguments[0]))
    if len(arguments) == 3:
        least, most, step = map(int, arguments)
        return _held(least + _stepped(max(client - least, 0), step), least, most)
    return min(_stepped(int(arguments[-1]) if len(arguments) > 1 else client, int(arguments[0])), MOST_PIXELS)


def _bounds(argument: str) -> tuple[int, ...]:
    """Narrowest, widest, kilobytes a step and most images of `breakpoints_100_1900_20_15`."""
    written = tuple(map(int, argument.split("_")[1:]))
    return (*written, *BREAKPOINTS[len(written) :])


def _widest(argument: str) -> int:
    least, most, *_ = _bounds(argument)
    return max(least, most)


def _breakpoints(argument: str) -> Iterator[int]:
    """Widths whose files grow by so many kilobytes each, the narrowest first.

    Nothing has been encoded yet: a file is taken to grow with the area, as that of a photograph does.
    """
    least, most, kilobytes, images = _bounds(argument)
    most = max(least, most)
    whole = _BYTES_A_SQUARE * (most**2 - least**2)
    steps = min(max(math.ceil(whole / (kilobytes * 1000)), _FEWEST_IMAGES - 1), max(images, 2) - 1)
    for step in range(steps + 1):
        yield round(math.sqrt(least**2 + (most**2 - least**2) * step / steps))


def _stepped(width: int, step: int) -> int:
    return -(-width // step) * step


def _held(width: int, least: int, most: int) -> int:
    return max(least, min(width, most))


@dataclass(frozen=True, slots=True)
class Offset(Kind[Pixels | Share | Expression]):
    """A distance that may be negative."""

    @property
    def expected(self) -> str:
        return f"an offset from -{MOST_PIXELS} to {MOST_PIXELS} pixels"

    def read(self, text: str) -> Pixels | Share | Expression:
        number = normal_number(text)
        if number is None:
            if looks_like_expression(text):
                return read_expression(text)
            raise self.misread()
        if "." not in number:
            return self._pixels(int(number))
        if abs(float(number)) > MOST_SHARE:
            raise Misread(f"is not a share from -{MOST_SHARE} to {MOST_SHARE}")
        return Share(float(number))

    def _pixels(self, number: int) -> Pixels:
        if abs(number) > MOST_PIXELS:
            raise self.misread()
        return Pixels(number)

    def spelling(self, text: str, value: Pixels | Share | Expression) -> str:
        return (normal_number(text) or text) if isinstance(value, Share) else str(value)


IGNORED = Ratio(0.0, "ignore")
"""`ar_ignore`, an older spelling of `fl_ignore_aspect_ratio`."""


@dataclass(frozen=True, slots=True)
class RatioKind(Kind[Ratio | Expression]):
    """Width to height, as two numbers or their quotient."""

    @property
    def expected(self) -> str:
        return "a ratio of width to height such as 16:9 or 1.5"

    def read(self, text: str) -> Ratio | Expression:
        width, colon, height = text.partition(":")
        numbers = [normal_number(part) for part in (width, *((height,) if colon else ()))]
        if all(numbers):
            return self._ratio([number for number in numbers if number is not None])
        if text == "ignore":
            return IGNORED
        if looks_like_expression(text):
            return read_expression(text, current="ar")
        raise self.misread()

    def _ratio(self, numbers: list[str]) -> Ratio:
        width, height = float(numbers[0]), float(numbers[-1]) if len(numbers) == 2 else 1.0
        if min(width, height) <= 0 or not 1 / MOST_PIXELS <= width / height <= MOST_PIXELS:
            raise self.misread()
        return Ratio(width / height, ":".join(numbers))
