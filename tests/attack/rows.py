"""One line of what an attack found: a case, what should come of it, and what did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A case that was tried. `skipped` says why it could not be."""

    group: str
    name: str
    expected: str
    got: str
    code: str = ""
    """The code of the error that came last, if one did."""
    seconds: float = 0.0
    holds: bool = True
    skipped: bool = False

    @property
    def verdict(self) -> str:
        return "skipped" if self.skipped else "holds" if self.holds else "FAILS"


def skipped(group: str, name: str, reason: str) -> Row:
    return Row(group, name, "", reason, skipped=True)
