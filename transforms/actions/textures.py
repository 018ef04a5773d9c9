"""Effects that blur, sharpen or redraw, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.effect import Effect

TEXTURES: tuple[type[Effect], ...] = ()
