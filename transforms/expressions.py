"""Arithmetic in a value: `iw_mul_0.5_add_20`, `$x_div_fc`, and `div_2` for "what it is now, divided by 2".

    expression = operand *cast *( "_" operator "_" operand *cast )
    cast       = "_to_i" / "_to_f"

Operands and operators alternate, separated by `_`. `pow` binds tightest and from the right, then `mul`, `div`
and `mod`, then `add` and `sub`. A cast makes a number of the operand in front of it; at the end of a
calculation it is for the whole as well. An expression is turned into postfix order once, by two flat stacks,
so that text of any length is read in linear time and without recursion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from transforms.errors import InvalidValue, printable
from transforms.kinds.base import Misread, nearest
from transforms.kinds.numbers import normal_number
from transforms.operands import (
    LONG_OPERANDS,
    OPERANDS,
    TEXTS,
    Literal,
    Name,
    Names,
    Numeral,
    Operand,
    Reference,
    Value,
    described,
    read_operand,
    split_words,
)

_OPERATORS: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "add": (1, lambda a, b: a + b),
    "sub": (1, lambda a, b: a - b),
    "mul": (2, lambda a, b: a * b),
    "div": (2, lambda a, b: a / b),
    "mod": (2, math.fmod),
    "pow": (3, math.pow),
}
"""Name → how tightly it binds, what it does."""

OPERATORS = tuple(_OPERATORS)

CASTS: dict[str, str] = {
    "to_i": "the number in front of it without its decimals; a text becomes the number it says",
    "to_f": "the number that the text in front of it says",
}
"""What may follow an operand, with what it makes of it."""

Item = Operand | str
"""An operand, or the name of an operator or a cast."""


class _Operand(NamedTuple):
    """A value while it is worked with, and how it came about: for messages."""

    value: Value
    item: Item


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as written, and the same in postfix order: operands, operators, casts."""

    written: str
    program: tuple[Item, ...] = field(compare=False, repr=False)

    @property
    def operands(self) -> frozenset[str]:
        """What it may ask for: `w`, `$foo`, `ctx:key`; `ref:id` for the pictures it speaks of."""
        names = (item.name for item in self.program if isinstance(item, Name))
        pictures = (f"ref:{item.public_id}" for item in self.program if isinstance(item, Reference))
        return frozenset((*names, *pictures))

    def evaluate(self, names: Names) -> float:
        """The number it comes to. One that is a variable alone keeps how it was written (`Numeral`).

        Raises InvalidValue when it divides by zero, holds a text where a number belongs, asks for a variable
        that there is not, or when the result is not a finite number.
        """
        value = self.value(names)
        return self._number(_Operand(value, self.program[-1]))

    def value(self, names: Names) -> Value:
        """What it comes to, which may also be a text, a list or a picture. Raises as `evaluate`."""
        stack: list[_Operand] = []
        try:
            for item in self.program:
                if not isinstance(item, str):
                    stack.append(_Operand(_looked_up(item, names), item))
                    continue
                right = stack.pop()
                if item in _OPERATORS:
                    left = self._number(stack.pop())
                    stack.append(_Operand(_OPERATORS[item][1](left, self._number(right)), item))
                else:
                    stack.append(_Operand(self._cast(right, item), right.item))
        except ZeroDivisionError as error:
            raise InvalidValue(f"{self} divides by zero") from error
        except (ValueError, OverflowError) as error:
            raise InvalidValue(f"{self} has no finite value") from error
        result = stack[0].value
        if isinstance(result, float) and not math.isfinite(result):
            raise InvalidValue(f"{self} has no finite value")
        return result

    def _number(self, operand: _Operand) -> float:
        value = operand.value
        if isinstance(value, (int, float)):
            return value if isinstance(value, Numeral) else float(value)
        subject = _spelled(operand.item)
        about = "" if subject == self.written else f"{self}: "
        hint = f"; {subject}_to_f makes a number of it" if isinstance(value, str) and number_in(value) else ""
        raise InvalidValue(f"{about}{subject} is {described(value)}, where a number is needed{hint}")

    def _cast(self, operand: _Operand, cast: str) -> float:
        value = operand.value
        number = number_in(value) if isinstance(value, str) else self._number(operand)
        if number is None:
            raise InvalidValue(f"{self}: {_spelled(operand.item)} is {described(value)}, which is no number")
        return float(int(number)) if cast == "to_i" else number

    def __str__(self) -> str:
        return self.written


def number_in(text: str) -> Numeral | None:
    """The number that a text says, or None."""
    number = normal_number(text.strip())
    return None if number is None else Numeral(number)


def _looked_up(item: Operand, names: Names) -> Value:
    match item:
        case Name(name):
            return _named(name, names)
        case Literal(value):
            return value
    return item


def _named(name: str, names: Names) -> Value:
    try:
        return names[name]
    except KeyError as error:
        if name.startswith(("ctx:", "md:")):
            return ""
        if not name.startswith("$"):
            raise InvalidValue(f"{name} is not known here") from error
    raise unknown_variable(name, names if isinstance(names, Iterable) else ())


