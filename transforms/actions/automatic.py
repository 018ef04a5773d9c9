"""What every automatic correction is: it looks at the tones of the picture and bends its curves."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from transforms.actions.effect import Effect, argument
from transforms.actions.level import SHARE
from transforms.curves import faded
from transforms.frame import Frame
from transforms.histograms import Corrections, Counts
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


class Automatic(Effect):
    """A correction that is decided by the picture. In an animation the first frame decides for all."""

    blend: float = argument(SHARE, default=100)
    decided: Corrections | None = None

    @abstractmethod
    def decide(self, red: Counts, green: Counts, blue: Counts, luma: Counts) -> Corrections:
        """What to do, by how often every level is there."""

    def operations(self, frame: Frame) -> list[Operation]:
        return [] if self.blend == 0 else [self]

    def settled(self, image: Image) -> Self:
        return replace(self, decided=self._look(image))

    def apply(self, image: Image, before: Frame) -> Image:
        if self.decided is not None:
            return self.correct(image, self.decided)
        image = image.copy_memory()
        return self.correct(image, self._look(image))

    def _look(self, image: Image) -> Corrections:
        from transforms.measuring import counts

        return self.decide(*counts(image))

    def correct(self, image: Image, decided: Corrections) -> Image:
        """The picture with what was decided done."""
        from transforms.bands import through_tables

        red, green, blue = (faded(correction.curve(), self.blend / 100) for correction in decided)
        return through_tables(image, red, green, blue)
