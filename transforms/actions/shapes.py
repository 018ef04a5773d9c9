"""Effects that change outline, opacity or size, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.effect import Effect

SHAPES: tuple[type[Effect], ...] = ()
