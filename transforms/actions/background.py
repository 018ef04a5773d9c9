"""`b`: a colour behind what is transparent."""

from __future__ import annotations

from transforms.actions.base import Action
from transforms.frame import Frame
from transforms.operations import Flatten, Operation


class Background(Action, code="b", examples=("b_white", "b_rgb:ff8800,w_300")):
    """Put a colour behind what is transparent; with a mode that pads, around the image too.

    A colour that is transparent itself puts nothing there.
    """

    red: int
    green: int
    blue: int
    alpha: int = 255

    def operations(self, frame: Frame) -> list[Operation]:
        return [Flatten((self.red, self.green, self.blue, self.alpha), label=self.code)]
