"""How large a text is. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.actions.base import Rows
from transforms.text import TextBlock
from transforms.typeset import measure


def text(_: Image | None, argument: str) -> Rows:
    """One row, the width and height of the block that `TextBlock.to_json` wrote as the argument."""
    width, height = measure(TextBlock.from_json(argument))
    return ((float(width), float(height)),)
