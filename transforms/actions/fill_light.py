"""Light into the shadows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import argument
from transforms.actions.level import SHARE, SIGNED, Level
from transforms.frame import Frame

if TYPE_CHECKING:
    from pyvips import Image


_BRIGHTEST = 1.4
"""How much brighter the deepest shadows get: by this factor more."""
_FALL, _NARROWER, _WIDER = 2.0, 3.0, 0.65
"""How fast the light fades towards white, and by which factors the bias changes that.

Were it slower, what was darker could end up brighter than what was not.
"""


class FillLight(Level, code="e_fill_light", examples=("e_fill_light", "e_fill_light:70:-30")):
    """Bring light into the shadows; what is bright stays.

    The first number is how much of it, from 0 to 100, the default. The bias, from -100 to 100 and 0 by
    default, says how far the light reaches: below 0 only into the darkest parts, above it up to the middle
    tones and beyond.
    """

    level: float = argument(SHARE, default=100)
    bias: float = argument(SIGNED, default=0)

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.toning import relit

        strength = _BRIGHTEST * self.level / 100
        fall = _FALL * (_NARROWER ** (-self.bias / 100) if self.bias < 0 else _WIDER ** (self.bias / 100))
        return relit(image, lambda brightness: 1 + strength * (1 - brightness) ** fall)
