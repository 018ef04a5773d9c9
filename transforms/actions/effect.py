"""What every effect is: an action that is its own operation.

    class Blur(Effect, code="e_blur", examples=("e_blur", "e_blur:800")):
        \"\"\"Blur the whole image.\"\"\"

        strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

        def apply(self, image: Image, before: Frame) -> Image: ...

A field may be an `argument` (what follows the code), `beside` (a qualifier of the same component, measured in
pixels and colours by the planner) or `looked` (what only pixels can tell: the planner has the answer put in
before the plan is whole). Importing an effect does not import libvips; what `apply` calls does.
"""

from __future__ import annotations

from dataclasses import MISSING, field, fields
from typing import Any, ClassVar, dataclass_transform

from transforms.actions.base import Action, Rows, argument, looked
from transforms.detectors import HOW_TO_INSTALL, faces_available
from transforms.frame import Frame
from transforms.operations import Operation

__all__ = ["Effect", "Room", "Rows", "argument", "beside", "looked"]

Room = tuple[int, int, int, int]
"""Pixels to the left, top, right and bottom."""
_TIGHT: Room = (0, 0, 0, 0)


def beside(key: str, *, default: Any = MISSING) -> Any:
    """A field that is filled from the qualifier `key` of the same component, where that is written.

    `x y w h` come as pixels (float), `co b` as (red, green, blue, alpha), `g` as `Gravity`. Keys that a field
    takes do nothing else in that component: `e_blur_region,h_40,w_40` does not scale.
    """
    return field(default=default, metadata={"beside": key})


@dataclass_transform(frozen_default=True, field_specifiers=(argument, beside, looked, field))
class Effect(Action, Operation):
    """An `e_` effect, or another parameter that does something to pixels.

    Subclasses say in `frame_after` how the frame changes (not at all unless overridden) and do one page in
    `apply`. The image is 8-bit: `b-w`, sRGB or Display P3, each with or without alpha.
    """

    name: ClassVar[str] = "effect"

    @property
    def label(self) -> str:  # type: ignore[override]
        return self.code

    def operations(self, frame: Frame) -> list[Operation]:
        """Itself; an effect that has nothing to do for these values overrides this with an empty list."""
        return [self]

    def notes(self, frame: Frame) -> tuple[str, ...]:
        """What could not be done as written, in sentences for the plan's reader. `r_0` and its like say
        themselves that they do nothing."""
        if not self.code.startswith("e_") or self.operations(frame):
            return ()
        question = self.question(frame)
        if question is None or question[0] != "faces":
            return (f"{self} has nothing to do here",)
        told = "no face was found" if faces_available() else f"faces need {HOW_TO_INSTALL}"
        return (f"{self}: {told}, and nothing is done",)

    def frame_after(self, before: Frame) -> Frame:
        return before

    def bleed(self, before: Frame, *, text: bool) -> Room:
        """How much room a layer needs around what it shows to have all of the effect seen, in pixels to the
        left, top, right and bottom; `text` where it shows letters, whose box is drawn tightly around them."""
        return _TIGHT

    def describe(self, before: Frame) -> str:
        return str(self).removeprefix(self.code).removeprefix(":")

    @classmethod
    def qualifiers(cls) -> dict[str, str]:
        """Field by qualifier key, for those filled from beside."""
        return {f.metadata["beside"]: f.name for f in fields(cls) if "beside" in f.metadata}
