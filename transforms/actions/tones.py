"""Effects of tone and colour, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.effect import Effect

TONES: tuple[type[Effect], ...] = ()
