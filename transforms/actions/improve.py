"""Everything made a little better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from transforms.actions.automatic import Automatic
from transforms.actions.level import SHARE
from transforms.histograms import Corrections, Counts, balance, gamma_for
from transforms.kinds.base import Misread
from transforms.kinds.numbers import Keyword

if TYPE_CHECKING:
    from pyvips import Image


@dataclass(frozen=True, slots=True)
class _Light:
    """How pictures taken in one kind of light are corrected."""

    balance: float
    """The part of a cast of colour that is taken away: much of a lamp's, little of the evening sun's."""
    brightness: float
    vibrance: float


_LIGHTS = {"outdoor": _Light(0.35, 0.48, 0.3), "indoor": _Light(0.8, 0.52, 0.15)}
_MODE = Keyword(tuple(_LIGHTS))
_GENTLE_GAMMA = 1.5


class Improve(
    Automatic, code="e_improve", examples=("e_improve", "e_improve:indoor", "e_improve:outdoor:50")
):
    """Adjust contrast, colours and brightness to what the picture needs.

    `outdoor`, the default, keeps the mood of the light and makes colours livelier; `indoor` takes away the
    cast of lamps and brightens more. The number is how much of the result is blended with the original, from
    0, nothing, to 100, the default; it may stand without a mode.
    """

    mode: str = "outdoor"

    @classmethod
    def read(cls, text: str) -> Improve:
        written = text.split(":") if text else []
        if len(written) > 2:
            raise Misread(f"has more than the 2 arguments {cls.code} takes")
        mode = _MODE.read(written.pop(0)) if written and not _is_number(written[0]) else "outdoor"
        if len(written) > 1:
            raise Misread("has two numbers: the mode comes first, as in e_improve:outdoor:50")
        return cls(mode=mode, blend=SHARE.read(written[0]) if written else 100.0)

    def __str__(self) -> str:
        if self.blend == 100:
            return self.code if self.mode == "outdoor" else f"{self.code}:{self.mode}"
        return f"{self.code}:{self.mode}:{SHARE.write(self.blend)}"

    def decide(self, red: Counts, green: Counts, blue: Counts, luma: Counts) -> Corrections:
        light = _LIGHTS[self.mode]
        whole = balance(red, green, blue, share=light.balance)
        exponent = gamma_for(light.brightness, luma, at_most=_GENTLE_GAMMA)
        first, second, third = (replace(one, exponent=one.exponent * exponent) for one in whole)
        return first, second, third

    def correct(self, image: Image, decided: Corrections) -> Image:
        from transforms.toning import vibrant

        return vibrant(super().correct(image, decided), _LIGHTS[self.mode].vibrance * self.blend / 100)


def _is_number(text: str) -> bool:
    return text[:1] in "-.0123456789"
