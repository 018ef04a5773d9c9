"""Automatic colour balance."""

from __future__ import annotations

from transforms.actions.automatic import Automatic
from transforms.histograms import Corrections, Counts, balance


class AutoColor(Automatic, code="e_auto_color", examples=("e_auto_color", "e_auto_color:60")):
    """Take a colour cast away: each channel is stretched from black to white, and their means drawn together.

    The number is how much of the result is blended with the original, from 0, nothing, to 100, the default.
    """

    def decide(self, red: Counts, green: Counts, blue: Counts, luma: Counts) -> Corrections:
        return balance(red, green, blue)
