"""Automatic contrast."""

from __future__ import annotations

from transforms.actions.automatic import Automatic
from transforms.histograms import Correction, Corrections, Counts, ends


class AutoContrast(Automatic, code="e_auto_contrast", examples=("e_auto_contrast", "e_auto_contrast:60")):
    """Stretch the tones so that they reach from black to white; all channels alike, so that hues stay.

    The number is how much of the result is blended with the original, from 0, nothing, to 100, the default.
    """

    def decide(self, red: Counts, green: Counts, blue: Counts, luma: Counts) -> Corrections:
        found = [ends(counts) for counts in (red, green, blue)]
        all_alike = Correction(min(black for black, _ in found), max(white for _, white in found))
        return all_alike, all_alike, all_alike
