"""Numbers as they may stand in a URL: ASCII digits, one decimal point, one sign, and nothing else.

`int()` and `float()` also take `1_000`, ` 5`, `+5`, `1e9`, `nan` and the digits of every script, so the text
is checked by hand before they see it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from transforms.kinds.base import Kind

LONGEST = 24
"""Characters of the longest number read; `ar_1.9047619047619047` has 18."""

_DIGITS = frozenset("0123456789")

_told: ContextVar[list[str] | None] = ContextVar("told", default=None)


@contextmanager
def telling() -> Iterator[list[str]]:
    """Collects what is told, while something is read, of numbers that do not count as they are written."""
    told: list[str] = []
    before = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(before)


def tell(written: str, counts: float) -> None:
    """Have it told that a number counts as another."""
    told = _told.get()
    if told is not None and float(written) != counts:
        told.append(f"{written} counts as {bound(counts)}")


def held(number: str, value: float, least: float, most: float) -> float:
    """`value`, which was written as `number`, moved to the limit that it is past; that is told."""
    inside = min(max(value, least), most)
    tell(number, inside)
    return inside


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits."""
    return bool(text) and _DIGITS.issuperset(text)


def normal_number(text: str) -> str | None:
    """The one spelling of a decimal number, or None when it is none.

    Zeros that say nothing go (`007` → `7`, `0.50` → `0.5`, `.5` → `0.5`); whether there is a decimal point
    stays, for `w_1` is a pixel and `w_1.0` the whole.
    """
    if is_digits(text) and len(text) <= LONGEST:
        return text if text[0] != "0" else text.lstrip("0") or "0"
    sign = "-" if text.startswith("-") else ""
    whole, point, decimals = text[len(sign) :].partition(".")
    if len(text) > LONGEST or not is_digits(f"{whole}{decimals}") or (point and not decimals):
        return None
    whole = whole.lstrip("0") or "0"
    decimals = decimals.rstrip("0") or "0" if point else ""
    number = f"{whole}{point}{decimals}"
    return number if number in ("0", "0.0") else sign + number


def plain(value: float) -> str:
    """A float as text that reads back to it, never in exponent notation: `0.5`, `2.0`."""
    text = repr(float(value))
    if "e" not in text:
        return text
    return f"{value:.20f}".rstrip("0") if abs(value) < 1 else f"{value:.1f}"


def bound(value: float) -> str:
    """A limit as it stands in a message: `1`, `0.5`."""
    return str(int(value)) if value == int(value) else plain(value)


@dataclass(frozen=True, slots=True)
class Integer(Kind[int]):
    """A whole number; one past a limit is refused, or moved to that limit with `beyond="clamp"`."""

    least: int
    most: int
    beyond: Literal["refuse", "clamp"] = "refuse"

    @property
    def expected(self) -> str:
        return f"an integer from {self.least} to {self.most}"

    @property
    def forgives(self) -> str:
        if self.beyond != "clamp":
            return ""
        return "A number past a limit counts as the limit, and one with decimals is rounded."

    def read(self, text: str) -> int:
        number = normal_number(text)
        if number is None or ("." in number and self.beyond != "clamp"):
            raise self.misread()
        value = math.floor(float(number) + 0.5) if "." in number else int(number)
        if self.beyond == "clamp":
            return int(held(number, value, self.least, self.most))
        if not self.least <= value <= self.most:
            raise self.misread()
        return value


@dataclass(frozen=True, slots=True)
class Number(Kind[float]):
    """A number with or without decimals; `above` leaves the lower limit itself out."""

    least: float
    most: float
    above: bool = False
    beyond: Literal["refuse", "clamp"] = "refuse"

    @property
    def expected(self) -> str:
        word = "above" if self.above else "from"
        join = "and up to" if self.above else "to"
        return f"a number {word} {bound(self.least)} {join} {bound(self.most)}"

    @property
    def forgives(self) -> str:
        return "A number past a limit counts as the limit." if self.beyond == "clamp" else ""

    def read(self, text: str) -> float:
        number = normal_number(text)
        if number is None:
            raise self.misread()
        value = float(number)
        if self.beyond == "clamp":
            return held(number, value, self.least, self.most)
        if not self.least <= value <= self.most or (self.above and value == self.least):
            raise self.misread()
        return value

    def write(self, value: float) -> str:
        return bound(value)

    def spelling(self, text: str, value: float) -> str:
        return normal_number(text) or self.write(value)


@dataclass(frozen=True, slots=True)
class Keyword(Kind[str]):
    """One of a few names."""

    names: tuple[str, ...]

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.names)}"

    def read(self, text: str) -> str:
        if text not in self.names:
            raise self.misread(near=text, known=self.names)
        return text
