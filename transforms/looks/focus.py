"""`focus`: the window of the size of the argument (`300x200`) around what draws the eye, in one row."""

from __future__ import annotations

from pyvips import Image

from transforms.actions.base import Rows
from transforms.operations import Focus
from transforms.pixels import attended


def focus(image: Image | None, argument: str) -> Rows:
    """Left, top, width and height, in pixels of the image."""
    if image is None:
        return ()
    across, _, down = argument.partition("x")
    found = attended(image, Focus(float(across), float(down)))
    return ((found.left, found.top, found.width, found.height),)
