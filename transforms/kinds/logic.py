"""Conditions and variables as parameters: `if_w_gt_300`, `if_else`, `if_end`, `$width_300`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from transforms.conditions import Condition, read_condition
from transforms.kinds.base import Kind
from transforms.variables import Assignment, read_assignment

Marker = Literal["else", "end"]
"""What stands between the branches of a condition, and behind them."""


@dataclass(frozen=True, slots=True)
class ConditionKind(Kind[Condition | Marker]):
    """A condition, or what divides and ends its branches."""

    @property
    def expected(self) -> str:
        return "a condition such as w_gt_300, or else, or end"

    def read(self, text: str) -> Condition | Marker:
        if text == "else":
            return "else"
        if text == "end":
            return "end"
        return read_condition(text)


@dataclass(frozen=True, slots=True)
class AssignmentKind(Kind[Assignment]):
    """A variable and its value: what stands behind the `$`."""

    @property
    def expected(self) -> str:
        return "a name, _ and a value, as in $width_300"

    def read(self, text: str) -> Assignment:
        return read_assignment(text)

    def write(self, value: Assignment) -> str:
        return str(value).removeprefix("$")
