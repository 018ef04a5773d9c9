"""What the names in expressions and conditions stand for, where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from transforms.knowledge import Loaded, Picture
from transforms.operands import Current, Value

if TYPE_CHECKING:
    from transforms.walk import Walk

_DENSITY = 72.0
"""Dots an inch of a picture that says nothing of it."""


class Names:
    """Looks a name up when it is asked for: some cost a look at the pixels."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def __getitem__(self, name: str) -> Value:
        operand = _OPERANDS.get(name)
        if operand is not None:
            return operand(self._walk)
        kind, _, key = name.partition(":")
        if kind == "ctx":
            return dict(self._walk.details.context)[key]
        if kind == "md":
            return dict(self._walk.details.metadata)[key]
        value = self._walk.shared.variables[name]
        return Current() if isinstance(value, Picture) else value

    def __iter__(self) -> Iterator[str]:
        """The variables that are set, with their `$`."""
        return iter(self._walk.shared.variables)


def _trimmed_ratio(walk: Walk) -> float:
    from transforms.actions.trim import Trim

    question = Trim.read("").question(walk.frame)
    assert question is not None
    _, _, width, height = walk.look(*question)[0][:4]
    return width / height


def _pages(walk: Walk) -> float:
    return float(walk.source.original.pages) if isinstance(walk.source, Loaded) else 1.0


def _page(walk: Walk) -> float:
    return float(walk.source.load.first + 1) if isinstance(walk.source, Loaded) else 1.0


def _seconds(walk: Walk) -> float:
    return sum(walk.source.original.delays) / 1000 if isinstance(walk.source, Loaded) else 0.0


_OPERANDS: Mapping[str, Callable[[Walk], Value]] = {
    "w": lambda walk: float(walk.frame.width),
    "h": lambda walk: float(walk.frame.height),
    "ar": lambda walk: walk.frame.width / walk.frame.height,
    "iw": lambda walk: float(walk.start.width),
    "ih": lambda walk: float(walk.start.height),
    "iar": lambda walk: walk.start.width / walk.start.height,
    "tar": _trimmed_ratio,
    "cp": _page,
    "pc": _pages,
    "px": lambda walk: 0.0,
    "py": lambda walk: 0.0,
    "fc": lambda walk: float(len(walk.look("faces", ""))),
    "ils": lambda walk: walk.look("illustration", "")[0][0],
    "idn": lambda walk: _DENSITY,
    "du": _seconds,
    "idu": _seconds,
    "tags": lambda walk: walk.details.tags,
}
"""`iw` and `ih` are of the image as it was loaded; for a layer, of that layer."""
