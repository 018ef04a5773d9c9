"""A parameter whose value is an action itself: `r_20`, `o_50`, `bo_2px_solid_black`."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.actions.effect import Effect
from transforms.kinds.base import Kind


@dataclass(frozen=True, slots=True)
class ActionKind(Kind[Effect]):
    """What stands behind the key are the arguments of one action: `r_20` is `Radius.read("20")`."""

    action: type[Effect]
    expects: str
    forgiven: str = ""

    @property
    def expected(self) -> str:
        return self.expects

    @property
    def forgives(self) -> str:
        return self.forgiven

    def read(self, text: str) -> Effect:
        return self.action.read(text)

    def write(self, value: Effect) -> str:
        return str(value)[len(self.action.code) + 1 :]
