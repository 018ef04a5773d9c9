"""Variables: `$width_300`, `$title_!Hello!`, `$size_iw_div_2`, `$img_current`.

    assignment = "$" name "_" ( "current" / expression / condition / word )

A word that is neither a number nor an operand stands for itself, as `!word!` does. A calculation that leaves
out its left side means what the variable held before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from transforms.conditions import COMPARATORS, CONNECTIVES, Condition, read_condition
from transforms.errors import InvalidValue, printable
from transforms.expressions import OPERATORS, Expression, read_words
from transforms.kinds.base import Misread
from transforms.operands import OPERANDS, TEXTS, Names, read_literal, read_operand, split_words
from transforms.operands import Current as Current
from transforms.operands import Literal as Literal
from transforms.operands import Reference as Reference
from transforms.operands import Value as Value

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_RESERVED = frozenset((*OPERATORS, *COMPARATORS, *CONNECTIVES, *OPERANDS, "to"))
_COMPARES = frozenset((*COMPARATORS, *CONNECTIVES))
_SIGNS = frozenset("$!")
_ASKING = tuple(f"{name}:" for name in TEXTS)
"""`ctx:key` without its exclamation marks is a slip, and no text."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable and what it is set to; `name` is without its `$`."""

    name: str
    written: str
    value: Expression | Condition | Literal | Current = field(compare=False, repr=False)

    @property
    def operands(self) -> frozenset[str]:
        """What it may ask for, as `Expression.operands`."""
        return self.value.operands if isinstance(self.value, (Expression, Condition)) else frozenset()

    @property
    def variables(self) -> frozenset[str]:
        """The variables it may ask for, with their `$`; also its own, when it means what it held before."""
        return frozenset(name for name in self.operands if name.startswith("$"))

    def __str__(self) -> str:
        return f"${self.name}_{self.written}"


def read_assignment(text: str) -> Assignment:
    """Read what stands behind the `$`: `width_300`. Raises Misread, and NotOffered for what is only known."""
    name, _, value = text.partition("_")
    if not _NAME.fullmatch(name):
        raise Misread(f"is not an assignment: {printable(name)!r} is no name of letters and digits")
    if not value:
        raise Misread(f"is not an assignment: ${name} is set to nothing")
    if value == "current":
        return Assignment(name, value, Current())
    words = split_words(value)
    if _stands_for_itself(words):
        literal, written = read_literal(value)
        if not _reads_as(written, literal):
            # Decoded, a `_` or a `$` would part it or ask for something.
            written = f"!{written}!"
        return Assignment(name, written, Literal(literal))
    read = read_condition if not _COMPARES.isdisjoint(words) else _read_value
    expression = read(value, current=f"${name}")
    return Assignment(name, expression.written, expression)


def _read_value(text: str, *, current: str) -> Expression:
    return read_words(split_words(text), current=current)


def _stands_for_itself(words: list[str]) -> bool:
    """Whether the words mean nothing in an expression: `bar`, `north_west`, `rgb:0000ff`."""
    if read_operand(words[0]) is not None or words[0].startswith(_ASKING):
        return False
    plain = all(word and _SIGNS.isdisjoint(word) for word in words)
    return plain and _RESERVED.isdisjoint(words)


def _reads_as(written: str, literal: str | tuple[str, ...]) -> bool:
    if written == "current" or "!" in written or not _stands_for_itself(split_words(written)):
        return False
    return read_literal(written)[0] == literal


def evaluate(assignment: Assignment, names: Names) -> Value:
    """What the variable is set to; a condition comes to 1 or 0.

    Raises InvalidValue for arithmetic without a value, and for a variable that there is not.
    """
    match assignment.value:
        case Expression() as expression:
            return expression.value(names)
        case Condition() as condition:
            return float(condition.holds(names))
        case Literal(value):
            return value
    return Current()


def in_order(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of one component, each behind those that it needs: they are written by their names.

    Raises InvalidValue when they need each other.
    """
    waiting = {f"${assignment.name}": assignment for assignment in assignments}
    needs = {name: (a.variables - {name}) & waiting.keys() for name, a in waiting.items()}
    found: list[Assignment] = []
    while waiting:
        ready = [name for name in waiting if needs[name].isdisjoint(waiting)]
        if not ready:
            raise InvalidValue(f"{', '.join(waiting)} are set by way of each other", code="variable_cycle")
        found += (waiting.pop(name) for name in ready)
    return tuple(found)
