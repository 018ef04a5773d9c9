"""What the effects on faces have in common: they ask where faces are, and do nothing where none is."""

from __future__ import annotations

from transforms.actions.effect import Effect, Rows, looked
from transforms.frame import Frame
from transforms.operations import Operation


class FaceEffect(Effect):
    """An effect on every face that is found; of an animation, where they are in its first frame."""

    faces: Rows = looked(default=())

    def question(self, frame: Frame) -> tuple[str, str] | None:
        return "faces", ""

    def operations(self, frame: Frame) -> list[Operation]:
        return [self] if self.faces else []

    def describe(self, before: Frame) -> str:
        count = len(self.faces)
        return f"{super().describe(before)} on {count} face{'' if count == 1 else 's'}".strip()
