"""Automatic brightness."""

from __future__ import annotations

from transforms.actions.automatic import Automatic
from transforms.histograms import Correction, Corrections, Counts, gamma_for

_TARGET = 0.5


class AutoBrightness(
    Automatic, code="e_auto_brightness", examples=("e_auto_brightness", "e_auto_brightness:60")
):
    """Bring the middle tones to the middle, brighter or darker; black and white stay.

    The number is how much of the result is blended with the original, from 0, nothing, to 100, the default.
    """

    def decide(self, red: Counts, green: Counts, blue: Counts, luma: Counts) -> Corrections:
        all_alike = Correction(exponent=gamma_for(_TARGET, luma))
        return all_alike, all_alike, all_alike
