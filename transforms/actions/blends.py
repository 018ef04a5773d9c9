"""Effects that say how a layer is put on the picture, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.blend import Blend

BLENDS: tuple[type[Blend], ...] = ()
