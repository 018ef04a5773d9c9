"""What a group of benchmarks is, and what it is given."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from benchmarks.report import Table


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure, and a folder to do it in."""

    rounds: int
    quick: bool
    folder: Path

    def most(self, thorough: int, quick: int) -> int:
        """A bound, by how much time there is."""
        return quick if self.quick else thorough


@dataclass(frozen=True, slots=True)
class Group:
    """What measures, in how many rounds, and after how many seconds these are given up.

    The `usual` ones run when none is named.
    """

    measure: Callable[[Options], Table]
    seconds: int
    rounds: int = 5
    usual: bool = True

    def patience(self, rounds: int) -> float:
        """After how many seconds so many rounds are given up."""
        return self.seconds * max(1.0, rounds / self.rounds)


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


class TookTooLong(Exception):
    """A group was given up. No TimeoutError: those are answers to whoever waits for a server."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` in the block after so many seconds, so that it stops what it started."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"not done in {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
