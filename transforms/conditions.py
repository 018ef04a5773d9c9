"""Conditions: `w_gt_300_and_!sale!_in_tags`.

    condition  = conjunction *( "_or_" conjunction )
    conjunction = comparison *( "_and_" comparison )
    comparison = expression "_" comparator "_" expression

Arithmetic binds tighter than comparators, they tighter than `and`, and that tighter than `or`. What stands
behind an `or` or `and` that is decided already is not asked for: counting faces is slow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from transforms.errors import printable
from transforms.expressions import OPERATORS, Expression, number_in, read_words
from transforms.kinds.base import Misread
from transforms.operands import Names, Value, read_operand, shown, split_words

_SAME = 1e-9
"""Numbers whose ratio differs by less are equal: `w_div_h` is rounded, `16:9` is rounded too."""

COMPARATORS: dict[str, str] = {
    "eq": "equal",
    "ne": "not equal",
    "lt": "less than",
    "gt": "greater than",
    "lte": "less than or equal",
    "gte": "greater than or equal",
    "in": "every text on the left is in the list on the right",
    "nin": "not every text on the left is in the list on the right",
}
"""What compares, with what it means."""

CONNECTIVES = ("and", "or")

_MEANT: dict[str, str] = {"=": "eq", "==": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte"}
"""Signs that SDKs translate, and the comparator that is meant."""

_HOLDS: dict[str, tuple[int | None, ...]] = {
    "eq": (0,),
    "ne": (-1, 1, None),
    "lt": (-1,),
    "gt": (1,),
    "lte": (-1, 0),
    "gte": (0, 1),
}
"""How the left side may stand to the right: before it, equal, behind it, or None when neither can be said."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions and how they should compare."""

    left: Expression
    comparator: str
    right: Expression

    def holds(self, names: Names) -> bool:
        """Raises as `Expression.value`."""
        return _compared(self.left.value(names), self.comparator, self.right.value(names))

    def __str__(self) -> str:
        return "_".join(filter(None, (str(self.left), self.comparator, str(self.right))))


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as written, and what has to hold: all of any group."""

    written: str
    groups: tuple[tuple[Comparison, ...], ...] = field(compare=False, repr=False)

    @property
    def operands(self) -> frozenset[str]:
        """What it may ask for, as `Expression.operands`."""
        sides = (side for group in self.groups for c in group for side in (c.left, c.right))
        return frozenset(name for side in sides for name in side.operands)

    def holds(self, names: Names) -> bool:
        """Whether it is true for these names.

        Numbers compare as numbers, also a number with a text that says one; texts otherwise by their
        characters. What is not set equals the empty text and is neither less nor greater than anything.
        Raises InvalidValue for a variable that there is not and for arithmetic without a value.
        """
        return any(all(comparison.holds(names) for comparison in group) for group in self.groups)

    def __str__(self) -> str:
        return self.written


def read_condition(text: str, *, current: str | None = None) -> Condition:
    """Read a condition; `current` is the operand meant where the first left side is left out.

    Raises Misread, and NotOffered for operands that are only known.
    """
    words = split_words(text)
    groups: list[list[Comparison]] = [[]]
    start = 0
    for end in (*_places(words), len(words)):
        groups[-1].append(_comparison(words[start:end], start + 1, current if start == 0 else None))
        if end < len(words) and words[end] == "or":
            groups.append([])
        start = end + 1
    written = "_or_".join("_and_".join(map(str, group)) for group in groups)
    return Condition(written, tuple(map(tuple, groups)))


def _places(words: list[str]) -> Iterator[int]:
    return (place for place, word in enumerate(words) if word in CONNECTIVES)


def _comparison(words: list[str], first: int, current: str | None) -> Comparison:
    """`first` is the place of the first word in the condition, counted from 1."""
    places = [place for place, word in enumerate(words) if word in COMPARATORS]
    if len(places) != 1:
        raise _not_one_comparator(words, first, len(places))
    place = places[0]
    left, right = words[:place], words[place + 1 :]
    if not right or not (left or current):
        raise Misread(f"is not a condition: {words[place]} (part {first + place}) compares two sides")
    return Comparison(
        _left(left, first, current),
        words[place],
        read_words(right, first=first + place + 1),
    )


def _left(words: list[str], first: int, current: str | None) -> Expression:
    if not words and current is not None:
        return replace(read_words([current]), written="")
    return read_words(words, current=current, first=first)


def _not_one_comparator(words: list[str], first: int, count: int) -> Misread:
    part = printable("_".join(words))
    if count:
        return Misread(f"is not a condition: {part!r} (part {first}) compares more than once: use and")
    near = next((word for word in words if read_operand(word) is None), "")
    return Misread(
        f"is not a condition: {part!r} (part {first}) compares nothing; between two sides stands one of "
        f"{', '.join(COMPARATORS)}",
        near=_MEANT.get(near, near),
        known=(*COMPARATORS, *CONNECTIVES, *OPERATORS),
    )


def _compared(left: Value, comparator: str, right: Value) -> bool:
    if comparator in ("in", "nin"):
        return _contained(left, right) == (comparator == "in")
    return _order(left, right) in _HOLDS[comparator]


def _order(left: Value, right: Value) -> int | None:
    number, other = _number(left), _number(right)
    if number is not None and other is not None:
        if math.isclose(number, other, rel_tol=_SAME, abs_tol=_SAME):
            return 0
        return -1 if number < other else 1
    if shown(left) == shown(right):
        return 0
    texts = isinstance(left, (str, tuple)) and isinstance(right, (str, tuple))
    if not texts or not left or not right:
        return None
    return -1 if shown(left) < shown(right) else 1


def _number(value: Value) -> float | None:
    if isinstance(value, (int, float)):
        return value
    return number_in(value) if isinstance(value, str) else None


def _contained(left: Value, right: Value) -> bool:
    """Whether there is something on the left, and all of it on the right."""
    wanted, there = _texts(left), _texts(right)
    return bool(wanted) and wanted <= there


def _texts(value: Value) -> frozenset[str]:
    if isinstance(value, (tuple, frozenset, set)):
        return frozenset(map(str, value))
    text = shown(value)
    return frozenset((text,)) if text else frozenset()
