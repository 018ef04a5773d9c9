"""Colour blindness, simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.actions.effect import Effect, argument
from transforms.colorblind import SIMULATIONS
from transforms.frame import Frame
from transforms.kinds.numbers import Keyword

if TYPE_CHECKING:
    from pyvips import Image


class SimulateColorblind(
    Effect,
    code="e_simulate_colorblind",
    examples=("e_simulate_colorblind", "e_simulate_colorblind:tritanopia"),
):
    """Show the picture as somebody sees it who is colour-blind.

    The condition is deuteranopia, which is the default, or protanopia, tritanopia, tritanomaly,
    deuteranomaly, cone_monochromacy or rod_monochromacy: after Machado and others (2009) and, for cones of
    one kind, Viénot and others (1999).
    """

    condition: str = argument(Keyword(tuple(SIMULATIONS)), default="deuteranopia")

    def apply(self, image: Image, before: Frame) -> Image:
        from transforms.seeing import in_linear_light

        return in_linear_light(image, SIMULATIONS[self.condition])
