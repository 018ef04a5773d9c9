"""A kind says how the text of a parameter becomes a value, how the value prints, and what it forgives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Generic, TypeVar

T = TypeVar("T")

_CLOSE_ENOUGH = 0.7
_CLOSE_ENOUGH_WHEN_SHORT = 0.6
"""`hh` is as near to `h` as `bar` is to `arw`."""
_LONGEST_GUESS = 40


class Misread(ValueError):
    """The text is not of this kind. The parser adds the place and makes it an `InvalidValue`.

    `reason` completes a sentence that starts with the text ("is not a number"); `near` may have been meant to
    be one of the `known` names. Which one is found out only when asked for: comparing is slow.
    """

    def __init__(self, reason: str, *, near: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self._near = near
        self._known = known

    @property
    def nearest(self) -> str | None:
        return nearest(self._near, self._known)


class UnknownName(Misread):
    """The text is a name that nothing has: the parser makes it an `UnknownParameter`."""


class Kind(ABC, Generic[T]):
    """One way to read and print a value."""

    __slots__ = ()

    @property
    @abstractmethod
    def expected(self) -> str:
        """What the text should be, in words that follow "is not": `an integer from 1 to 2000`."""

    @property
    def forgives(self) -> str:
        """What is accepted though it is not quite right, as a sentence; empty when nothing is."""
        return ""

    @abstractmethod
    def read(self, text: str) -> T:
        """The value of `text`. Raises `Misread`, or `NotOffered` for what is known but not done here."""

    def write(self, value: T) -> str:
        """A text that reads back to an equal value."""
        return str(value)

    def spelling(self, text: str, value: T) -> str:
        """The canonical text of a value read from `text`; what is canonical as written stays."""
        return self.write(value)

    def misread(self, *, near: str = "", known: Iterable[str] = ()) -> Misread:
        """The refusal that says what was expected, and which of the `known` names is nearest to `near`."""
        return Misread(f"is not {self.expected}", near=near, known=known)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, or None.

    Long names are not compared at all: difflib is quadratic and strangers write the text.
    """
    if not name or len(name) > _LONGEST_GUESS:
        return None
    cutoff = _CLOSE_ENOUGH if len(name) > 2 else _CLOSE_ENOUGH_WHEN_SHORT
    found = get_close_matches(name.lower(), list(known), n=1, cutoff=cutoff)
    return found[0] if found else None