def unknown_variable(name: str, names: Iterable[object]) -> InvalidValue:
    """The refusal of a variable that there is not; `names` has those that there are, with their `$`."""
    defined = sorted(other for other in names if isinstance(other, str) and other.startswith("$"))
    return InvalidValue(
        f"there is no variable {printable(name)} (defined: {printable(', '.join(defined)) or 'none'})",
        code="unknown_variable",
        nearest=nearest(name, defined),
    )


def _spelled(item: Item) -> str:
    match item:
        case Name(name):
            kind, colon, key = name.partition(":")
            return f"{kind}:!{printable(key)}!" if colon else name
        case Literal(value):
            return f"!{printable(value if isinstance(value, str) else ':'.join(value))}!"
        case Reference():
            return f"ref:!{printable(str(item))}!"
    return str(item)


_WORDS = frozenset((*_OPERATORS, *OPERANDS))


def looks_like_expression(text: str) -> bool:
    """True when a variable, an operator or an operand stands in `text`: it is no plain value."""
    return "$" in text or "!" in text or not _WORDS.isdisjoint(text.split("_"))


def read_expression(text: str, *, current: str | None = None) -> Expression:
    """Read arithmetic; `current` is the operand meant where the left side is left out (`w_div_2`).

    Raises Misread, also for texts that can never be a number, and NotOffered for operands only known.
    """
    expression = read_words(split_words(text), current=current)
    follows = (*expression.program[1:], "")
    for item, following in zip(expression.program, follows, strict=True):
        is_text = isinstance(item, Literal) and following not in CASTS
        if is_text or isinstance(item, Reference) or item == Name("tags"):
            raise Misread(f"is not arithmetic: {_spelled(item)} is no number")
    return expression


def read_words(words: Sequence[str], *, current: str | None = None, first: int = 1) -> Expression:
    """Read the words of a value, which need not be a number; `first` is the place of the first, for messages.

    Raises as `read_expression`.
    """
    left_out = words[0] in _OPERATORS
    if left_out and current is None:
        raise Misread(f"starts with {words[0]}, which needs something on its left")
    tokens = list(_tokens(words, first, expects_operand=not left_out))
    items = [item for item, _ in tokens]
    if left_out and current is not None:
        items.insert(0, Name(current))
    if items[-1] in OPERATORS:
        raise Misread("is arithmetic that ends too early")
    return Expression("_".join(written for _, written in tokens), _postfix(items))


def _tokens(words: Sequence[str], first: int, *, expects_operand: bool) -> Iterator[tuple[Item, str]]:
    """Operands, operators and casts, each with its canonical spelling."""
    at = 0
    while at < len(words):
        place, cast = first + at, "_".join(words[at : at + 2])
        if expects_operand:
            yield _read_operand(words[at], place)
            expects_operand = False
        elif cast in CASTS:
            yield cast, cast
            at += 1
        else:
            operator = _read_operator(words[at], place)
            yield operator, operator
            expects_operand = True
        at += 1


def _postfix(items: Sequence[Item]) -> tuple[Item, ...]:
    program: list[Item] = []
    waiting: list[str] = []
    for place, item in enumerate(items, 1):
        if not isinstance(item, str):
            program.append(item)
        elif item in CASTS:
            if waiting and place == len(items):
                # It is for the whole; but a text on its left has to become a number before.
                program += ["to_f", *reversed(waiting)]
                waiting.clear()
            program.append(item)
        else:
            while waiting and _binds_before(waiting[-1], item):
                program.append(waiting.pop())
            waiting.append(item)
    return (*program, *reversed(waiting))


def _read_operand(word: str, place: int) -> tuple[Operand, str]:
    found = read_operand(word)
    if found is not None:
        return found
    if word in _OPERATORS:
        raise Misread(f"is not arithmetic: part {place} should be an operand, not {word}")
    if word.partition(":")[0] in TEXTS:
        kind = word.partition(":")[0]
        raise Misread(f"is not arithmetic: part {place}, {printable(word)!r}, should be {kind}:!…!")
    known = (*OPERANDS, *TEXTS)
    raise Misread(
        f"is not arithmetic: part {place}, {printable(word)!r}, is no number, no variable and none of "
        f"{', '.join(known)}",
        near=LONG_OPERANDS.get(word.lower(), word),
        known=known,
    )


def _read_operator(word: str, place: int) -> str:
    if word in _OPERATORS:
        return word
    raise Misread(
        f"is not arithmetic: part {place}, {printable(word)!r}, is no operator: {', '.join(OPERATORS)}",
        near=word,
        known=OPERATORS,
    )


def _binds_before(left: str, right: str) -> bool:
    """True when `a left b right c` means `(a left b) right c`."""
    tighter = _OPERATORS[left][0] - _OPERATORS[right][0]
    return tighter > 0 or (tighter == 0 and right != "pow")
