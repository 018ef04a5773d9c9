"""Tints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.actions.level import SHARE
from transforms.errors import printable
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.colors import ColorKind
from transforms.kinds.lists import bare, words
from transforms.kinds.numbers import normal_number
from transforms.operations import Operation
from transforms.values import Color

if TYPE_CHECKING:
    from pyvips import Image

_COLOR = ColorKind()
_AMOUNT = 60.0
_MOST_COLORS = 10
_RED = Color(255, 0, 0)
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)


@dataclass(frozen=True, slots=True)
class Stop:
    """A colour, and at which brightness in per cent it stands, where that is written."""

    color: Color
    position: float | None = None

    def __str__(self) -> str:
        return str(self.color) if self.position is None else f"{self.color}:{SHARE.write(self.position)}p"


class Tint(
    Effect,
    code="e_tint",
    examples=("e_tint:80:blue:green:5p", "e_tint:equalize:80:blue:blueviolet", "e_tint:100:red:0p:gold:100p"),
):
    """Tint the picture with one colour, or with up to ten that follow each other from dark to bright.

    The amount is how much of the original is covered, from 0 to 100 per cent, 60 by default. Behind each
    colour may stand at which brightness it is to be, `40p`; without, colours stand at even distances from 0p
    to 100p. They are taken in the order of their positions. A single colour, red by default, stands in the
    middle unless told otherwise, between black and white. With `equalize` in front all brightnesses are used
    about equally before they are tinted.
    """

    equalize: bool = False
    amount: float = _AMOUNT
    stops: tuple[Stop, ...] = ()
    ranks: tuple[float, ...] = ()

    @classmethod
    def read(cls, text: str) -> Tint:
        written = words(text)
        equalize = written[:1] == ["equalize"]
        rest = written[1:] if equalize else written
        if rest and normal_number(rest[0]) is None:
            raise Misread(
                f"has {printable(rest[0])!r} where {SHARE.expected} should be: the amount comes before the "
                "colours, as in e_tint:60:red"
            )
        amount = SHARE.read(rest[0]) if rest else _AMOUNT
        stops = tuple(_stops(rest[1:]))
        if len(stops) > _MOST_COLORS:
            raise Misread(f"has more than {_MOST_COLORS} colours")
        return cls(equalize=equalize, amount=amount, stops=stops)

    def __str__(self) -> str:
        amount = [SHARE.write(self.amount)] if self.stops or self.amount != _AMOUNT else []
        return ":".join([self.code, *["equalize"] * self.equalize, *amount, *map(str, self.stops)])

    def operations(self, frame: Frame) -> list[Operation]:
        stops = tuple(replace(stop, color=bare(stop.color)) for stop in self.stops)
        return [] if self.amount == 0 else [replace(self, stops=stops)]

    def settled(self, image: Image) -> Self:
        from transforms.histograms import equalizing
        from transforms.measuring import luma_counts

        return replace(self, ranks=equalizing(luma_counts(image))) if self.equalize else self

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.gradients import tinted

        if self.equalize and not self.ranks:
            image = image.copy_memory()
            return self.settled(image).apply(image, before)
        return tinted(image, self._gradient(), self.amount / 100, ranks=self.ranks)

    def _gradient(self) -> list[tuple[float, Color]]:
        """Position from 0 to 1, and colour, in ascending order."""
        if len(self.stops) > 1:
            colors = (stop.color for stop in self.stops)
            return sorted(zip(_placed(self.stops), colors, strict=True), key=lambda at: at[0])
        only = self.stops[0] if self.stops else Stop(_RED)
        middle = 0.5 if only.position is None else only.position / 100
        return [(0.0, _BLACK), (middle, only.color), (1.0, _WHITE)]


def _stops(written: list[str]) -> Iterator[Stop]:
    """Colours, each with the position that may follow it. Raises Misread."""
    for i, word in enumerate(written):
        if _is_position(word):
            if i == 0 or _is_position(written[i - 1]):
                raise Misread(f"has a position without a colour: {word}")
            continue
        behind = written[i + 1] if i + 1 < len(written) else ""
        yield Stop(_COLOR.read(word), SHARE.read(behind[:-1]) if _is_position(behind) else None)


def _is_position(word: str) -> bool:
    return word.endswith("p") and word[:1] in "-.0123456789"


def _placed(stops: tuple[Stop, ...]) -> list[float]:
    """Every colour's position from 0 to 1; what is not written is spread evenly between what is.

    As gradients do it in CSS Images Level 3, section 3.4.3.
    """
    known = {i: stop.position / 100 for i, stop in enumerate(stops) if stop.position is not None}
    known.setdefault(0, 0.0)
    known.setdefault(len(stops) - 1, max(1.0, known[0]))
    for start, end in pairwise(sorted(known)):
        step = (known[end] - known[start]) / (end - start)
        known |= {i: known[start] + step * (i - start) for i in range(start + 1, end)}
    return [known[i] for i in range(len(stops))]
