"""What went wrong with one of many."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A picture or album that was not brought in, and why."""

    place: str
    """A file, or a line of a list."""
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"
