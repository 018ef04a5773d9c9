"""`a`: turns and mirrors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from transforms.actions.base import Action
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.operations import Flip, Operation, Rotate
from transforms.values import Turn

if TYPE_CHECKING:
    from pyvips import Image

_MIRRORS = {"hflip": "horizontal", "vflip": "vertical"}

_AUTOMATIC = {"auto_right": 90, "auto_left": 270}

_DIGITS = 6
"""Of a degree: a sum of decimals must be a quarter turn where it was meant to be one."""


@dataclass(frozen=True, slots=True)
class Tilt(Operation):
    """Turn clockwise about the centre by any angle, into the smallest box that holds the turned picture."""

    name: ClassVar[str] = "tilt"
    degrees: float
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        """A rectangle's bounding box after a rotation: |w cos| + |h sin| by |w sin| + |h cos|."""
        cosine, sine = abs(math.cos(math.radians(self.degrees))), abs(math.sin(math.radians(self.degrees)))
        width = whole_pixels(before.width * cosine + before.height * sine)
        height = whole_pixels(before.width * sine + before.height * cosine)
        return replace(before, width=width, height=height, alpha=True)

    def describe(self, before: Frame) -> str:
        return f"{self.degrees:g} degrees"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.tilting import tilted

        after = self.frame_after(before)
        return tilted(image, self.degrees, after.width, after.height)


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


class Angle(
    Action,
    code="a",
    examples=("a_90", "a_-12.5,w_300", "a_hflip.20,b_lightblue,w_300", "a_90.vflip", "a_-90", "a_ignore"),
):
    """Turn clockwise by any angle, or mirror; several, joined by dots, apply in the order written.

    The picture grows to hold the turned one; its corners are transparent, or filled by `b`. Quarter turns are
    exact. Angles that follow one another are one turn by their sum. Two numbers in a row are one with
    decimals, three or more are whole degrees each: `a_12.5`, `a_12.13.14`.

    In one component with a crop mode, the crop comes first: `a_90,h_100,w_300` turns a picture of 300x100.
    Write the turn as a component of its own in front to turn first. Photographs are set upright by their EXIF
    orientation before anything else, unless `a_ignore` is written anywhere.
    """

    turns: tuple[Turn, ...]

    def operations(self, frame: Frame) -> list[Operation]:
        done: list[Operation] = []
        for turn in self.turns:
            if turn.mode in _MIRRORS:
                done.append(Flip(_MIRRORS[turn.mode], label=f"a_{turn}"))
            elif turn.degrees is not None:
                _turn_on(done, turn.degrees, f"a_{turn}")
        return done


def _turn_on(done: list[Operation], degrees: float, label: str) -> None:
    """Add a turn, as one with the turn in front of it: turning twice would blur twice."""
    last = done[-1] if done else None
    if isinstance(last, (Rotate, Tilt)):
        done.pop()
        degrees, label = last.degrees + degrees, f"{last.label}.{label.removeprefix('a_')}"
    degrees = round(degrees % 360, _DIGITS) % 360
    if degrees % 90:
        done.append(Tilt(degrees, label=label))
    elif degrees:
        done.append(Rotate(int(degrees), label=label))


def is_automatic(turn: Turn) -> bool:
    """True for the turns that depend on the box."""
    return turn.mode in _AUTOMATIC
