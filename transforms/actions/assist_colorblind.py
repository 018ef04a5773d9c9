"""Help for the colour-blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect
from transforms.colorblind import redistributed
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Number, is_digits

if TYPE_CHECKING:
    from pyvips import Image

_STRENGTH = Number(1, 100, beyond="clamp")
_DEFAULT = 10.0
_XRAY = "xray"


class AssistColorblind(
    Effect,
    code="e_assist_colorblind",
    examples=("e_assist_colorblind", "e_assist_colorblind:20", "e_assist_colorblind:xray"),
):
    """Make red and green, which many cannot tell apart, look different.

    Reds get stripes that lean one way and greens stripes that lean the other: the number is how strong, from
    1 to 100, 10 by default. `xray` changes the colours themselves instead: the difference between red and
    green is shown as one between yellow and blue (Fidaner and others, 2005).
    """

    strength: float = _DEFAULT
    xray: bool = False

    @classmethod
    def read(cls, text: str) -> AssistColorblind:
        if text == _XRAY:
            return cls(xray=True)
        if text and not is_digits(text[-1]):
            raise Misread(f"is neither {_STRENGTH.expected} nor xray", near=text, known=(_XRAY,))
        return cls(strength=_STRENGTH.read(text) if text else _DEFAULT)

    def __str__(self) -> str:
        if self.xray:
            return f"{self.code}:{_XRAY}"
        return self.code if self.strength == _DEFAULT else f"{self.code}:{_STRENGTH.write(self.strength)}"

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.seeing import in_linear_light, striped

        return in_linear_light(image, redistributed()) if self.xray else striped(image, self.strength / 100)
