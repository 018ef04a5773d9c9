"""Values with variables in them: `bo_$(border)px_solid_$color`, `e_blur:$x_mul_2`, `l_text:Arial_50:$(name)`.

`$(name)` is put in wherever it stands. Between colons, `$name` is too, and what reads as arithmetic is
calculated. What comes out is read as if it had been written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from transforms import lexer
from transforms.errors import InvalidValue, LimitExceeded, NotOffered, printable
from transforms.expressions import OPERATORS, Expression, read_expression
from transforms.kinds.base import Misread
from transforms.operands import Name, Names, Reference, shown

_VARIABLE = re.compile(r"\$(?:\(([A-Za-z]\w*)\)|([A-Za-z][A-Za-z0-9]*))")
_OPERATORS = frozenset(OPERATORS)

MAX_FILLED = lexer.MAX_BYTES
"""Characters that a template may come to."""


@dataclass(frozen=True, slots=True, init=False)
class Template:
    """A text to be filled in; prints as it is written."""

    text: str
    parts: tuple[str | Expression, ...] = field(compare=False, repr=False)
    """Texts as they are, and what is calculated: joined, they are the value."""

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "parts", tuple(_parts(text)))

    @property
    def operands(self) -> frozenset[str]:
        """What it may ask for, as `Expression.operands`."""
        expressions = (part for part in self.parts if isinstance(part, Expression))
        return frozenset(name for expression in expressions for name in expression.operands)

    @property
    def variables(self) -> frozenset[str]:
        """The variables it asks for, with their `$`."""
        return frozenset(name for name in self.operands if name.startswith("$"))

    @property
    def alone(self) -> str | None:
        """The variable, with its `$`, when the template is nothing else: it may hold a picture."""
        match self.parts:
            case (Expression(written, (_,)),):
                return written
        return None

    def fill(self, names: Names, *, decodings: int = 0) -> str:
        """The text with everything put in; a `%` in a value survives `decodings` percent-decodings.

        Numbers are written as short as they read back, lists with `:` between. Raises InvalidValue for a
        variable that there is not or that holds the picture itself, and LimitExceeded when it comes to more
        than `MAX_FILLED` characters.
        """
        filled: list[str] = []
        room = MAX_FILLED
        for part in self.parts:
            filled.append(part if isinstance(part, str) else _put_in(part, names, decodings))
            room -= len(filled[-1])
            if room < 0:
                raise LimitExceeded(
                    f"{printable(self.text)} comes to more than {MAX_FILLED} characters",
                    code="value_too_long",
                )
        return "".join(filled)

    def __str__(self) -> str:
        return self.text


def has_variables(text: str) -> bool:
    """Whether a variable stands in a value as received, not decoded: `%24` is no `$`."""
    return _VARIABLE.search(text) is not None


def is_template(text: str) -> bool:
    """Whether a value as received has to be filled in: it holds a variable, or arithmetic between colons."""
    return has_variables(text) or any(map(_arithmetic, text.split(":")))


def _parts(text: str) -> Iterator[str | Expression]:
    for place, segment in enumerate(text.split(":")):
        if place:
            yield ":"
        expression = _arithmetic(segment)
        if expression is not None:
            yield expression
        else:
            yield from _with_variables(segment)


def _arithmetic(segment: str) -> Expression | None:
    """What stands between two colons, if it is a calculation; a variable alone is none."""
    if _OPERATORS.isdisjoint(segment.split("_")):
        return None
    try:
        return read_expression(segment)
    except (Misread, NotOffered):
        return None


def _with_variables(segment: str) -> Iterator[str | Expression]:
    end = 0
    for found in _VARIABLE.finditer(segment):
        if found.start() > end:
            yield segment[end : found.start()]
        name = found[1] or found[2]
        if not (name.isascii() and name.isalnum()):
            raise Misread(
                f"asks for $({printable(name)}), and a variable's name has letters and digits alone"
            )
        yield Expression(f"${name}", (Name(f"${name}"),))
        end = found.end()
    if end < len(segment):
        yield segment[end:]


def _put_in(expression: Expression, names: Names, decodings: int) -> str:
    calculated = len(expression.program) > 1
    value = expression.evaluate(names) if calculated else expression.value(names)
    if not isinstance(value, (int, float, str, tuple, Reference)):
        raise InvalidValue(f"{expression} is a picture: only a layer can show it, as l_{expression}")
    text = shown(value)
    for _ in range(decodings):
        text = text.replace("%", "%25")
    return text
