"""`e_vectorize`: redrawn in flat shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Number, bound, normal_number
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image

HOW_TO_INSTALL = "pip install calotype[vectorize]"

_DECLARED: dict[str, tuple[Number, float, float]] = {
    "colors": (Number(2, 30, beyond="clamp"), 10, 1),
    "detail": (Number(0, 1000, beyond="clamp"), 300, 1000),
    "despeckle": (Number(0, 100, beyond="clamp"), 2, 100),
    "corners": (Number(0, 100, beyond="clamp"), 25, 1),
    "paths": (Number(0, 100, beyond="clamp"), 100, 1),
}
"""Name → the numbers it takes, the one it has by default, and what a share up to 1.0 is a share of. In the
order in which they stand without names."""


class Vectorize(
    Effect,
    code="e_vectorize",
    examples=(
        "e_vectorize",
        "e_vectorize:5",
        "e_vectorize:colors:20:detail:0.8",
        "e_vectorize:colors:3:corners:0",
    ),
):
    """Redraw the picture in flat shapes with smooth outlines.

    Five numbers say how, in this order or each behind its name: `colors`, 2 to 30 (10); `detail`, 0 to 1000
    or a share up to 1.0 (300): how small a shape may be; `despeckle`, 0 to 100 or a share (2): how large a
    speck is left out; `corners`, 0 to 100 (25): 0 draws straight lines, 100 rounds every corner; `paths`, 0
    to 100 (100): how much curves are simplified. It looks at no more than a thousand pixels a side. With the
    extra `[vectorize]` shapes are traced; without it the colours alone become few.
    """

    colors: int = 10
    detail: float = 300.0
    despeckle: float = 2.0
    corners: float = 25.0
    paths: float = 100.0
    tracer: str = ""
    """What traces, empty where nothing does. It is in the plan: otherwise instances with and without it would
    share what they make."""
    written: str = field(default="", compare=False)

    @classmethod
    def read(cls, text: str) -> Self:
        words = text.split(":") if text else []
        positional = bool(words) and normal_number(words[0]) is not None
        values, spelled = {name: default for name, (_, default, _) in _DECLARED.items()}, []
        for name, number in _pairs(words, positional):
            values[name], spelling = _measured(name, number)
            spelled += [spelling] if positional else [name, spelling]
        values["colors"] = round(values["colors"])
        return cls(**values, written=":".join(spelled))  # type: ignore[arg-type]  # colors is whole now

    def __str__(self) -> str:
        return f"{self.code}:{self.written}" if self.written else self.code

    def describe(self, before: Frame) -> str:
        return " ".join(f"{name} {bound(getattr(self, name))}" for name in _DECLARED)

    def operations(self, frame: Frame) -> list[Operation]:
        return [replace(self, tracer=tracer())]

    def notes(self, frame: Frame) -> tuple[str, ...]:
        return () if tracer() else (f"{self}: shapes are not traced: that needs {HOW_TO_INSTALL}",)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.tracing import vectorized

        return vectorized(image, self)


@cache
def tracer() -> str:
    """The name of what traces shapes here, empty when nothing does; does not load it."""
    return "vtracer" if find_spec("vtracer") is not None else ""


def _pairs(words: list[str], positional: bool) -> Iterator[tuple[str, str]]:
    """Names and the text of their numbers, as written. Raises Misread."""
    if positional:
        if len(words) > len(_DECLARED):
            raise Misread(f"has more than the {len(_DECLARED)} numbers it takes")
        yield from zip(_DECLARED, words, strict=False)
        return
    if len(words) % 2:
        raise Misread(f"ends with {words[-1]!r} and no number for it")
    if len(set(words[::2])) < len(words[::2]):
        raise Misread("says one of its numbers twice")
    for name, number in zip(words[::2], words[1::2], strict=True):
        if name not in _DECLARED:
            raise Misread(f"has {name!r}; expected one of {', '.join(_DECLARED)}", near=name, known=_DECLARED)
        yield name, number


def _measured(name: str, text: str) -> tuple[float, str]:
    """The number and its canonical spelling, which stays a share where it is one. Raises Misread."""
    kind, _, whole = _DECLARED[name]
    number = normal_number(text)
    if number is None:
        raise Misread(f"has {text!r} for {name}, which is not {kind.expected}")
    if "." in number and 0 <= float(number) <= 1 and whole > 1:
        return float(number) * whole, number
    value = kind.read(number)
    return value, number if value == float(number) else bound(value)
