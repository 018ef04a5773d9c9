"""`a`: quarter turns and mirrors."""

from __future__ import annotations

from transforms.actions.base import Action
from transforms.frame import Frame
from transforms.operations import Flip, Operation, Rotate
from transforms.values import Turn

_MIRRORS = {"hflip": "horizontal", "vflip": "vertical"}

_AUTOMATIC = {"auto_right": 90, "auto_left": 270}


class AutoTurn(
    Action, code="a_auto", examples=("a_auto_right,c_fill,h_300,w_200", "a_auto_left,h_300,w_200")
):
    """Turn a quarter, to the right or to the left, when the image lies and the box stands, or vice versa.

    This comes before the crop mode of the same component. Squares never turn.
    """

    turn: Turn
    ratio: float
    """Width divided by height of the box that was asked for."""

    def operations(self, frame: Frame) -> list[Operation]:
        if (self.ratio - 1) * (frame.width - frame.height) >= 0:
            return []
        return [Rotate(_AUTOMATIC[self.turn.mode or "auto_right"], label=f"a_{self.turn}")]


class Angle(Action, code="a", examples=("a_90", "a_hflip", "a_90.vflip", "a_-90", "a_ignore")):
    """Turn clockwise by quarter turns, or mirror; several, joined by dots, apply in the order written.

    In one component with a crop mode, the crop comes first: `a_90,h_100,w_300` turns a picture of 300x100.
    Write the turn as a component of its own in front to turn first. Photographs are set upright by their EXIF
    orientation before anything else, unless `a_ignore` is written anywhere.
    """

    turns: tuple[Turn, ...]

    def operations(self, frame: Frame) -> list[Operation]:
        return [operation for turn in self.turns for operation in self._operations(turn)]

    def _operations(self, turn: Turn) -> list[Operation]:
        if turn.mode in _MIRRORS:
            return [Flip(_MIRRORS[turn.mode], label=f"a_{turn}")]
        if turn.degrees is None:
            return []
        return [Rotate(int(turn.degrees % 360), label=f"a_{turn}")]


def is_automatic(turn: Turn) -> bool:
    """True for the turns that depend on the box."""
    return turn.mode in _AUTOMATIC
