"""What every group is given."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure, and a folder to do it in."""

    rounds: int
    quick: bool
    folder: Path

    def most(self, thorough: int, quick: int) -> int:
        """A bound, by how much time there is."""
        return quick if self.quick else thorough


class Rounds:
    """What is measured round by round: the samples of every row, by what they are of."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[str, list[float]]] = {}

    def add(self, row: str, values: Mapping[str, float]) -> None:
        """One more round of a row."""
        for key, value in values.items():
            self.samples.setdefault(row, {}).setdefault(key, []).append(value)


def tell(text: str) -> None:
    """Where we are, for whoever waits; the tables alone go to standard output."""
    print(f"  {text}", file=sys.stderr, flush=True)
