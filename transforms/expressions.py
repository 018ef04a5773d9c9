"""Arithmetic in a value: `iw_mul_0.5_add_20`, `w_div_2`, and `div_2` for "what it is now, divided by 2".

Operands and operators alternate, separated by `_`. `pow` binds tightest and from the right, then `mul`, `div`
and `mod`, then `add` and `sub`. An expression is turned into postfix order once, by two flat stacks, so that
text of any length is read in linear time and without recursion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from transforms.errors import InvalidValue, NotOffered
from transforms.kinds.base import Misread
from transforms.kinds.numbers import normal_number

Operand = float | str

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

OPERANDS: dict[str, str] = {
    "w": "current width",
    "h": "current height",
    "ar": "current width divided by height",
    "iw": "width of the original",
    "ih": "height of the original",
    "iar": "width of the original divided by its height",
    "ow": "width of the original, another spelling of `iw`",
    "oh": "height of the original, another spelling of `ih`",
}
"""What an expression can ask for, with what it stands for."""

LATER_OPERANDS: dict[str, str] = {
    "tar": "ratio after trimming",
    "cp": "current page",
    "pc": "page count",
    "px": "page offset",
    "py": "page offset",
    "fc": "face count",
    "ils": "illustration score",
    "idn": "initial density",
    "du": "duration",
    "idu": "initial duration",
    "tags": "tags",
}
"""Known to the grammar, not offered here."""

_ALIASES = {"ow": "iw", "oh": "ih"}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as written, and the same in postfix order: numbers, operands, operators."""

    written: str
    program: tuple[Operand, ...] = field(compare=False, repr=False)

    def evaluate(self, names: Mapping[str, float]) -> float:
        """The value for these operands (`w h ar iw ih iar`).

        Raises InvalidValue when it divides by zero, or when the result is not a finite number.
        """
        stack: list[float] = []
        try:
            for item in self.program:
                if isinstance(item, str) and item in _OPERATORS:
                    right = stack.pop()
                    stack.append(_OPERATORS[item][1](stack.pop(), right))
                else:
                    stack.append(names[item] if isinstance(item, str) else item)
        except ZeroDivisionError as error:
            raise InvalidValue(f"{self.written} divides by zero") from error
        except (ValueError, OverflowError) as error:
            raise InvalidValue(f"{self.written} has no finite value") from error
        if not math.isfinite(stack[0]):
            raise InvalidValue(f"{self.written} has no finite value")
        return stack[0]

    def __str__(self) -> str:
        return self.written


_WORDS = frozenset((*_OPERATORS, *OPERANDS, *LATER_OPERANDS))


def looks_like_expression(text: str) -> bool:
    """True when an operator or an operand stands in `text`: it is no plain value."""
    return not _WORDS.isdisjoint(text.split("_"))


def read_expression(text: str, *, current: str | None = None) -> Expression:
    """Read `text`; `current` is the operand meant where the left side is left out (`w_div_2`).

    Raises Misread, and NotOffered for operands that are only known.
    """
    words = [_read_word(word) for word in text.split("_")]
    if words[0] in _OPERATORS:
        if current is None:
            raise Misread(f"starts with {words[0]}, which needs something on its left")
        words.insert(0, current)
    program = _postfix(words)
    if len(words) % 2 == 0:
        raise Misread("is arithmetic that ends too early")
    written = "_".join(normal_number(word) or word for word in text.split("_"))
    return Expression(written, program)


def _read_word(word: str) -> Operand:
    if word in _OPERATORS:
        return word
    if word in OPERANDS:
        return _ALIASES.get(word, word)
    if word in LATER_OPERANDS:
        raise NotOffered(f"{word} ({LATER_OPERANDS[word]}) is known, but not offered yet in expressions")
    number = normal_number(word)
    if number is None:
        raise Misread(
            f"is not arithmetic: numbers or {', '.join(OPERANDS)}, with {', '.join(OPERATORS)} between",
            near=word,
            known=(*OPERATORS, *OPERANDS),
        )
    return float(number)


def _postfix(words: list[Operand]) -> tuple[Operand, ...]:
    program: list[Operand] = []
    waiting: list[str] = []
    for place, word in enumerate(words):
        if (place % 2 == 1) != (word in _OPERATORS):
            raise Misread(f"is not arithmetic: part {place + 1} should be an {_turn(place)}")
        if place % 2 == 0:
            program.append(word)
            continue
        operator = str(word)
        while waiting and _binds_before(waiting[-1], operator):
            program.append(waiting.pop())
        waiting.append(operator)
    return (*program, *reversed(waiting))


def _turn(place: int) -> str:
    return "operator" if place % 2 else "operand"


def _binds_before(left: str, right: str) -> bool:
    """True when `a left b right c` means `(a left b) right c`."""
    tighter = _OPERATORS[left][0] - _OPERATORS[right][0]
    return tighter > 0 or (tighter == 0 and right != "pow")
