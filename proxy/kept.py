"""Results of pure functions, kept for texts that strangers choose: bounded by number and by length.

A bound on the number alone would let whoever asks for long URLs fill the memory with them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

R = TypeVar("R")

LONGEST = 512
"""Characters of a text whose results are kept; longer ones are rare and worked out each time."""


def kept(function: Callable[[str], R], *, entries: int) -> Callable[[str], R]:
    """`function` with its last `entries` results kept, for texts of usual length."""
    known = lru_cache(entries)(function)

    def call(text: str) -> R:
        return known(text) if len(text) <= LONGEST else function(text)

    return call
